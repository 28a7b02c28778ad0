/* A program that knows nothing of services: prints what it was started with, goes on until Ctrl-C, and says so. Files in its
 * working directory change that:
 *
 *   crash      it fails, once
 *   crashes    it fails at each start, and leaves a process behind that ignores everything
 *   stubborn   the last process of a tree ignores Ctrl-C
 *   window     the last process of a tree ignores Ctrl-C, but has a window, which can be closed
 *
 * With --levels=N there are N processes, each of which was started by the one before. All but the last print without a pause.
 */
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static HANDLE stop;
static BOOL is_stubborn;

static BOOL WINAPI handler(DWORD event)
{
    if (event != CTRL_C_EVENT)
        return FALSE;
    if (!is_stubborn)
        SetEvent(stop);
    return TRUE;
}

/* Starts this exe with the same handles. */
static void start_copy(const char *argument)
{
    char path[MAX_PATH], line[MAX_PATH + 40];
    STARTUPINFOA startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;

    GetModuleFileNameA(NULL, path, sizeof(path));
    sprintf(line, "\"%s\" %s", path, argument);
    if (!CreateProcessA(path, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        exit(9);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

/* Whether there is a console, which a window is not needed for. */
static BOOL has_console(void)
{
    HANDLE console = CreateFileA("CONOUT$", GENERIC_WRITE, FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (console == INVALID_HANDLE_VALUE)
        return FALSE;
    CloseHandle(console);
    return TRUE;
}

/* Opens a window that nobody sees. */
static void open_window(HMODULE user32)
{
    typeof(&CreateWindowExW) create = (typeof(create))(void *)GetProcAddress(user32, "CreateWindowExW");
    if (!create(0, L"STATIC", L"foreign", WS_OVERLAPPED, 0, 0, 1, 1, NULL, NULL, NULL, NULL))
        exit(9);
}

static int wait_for_close(HMODULE user32)
{
    typeof(&GetMessageW) next = (typeof(next))(void *)GetProcAddress(user32, "GetMessageW");
    MSG message;
    while (next(&message, NULL, 0, 0) > 0)
        if (message.message == WM_CLOSE)
            break;
    printf("stopped by WM_CLOSE\n");
    return 0;
}

static int levels_of(int count, char **words)
{
    int levels = 1;
    for (int word = 1; word < count; word++)
        sscanf(words[word], "--levels=%d", &levels);
    return levels;
}

int main(int count, char **words)
{
    const char *mode = getenv("MODE");
    int levels = levels_of(count, words);
    HMODULE user32 = NULL;
    stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    SetConsoleCtrlHandler(handler, TRUE);
    if (count > 1 && !strcmp(words[1], "--left-behind")) {
        is_stubborn = TRUE;
        Sleep(INFINITE);
    }
    /* Not an import, because a program with user32.dll starts more slowly. */
    if (levels == 1 && _access("window", 0) == 0)
        user32 = LoadLibraryW(L"user32.dll");
    is_stubborn = user32 || (levels == 1 && _access("stubborn", 0) == 0);
    for (int word = 1; word < count; word++)
        printf("argument %s\n", words[word]);
    printf("console %s, input %s\n", has_console() ? "yes" : "no", getchar() == EOF ? "empty" : "open");
    if (levels > 1) {
        char next[20];
        fflush(stdout);
        sprintf(next, "--levels=%d", levels - 1);
        start_copy(next);
        while (WaitForSingleObject(stop, 0) == WAIT_TIMEOUT)
            puts("a line of a process that prints without a pause, as one does that has much to report");
        return 0;
    }
    if (user32)
        open_window(user32);
    printf("listening in mode %s, process %lu\n", mode ? mode : "", GetCurrentProcessId());
    fflush(stdout);
    if (_access("crashes", 0) == 0) {
        start_copy("--left-behind");
        return 7;
    }
    if (user32)
        return wait_for_close(user32);
    while (WaitForSingleObject(stop, 20) == WAIT_TIMEOUT)
        if (DeleteFileW(L"crash") || _access("crashes", 0) == 0)
            return 7;
    printf("stopped by Ctrl-C\n");
    return 0;
}
