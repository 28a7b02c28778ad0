/* Prints what the Windows API finds in the file that is the first argument. */
#include <stdio.h>
#include <windows.h>

static void version(const wchar_t *path) {
    static BYTE data[65536];
    VS_FIXEDFILEINFO *fixed;
    WORD *translation;
    UINT length;
    if (!GetFileVersionInfoW(path, 0, sizeof data, data)) {
        printf("version: error %lu\n", GetLastError());
        return;
    }
    if (VerQueryValueW(data, L"\\", (void **)&fixed, &length))
        printf("file %u.%u.%u.%u flags %lu\n", HIWORD(fixed->dwFileVersionMS), LOWORD(fixed->dwFileVersionMS),
               HIWORD(fixed->dwFileVersionLS), LOWORD(fixed->dwFileVersionLS), fixed->dwFileFlags);
    if (!VerQueryValueW(data, L"\\VarFileInfo\\Translation", (void **)&translation, &length)) return;
    const wchar_t *keys[] = {L"CompanyName", L"FileDescription", L"ProductVersion", L"LegalCopyright", L"Comments"};
    for (UINT at = 0; at < length / sizeof *translation; at += 2) {
        printf("translation %04x %u\n", translation[at], translation[at + 1]);
        for (int i = 0; i < 5; i++) {
            wchar_t block[100], *text;
            UINT units;
            swprintf(block, 100, L"\\StringFileInfo\\%04x%04x\\%ls", translation[at], translation[at + 1], keys[i]);
            if (VerQueryValueW(data, block, (void **)&text, &units)) printf("%ls: %ls\n", keys[i], text);
        }
    }
}

static void message(HMODULE module, DWORD id) {
    wchar_t text[1000];
    DWORD_PTR inserts[] = {(DWORD_PTR)L"agent", (DWORD_PTR)L"no disk"};
    if (FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, module, id, 0, text, 1000,
                       (va_list *)inserts)) {
        text[wcscspn(text, L"\r\n")] = 0;
        printf("message %08lx: %ls\n", id, text);
    } else {
        printf("message %08lx: error %lu\n", id, GetLastError());
    }
}

static void resource(HMODULE module, const wchar_t *type, const wchar_t *name, const char *what) {
    HRSRC found = FindResourceW(module, name, type);
    HGLOBAL loaded = found ? LoadResource(module, found) : NULL;
    if (!loaded) {
        printf("%s: error %lu\n", what, GetLastError());
        return;
    }
    int shown = SizeofResource(module, found) < 20 ? SizeofResource(module, found) : 20;
    printf("%s: %lu bytes, %.*s\n", what, SizeofResource(module, found), shown, (char *)LockResource(loaded));
}

int wmain(int argc, wchar_t **argv) {
    HMODULE module = LoadLibraryExW(argv[1], NULL, LOAD_LIBRARY_AS_DATAFILE);
    if (!module) {
        printf("load: error %lu\n", GetLastError());
        return 1;
    }
    version(argv[1]);
    message(module, 1);
    message(module, 2);
    message(module, 0x10);
    resource(module, RT_RCDATA, MAKEINTRESOURCEW(100), "definition");
    resource(module, RT_MANIFEST, MAKEINTRESOURCEW(1), "manifest");
    resource(module, L"MAIN", L"SCHEMA", "author's schema");
    HRSRC group = FindResourceW(module, MAKEINTRESOURCEW(1), RT_GROUP_ICON);
    if (group) {
        BYTE *icon = LockResource(LoadResource(module, group));
        int id = LookupIconIdFromDirectoryEx(icon, TRUE, 32, 32, LR_DEFAULTCOLOR);
        resource(module, RT_ICON, MAKEINTRESOURCEW(id), "icon");
    }
    return 0;
}
