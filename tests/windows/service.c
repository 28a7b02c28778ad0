/* The plainest service: RUNNING at once, STOPPED when told to. With it the harness is tested without winsvc. */
#include <windows.h>

static SERVICE_STATUS_HANDLE handle;
static HANDLE stop;

static void report(DWORD state, DWORD accepts)
{
    SERVICE_STATUS status = { SERVICE_WIN32_OWN_PROCESS, state, accepts, NO_ERROR, 0, 0, 0 };
    SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context)
{
    (void)type, (void)data, (void)context;
    if (code == SERVICE_CONTROL_STOP)
        SetEvent(stop);
    return NO_ERROR;
}

static void WINAPI service_main(DWORD count, WCHAR **words)
{
    stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    (void)count;
    handle = RegisterServiceCtrlHandlerExW(words[0], control, NULL);
    report(SERVICE_RUNNING, SERVICE_ACCEPT_STOP);
    WaitForSingleObject(stop, INFINITE);
    report(SERVICE_STOPPED, 0);
}

int main(void)
{
    static WCHAR name[] = L"";
    SERVICE_TABLE_ENTRYW table[] = { { name, service_main }, { NULL, NULL } };
    return !StartServiceCtrlDispatcherW(table);
}
