/* probe.exe: what the end-to-end tests ask a Windows from inside, where Wine's own programs say too little.
 *
 *   probe run COMMAND LINE      runs it and prints `exit=N`: a Unix parent sees only the low 8 bits of 1603
 *   probe window COMMAND LINE   the same, with a console of its own, as a double click gives it
 *   probe status SERVICE        prints the service's status, or `absent`
 *   probe config SERVICE        prints how the service is registered, a key per line
 *   probe start SERVICE         asks for its start and prints `error=N` (0: begun)
 *   probe control SERVICE CODE  sends a control and prints `error=N`
 *   probe watch SERVICE [PORT]  prints every status that differs from the one before, until its stdin ends; with a
 *                               port, `http=yes|no` says whether that answered at the moment RUNNING was seen
 *   probe flood SERVICE CODE COUNT  sends a control so often; prints the microseconds of the slowest answer
 *   probe cycle SERVICE COUNT   starts and stops it so often; prints for each cycle the microseconds until RUNNING,
 *                               from the stop until STOPPED, and until the process had ended
 *   probe processes EXE         prints `pid=N` for each process of an exe of this name
 *   probe settings SERVICE      prints what QueryServiceConfig2 knows beyond that, a key per line
 *   probe hold SERVICE          prints `held` and keeps a handle to the service open until its stdin ends
 *   probe map SOURCE            maps the message file of a source of the Application log, as Event Viewer does, until its
 *                               stdin ends; prints `mapped=PATH` before
 *   probe ctrl-c PID            presses Ctrl-C in the console of a process
 *   probe registry DIR          saves the machine's and the users' registry into DIR, in the form that is Wine's
 *   probe keys KEY...           prints keys below HKLM with their values and all their subkeys, in that form
 *   probe names KEY...          prints the names of keys and of their subkeys, and no values
 *   probe tables MSI DIR        lets Windows Installer export every table of a package into DIR
 *
 * Built with -municode -lmsi -lws2_32 -lwinmm. Text goes out as UTF-8. The exit code is 0 unless the probe itself could not do its work.
 */
#include <winsock2.h>
#include <windows.h>
#include <tlhelp32.h>
#include <msi.h>
#include <msiquery.h>
#include <mmsystem.h>
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include "probe_output.h"
#include "probe_registry.h"

static int run(DWORD flags)
{
    STARTUPINFOW startup = {
        .cb = sizeof(startup),
        .dwFlags = STARTF_USESTDHANDLES,
        .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
        .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE),
        .hStdError = GetStdHandle(STD_ERROR_HANDLE),
    };
    PROCESS_INFORMATION process;
    DWORD code;

    if (!CreateProcessW(NULL, rest_of_command_line(2), NULL, NULL, TRUE, flags, NULL, NULL, &startup, &process))
        return fail(L"CreateProcess");
    WaitForSingleObject(process.hProcess, INFINITE);
    if (!GetExitCodeProcess(process.hProcess, &code))
        return fail(L"GetExitCodeProcess");
    line(L"exit=%lu", code);
    return 0;
}

static const WCHAR *state_name(DWORD state)
{
    static const WCHAR *const names[] = { L"STOPPED", L"START_PENDING", L"STOP_PENDING", L"RUNNING",
                                          L"CONTINUE_PENDING", L"PAUSE_PENDING", L"PAUSED" };
    return state >= 1 && state <= 7 ? names[state - 1] : L"?";
}

/* Reads the status; FALSE where there is no such service. */
static BOOL read_status(SC_HANDLE manager, const WCHAR *name, SERVICE_STATUS_PROCESS *status)
{
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS);
    DWORD needed;
    BOOL read;

    if (!service)
        return FALSE;
    read = QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof(*status), &needed);
    CloseServiceHandle(service);
    return read;
}

static void print_status(BOOL present, const SERVICE_STATUS_PROCESS *status, const WCHAR *suffix)
{
    if (!present)
        line(L"absent");
    else
        line(L"state=%ls checkpoint=%lu hint=%lu accepts=%lu win32=%lu specific=%lu pid=%lu%ls",
             state_name(status->dwCurrentState), status->dwCheckPoint, status->dwWaitHint,
             status->dwControlsAccepted, status->dwWin32ExitCode, status->dwServiceSpecificExitCode,
             status->dwProcessId, suffix);
}

static int print_config(SC_HANDLE manager, const WCHAR *name)
{
    static BYTE buffer[8192], described[8192];
    QUERY_SERVICE_CONFIGW *config = (QUERY_SERVICE_CONFIGW *)buffer;
    SERVICE_DESCRIPTIONW *description = (SERVICE_DESCRIPTIONW *)described;
    DWORD needed;
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG);

    if (!service && GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST) {
        line(L"absent");
        return 0;
    }
    if (!service)
        return fail(L"OpenService");
    if (!QueryServiceConfigW(service, config, sizeof(buffer), &needed))
        return fail(L"QueryServiceConfig");
    if (!QueryServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, described, sizeof(described), &needed))
        return fail(L"QueryServiceConfig2");
    line(L"type=%lu", config->dwServiceType);
    line(L"start=%lu", config->dwStartType);
    line(L"error-control=%lu", config->dwErrorControl);
    line(L"image=%ls", config->lpBinaryPathName);
    line(L"account=%ls", config->lpServiceStartName);
    line(L"display=%ls", config->lpDisplayName);
    line(L"description=%ls", description->lpDescription ? description->lpDescription : L"");
    for (WCHAR *each = config->lpDependencies; each && *each; each += wcslen(each) + 1)
        line(L"depends=%ls", each);
    return 0;
}

/* A setting of QueryServiceConfig2; NULL where the system does not know it, as Wine does not. */
static const void *setting(SC_HANDLE service, DWORD level)
{
    static BYTE buffer[8192];
    DWORD needed;
    return QueryServiceConfig2W(service, level, buffer, sizeof(buffer), &needed) ? buffer : NULL;
}

/* SERVICE_TRIGGER_INFO and SERVICE_TRIGGER, which the headers of mingw-w64 lack. */
struct trigger_info {
    DWORD count;
    struct {
        DWORD type, action;
        GUID *subtype;
        DWORD item_count;
        void *items;
    } *triggers;
    BYTE *reserved;
};

static int print_settings(SC_HANDLE manager, const WCHAR *name)
{
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG);
    const void *value;

    if (!service)
        return fail(L"OpenService");
    if ((value = setting(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO)))
        line(L"delayed=%d", ((const SERVICE_DELAYED_AUTO_START_INFO *)value)->fDelayedAutostart);
    if ((value = setting(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG)))
        line(L"failure-flag=%d", ((const SERVICE_FAILURE_ACTIONS_FLAG *)value)->fFailureActionsOnNonCrashFailures);
    if ((value = setting(service, SERVICE_CONFIG_SERVICE_SID_INFO)))
        line(L"sid-type=%lu", ((const SERVICE_SID_INFO *)value)->dwServiceSidType);
    if ((value = setting(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO))) {
        const WCHAR *each = ((const SERVICE_REQUIRED_PRIVILEGES_INFOW *)value)->pmszRequiredPrivileges;
        for (; each && *each; each += wcslen(each) + 1)
            line(L"privilege=%ls", each);
    }
    if ((value = setting(service, SERVICE_CONFIG_PRESHUTDOWN_INFO)))
        line(L"preshutdown=%lu", ((const SERVICE_PRESHUTDOWN_INFO *)value)->dwPreshutdownTimeout);
    if ((value = setting(service, SERVICE_CONFIG_FAILURE_ACTIONS))) {
        const SERVICE_FAILURE_ACTIONSW *recovery = value;
        line(L"reset-period=%lu", recovery->dwResetPeriod);
        for (DWORD i = 0; i < recovery->cActions; i++)
            line(L"failure-action=%d delay=%lu", recovery->lpsaActions[i].Type, recovery->lpsaActions[i].Delay);
    }
    if ((value = setting(service, SERVICE_CONFIG_TRIGGER_INFO))) {
        const struct trigger_info *info = value;
        for (DWORD i = 0; i < info->count; i++)
            line(L"trigger=%lu action=%lu items=%lu", info->triggers[i].type, info->triggers[i].action,
                 info->triggers[i].item_count);
    }
    return 0;
}

/* Whether something answers a GET on 127.0.0.1:port within 2 seconds. */
static BOOL answers(int port)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    DWORD patience = 2000;
    char byte;
    BOOL answered;
    SOCKET connection = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof(patience));
    answered = !connect(connection, (struct sockaddr *)&address, sizeof(address))
        && send(connection, request, sizeof(request) - 1, 0) > 0 && recv(connection, &byte, 1, 0) == 1;
    closesocket(connection);
    return answered;
}

/* Ends the process with its stdin, so that no watcher outlives its test. */
static DWORD WINAPI end_with_stdin(void *unused)
{
    char byte;
    DWORD read;

    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &read, NULL) && read)
        ;
    (void)unused;
    ExitProcess(0);
}

/* The file stays mapped for as long as the process lives. */
static int map_message_file(const WCHAR *source)
{
    WCHAR key[512], path[1024];
    DWORD size = sizeof(path);
    LSTATUS status;

    _snwprintf(key, 512, L"System\\CurrentControlSet\\Services\\EventLog\\Application\\%ls", source);
    /* What RegGetValue gives as REG_SZ it has expanded. */
    status = RegGetValueW(HKEY_LOCAL_MACHINE, key, L"EventMessageFile", RRF_RT_REG_SZ, NULL, path, &size);
    SetLastError(status);
    if (status)
        return fail(L"EventMessageFile");
    if (!LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE))
        return fail(path);
    line(L"mapped=%ls", path);
    return end_with_stdin(NULL);
}

static void watch(SC_HANDLE manager, const WCHAR *name, int port)
{
    SERVICE_STATUS_PROCESS last = { 0 }, now;
    BOOL was_present = FALSE, first = TRUE;

    CreateThread(NULL, 0, end_with_stdin, NULL, 0, NULL);
    /* Else Windows lets a sleep of a millisecond last up to sixteen. */
    timeBeginPeriod(1);
    for (;; Sleep(1)) {
        BOOL present;
        memset(&now, 0, sizeof(now));
        present = read_status(manager, name, &now);
        if (!first && present == was_present && !memcmp(&now, &last, sizeof(now)))
            continue;
        if (port && present && now.dwCurrentState == SERVICE_RUNNING
            && !(was_present && last.dwCurrentState == SERVICE_RUNNING))
            print_status(present, &now, answers(port) ? L" http=yes" : L" http=no");
        else
            print_status(present, &now, L"");
        first = FALSE;
        was_present = present;
        last = now;
    }
}

static ULONGLONG microseconds(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return now.QuadPart * 1000000 / frequency.QuadPart;
}

/* How long a state or an end is waited for: far longer than it takes, so that a late one is a fault. */
static const ULONGLONG patience = 60 * 1000000ull;

/* Waits until the service is in `state`; FALSE where it is not in time, or where its way there has ended. */
static BOOL reaches(SC_HANDLE service, DWORD state, SERVICE_STATUS_PROCESS *status)
{
    ULONGLONG deadline = microseconds() + patience;
    DWORD needed;

    for (; microseconds() < deadline; Sleep(0)) {
        if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof(*status), &needed))
            return FALSE;
        if (status->dwCurrentState == state)
            return TRUE;
        if (status->dwCurrentState == SERVICE_STOPPED)
            return FALSE;
    }
    SetLastError(ERROR_TIMEOUT);
    return FALSE;
}

/* Starts the service. Wine answers with an internal error where the new process has ended before it began, which happens
 * about once in two thousand times on a busy machine; Windows has no such answer. */
static BOOL start(SC_HANDLE service)
{
    for (int attempt = 0; attempt < 5; attempt++)
        if (StartServiceW(service, 0, NULL))
            return TRUE;
        else if (GetLastError() != ERROR_INTERNAL_ERROR)
            return FALSE;
    return FALSE;
}

static int cycle(SC_HANDLE service, int count)
{
    SERVICE_STATUS_PROCESS status = {0};
    SERVICE_STATUS answer;

    for (int number = 1; number <= count; number++) {
        ULONGLONG begin = microseconds(), running, stop, stopped;
        HANDLE process;

        /* A service that starts a program ends with the error that Wine has answered it. */
        while (start(service) && !reaches(service, SERVICE_RUNNING, &status) && status.dwWin32ExitCode == ERROR_INTERNAL_ERROR)
            begin = microseconds();
        if (status.dwCurrentState != SERVICE_RUNNING) {
            print_status(TRUE, &status, L"");
            return fail(L"RUNNING is not reached");
        }
        running = microseconds();
        process = OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId);
        if (!process)
            return fail(L"OpenProcess");
        stop = microseconds();
        if (!ControlService(service, SERVICE_CONTROL_STOP, &answer))
            return fail(L"ControlService");
        if (!reaches(service, SERVICE_STOPPED, &status) || status.dwWin32ExitCode) {
            print_status(TRUE, &status, L"");
            return fail(L"STOPPED is not reached, or with a failure");
        }
        stopped = microseconds();
        if (WaitForSingleObject(process, patience / 1000) != WAIT_OBJECT_0)
            return fail(L"the process has not ended");
        line(L"%I64u %I64u %I64u", running - begin, stopped - stop, microseconds() - stop);
        CloseHandle(process);
    }
    return 0;
}

static int flood(SC_HANDLE service, DWORD code, int count)
{
    ULONGLONG slowest = 0;

    for (int number = 0; number < count; number++) {
        ULONGLONG begin = microseconds(), took;
        SERVICE_STATUS answer;
        BOOL sent = ControlService(service, code, &answer);
        took = microseconds() - begin;
        if (!sent && GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
            return fail(L"ControlService");
        slowest = took > slowest ? took : slowest;
    }
    line(L"slowest=%I64u", slowest);
    return 0;
}

static int print_processes(const WCHAR *exe)
{
    PROCESSENTRY32W entry = { .dwSize = sizeof(entry) };
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);

    if (snapshot == INVALID_HANDLE_VALUE)
        return fail(L"CreateToolhelp32Snapshot");
    for (BOOL any = Process32FirstW(snapshot, &entry); any; any = Process32NextW(snapshot, &entry))
        if (!_wcsicmp(entry.szExeFile, exe))
            line(L"pid=%lu", entry.th32ProcessID);
    CloseHandle(snapshot);
    return 0;
}

static int press_ctrl_c(DWORD process)
{
    FreeConsole();
    if (!AttachConsole(process))
        return fail(L"AttachConsole");
    SetConsoleCtrlHandler(NULL, TRUE);
    return GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) ? 0 : fail(L"GenerateConsoleCtrlEvent");
}

static int installer_failed(const WCHAR *what, UINT error)
{
    SetLastError(error);
    return fail(what);
}

static int export_tables(const WCHAR *package, const WCHAR *folder)
{
    MSIHANDLE database, view, record;
    UINT error = MsiOpenDatabaseW(package, MSIDBOPEN_READONLY, &database);

    if (!error)
        error = MsiDatabaseOpenViewW(database, L"SELECT `Name` FROM `_Tables`", &view);
    if (!error)
        error = MsiViewExecute(view, 0);
    if (error)
        return installer_failed(package, error);
    while (!MsiViewFetch(view, &record)) {
        WCHAR table[64], file[80];
        DWORD length = 64;
        error = MsiRecordGetStringW(record, 1, table, &length);
        if (!error) {
            _snwprintf(file, 80, L"%ls.idt", table);
            error = MsiDatabaseExportW(database, table, folder, file);
        }
        if (error)
            return installer_failed(table, error);
        line(L"%ls", table);
        MsiCloseHandle(record);
    }
    return 0;
}

static BOOL CALLBACK print_text(HWND window, LPARAM unused)
{
    static WCHAR text[16384];
    DWORD_PTR length = 0;

    (void)unused;
    if (!IsWindowVisible(window))
        return TRUE;
    if (SendMessageTimeoutW(window, WM_GETTEXT, 16384, (LPARAM)text, SMTO_ABORTIFHUNG, 5000, &length) && length)
        line(L"%ls", text);
    return TRUE;
}

static BOOL CALLBACK print_window(HWND window, LPARAM unused)
{
    if (IsWindowVisible(window)) {
        print_text(window, unused);
        EnumChildWindows(window, print_text, 0);
    }
    return TRUE;
}

/* The texts of every window that is to be seen, and of what is in it. */
static int print_texts(void)
{
    EnumWindows(print_window, 0);
    line(L"end");
    return 0;
}

int wmain(int count, WCHAR **words)
{
    const WCHAR *verb = count > 2 ? words[1] : L"";
    SC_HANDLE manager, service;
    WSADATA sockets;

    InitializeCriticalSection(&output);
    WSAStartup(MAKEWORD(2, 2), &sockets);
    if (!wcscmp(verb, L"run"))
        return run(0);
    if (!wcscmp(verb, L"window"))
        return run(CREATE_NEW_CONSOLE);
    if (!wcscmp(verb, L"registry"))
        return save_registry(words[2]);
    if (!wcscmp(verb, L"processes"))
        return print_processes(words[2]);
    if (!wcscmp(verb, L"keys") || !wcscmp(verb, L"names")) {
        for (int word = 2; word < count; word++)
            print_key(words[word], verb[0] == L'k');
        return 0;
    }
    if (!wcscmp(verb, L"map"))
        return map_message_file(words[2]);
    if (!wcscmp(verb, L"texts"))
        return print_texts();
    if (!wcscmp(verb, L"ctrl-c"))
        return press_ctrl_c(_wtoi(words[2]));
    if (!wcscmp(verb, L"tables") && count > 3)
        return export_tables(words[2], words[3]);
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (!manager)
        return fail(L"OpenSCManager");
    if (!wcscmp(verb, L"status")) {
        SERVICE_STATUS_PROCESS status;
        BOOL present = read_status(manager, words[2], &status);
        print_status(present, &status, L"");
        return 0;
    }
    if (!wcscmp(verb, L"config"))
        return print_config(manager, words[2]);
    if (!wcscmp(verb, L"settings"))
        return print_settings(manager, words[2]);
    if (!wcscmp(verb, L"watch")) {
        watch(manager, words[2], count > 3 ? _wtoi(words[3]) : 0);
        return 0;
    }
    service = OpenServiceW(manager, words[2], SERVICE_ALL_ACCESS);
    if (!service)
        return fail(L"OpenService");
    if (!wcscmp(verb, L"start")) {
        line(L"error=%lu", start(service) ? 0 : GetLastError());
        return 0;
    }
    if (!wcscmp(verb, L"hold")) {
        line(L"held");
        return end_with_stdin(NULL);
    }
    if (!wcscmp(verb, L"flood") && count > 4)
        return flood(service, _wtoi(words[3]), _wtoi(words[4]));
    if (!wcscmp(verb, L"cycle") && count > 3)
        return cycle(service, _wtoi(words[3]));
    if (!wcscmp(verb, L"control") && count > 3) {
        SERVICE_STATUS status;
        line(L"error=%lu", ControlService(service, _wtoi(words[3]), &status) ? 0 : GetLastError());
        return 0;
    }
    fwprintf(stderr, L"probe: unknown verb %ls\n", verb);
    return 2;
}
