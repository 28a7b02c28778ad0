/* An sc.exe or netsh.exe for a Windows whose own one does not do what it is told, as Wine's: it writes down what that is,
 * and succeeds, but for the argument fail.
 *
 * Each run is a line in C:\sc.txt or C:\netsh.txt, by the name of its file, as UTF-8: each argument between <>, and behind them the state of the service that the
 * second argument names (SERVICE_STATUS.dwCurrentState), 0 where there is none. Its name here is another one, as what the
 * probe runs is looked for beside the probe first. Built with -municode.
 */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

static DWORD state(const WCHAR *name)
{
    SERVICE_STATUS status = {0};
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, name, SERVICE_QUERY_STATUS) : NULL;

    if (service)
        QueryServiceStatus(service, &status);
    return status.dwCurrentState;
}

int wmain(int count, WCHAR **words)
{
    static WCHAR line[32768];
    static char utf8[98304];
    static WCHAR own[MAX_PATH], path[MAX_PATH];
    FILE *file;

    GetModuleFileNameW(NULL, own, MAX_PATH);
    _wsplitpath(own, NULL, NULL, path, NULL);
    swprintf(own, MAX_PATH, L"C:\\%ls.txt", path);
    file = _wfopen(own, L"ab");

    for (int i = 1; i < count; i++) {
        wcscat(line, L"<");
        wcscat(line, words[i]);
        wcscat(line, L"> ");
    }
    if (!file || !WideCharToMultiByte(CP_UTF8, 0, line, -1, utf8, sizeof(utf8), NULL, NULL))
        return 1;
    fprintf(file, "%s%lu\n", utf8, count > 2 ? state(words[2]) : 0);
    return fclose(file) || (count > 1 && !wcscmp(words[1], L"fail")) ? 1 : 0;
}
