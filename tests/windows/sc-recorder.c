/* An sc.exe for a Windows whose own one does not do what it is told, as Wine's: it writes down what that is, and succeeds.
 *
 * Each run is a line in C:\sc.txt, each argument between <>, as UTF-8. Its name here is another one, as what the probe
 * runs is looked for beside the probe first. Built with -municode.
 */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

int wmain(int count, WCHAR **words)
{
    static WCHAR line[32768];
    static char utf8[98304];
    FILE *file = fopen("C:\\sc.txt", "ab");

    for (int i = 1; i < count; i++) {
        wcscat(line, L"<");
        wcscat(line, words[i]);
        wcscat(line, i + 1 < count ? L"> " : L">\n");
    }
    if (!file || !WideCharToMultiByte(CP_UTF8, 0, line, -1, utf8, sizeof(utf8), NULL, NULL))
        return 1;
    fputs(utf8, file);
    return fclose(file) ? 1 : 0;
}
