/* A program that knows nothing of services: prints what it was started with, goes on until Ctrl-C, and says so. It fails
 * when the file "crash" is in its working directory. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static HANDLE stop;

static BOOL WINAPI handler(DWORD event)
{
    if (event != CTRL_C_EVENT)
        return FALSE;
    SetEvent(stop);
    return TRUE;
}

int main(int count, char **words)
{
    const char *mode = getenv("MODE");
    stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    SetConsoleCtrlHandler(handler, TRUE);
    for (int word = 1; word < count; word++)
        printf("argument %s\n", words[word]);
    printf("listening in mode %s, process %lu\n", mode ? mode : "", GetCurrentProcessId());
    fflush(stdout);
    while (WaitForSingleObject(stop, 20) == WAIT_TIMEOUT)
        if (DeleteFileW(L"crash"))
            return 7;
    printf("stopped by Ctrl-C\n");
    return 0;
}
