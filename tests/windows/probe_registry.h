/* The probe's view of the registry. */
static int save_registry(const WCHAR *folder)
{
    static const struct { HKEY root; const WCHAR *file; } parts[] = {
        { HKEY_LOCAL_MACHINE, L"machine.reg" },
        { HKEY_USERS, L"users.reg" },
    };
    HANDLE token;
    TOKEN_PRIVILEGES backup = { .PrivilegeCount = 1, .Privileges[0].Attributes = SE_PRIVILEGE_ENABLED };

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token)
        || !LookupPrivilegeValueW(NULL, SE_BACKUP_NAME, &backup.Privileges[0].Luid)
        || !AdjustTokenPrivileges(token, FALSE, &backup, 0, NULL, NULL))
        return fail(L"AdjustTokenPrivileges");
    for (size_t part = 0; part < sizeof(parts) / sizeof(*parts); part++) {
        WCHAR path[MAX_PATH];
        LSTATUS status;
        _snwprintf(path, MAX_PATH, L"%ls\\%ls", folder, parts[part].file);
        status = RegSaveKeyW(parts[part].root, path, NULL);
        SetLastError(status);
        if (status)
            return fail(parts[part].file);
    }
    return 0;
}

/* Text in the form of Wine's registry files: what is special to them, and all beyond ASCII, is escaped. */
static void print_escaped(const WCHAR *text, size_t length, const WCHAR *special)
{
    static WCHAR escaped[32768];
    size_t at = 0;

    for (; length && at < sizeof(escaped) / sizeof(WCHAR) - 8; text++, length--) {
        BOOL before_hex = length > 1 && text[1] < 128 && iswxdigit(text[1]);
        if (!*text)
            at += length > 1 ? swprintf(escaped + at, 8, L"\\0") : 0;
        else if (*text < 32 || *text > 127)
            at += swprintf(escaped + at, 8, before_hex ? L"\\x%04x" : L"\\x%x", *text);
        else if (*text == L'\\' || wcschr(special, *text))
            at += swprintf(escaped + at, 8, L"\\%lc", *text);
        else
            escaped[at++] = *text;
    }
    escaped[at] = 0;
    part(L"%ls", escaped);
}

static void print_value(const WCHAR *name, DWORD type, const BYTE *data, DWORD size)
{
    const WCHAR *text = (const WCHAR *)data;
    size_t length = size / sizeof(WCHAR);

    if (*name) {
        part(L"\"");
        print_escaped(name, wcslen(name), L"\"");
        part(L"\"=");
    } else
        part(L"@=");
    if ((type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ) && length && !(size % sizeof(WCHAR))
        && !text[length - 1]) {
        if (type != REG_SZ)
            part(L"str(%lx):", type);
        part(L"\"");
        print_escaped(text, length, L"\"");
        line(L"\"");
    } else if (type == REG_DWORD && size == sizeof(DWORD)) {
        line(L"dword:%08lx", *(const DWORD *)data);
    } else {
        if (type == REG_BINARY)
            part(L"hex:");
        else
            part(L"hex(%lx):", type);
        for (DWORD byte = 0; byte < size; byte++)
            part(byte ? L",%02x" : L"%02x", data[byte]);
        line(L"");
    }
}

/* Prints a key whole, or only its name and its subkeys'. What cannot be opened is as if it were not there. */
static void print_key(const WCHAR *path, BOOL whole)
{
    static BYTE data[1 << 20];
    static WCHAR name[16384];
    WCHAR *child;
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key))
        return;
    part(L"[");
    print_escaped(path, wcslen(path), L"[]");
    line(L"] 0");
    for (DWORD index = 0; whole; index++) {
        DWORD type, length = 16384, size = sizeof(data);
        LSTATUS status = RegEnumValueW(key, index, name, &length, NULL, &type, data, &size);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        if (!status)
            print_value(name, type, data, size);
    }
    child = malloc(1024 * sizeof(WCHAR));
    for (DWORD index = 0; child; index++) {
        DWORD length = 256;
        WCHAR *end = child + swprintf(child, 768, L"%ls\\", path);
        if (RegEnumKeyExW(key, index, end, &length, NULL, NULL, NULL, NULL))
            break;
        if (whole) {
            print_key(child, TRUE);
        } else {
            part(L"[");
            print_escaped(child, wcslen(child), L"[]");
            line(L"] 0");
        }
    }
    free(child);
    RegCloseKey(key);
}
