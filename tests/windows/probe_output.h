/* How the probe writes: whole lines, as UTF-8. */
static CRITICAL_SECTION output;

static char pending[1 << 16];
static int pending_length;

static void flush(void)
{
    DWORD written;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), pending, pending_length, &written, NULL);
    pending_length = 0;
}

static void print(const WCHAR *format, va_list arguments)
{
    static WCHAR wide[32768];
    static char utf8[98304];
    int length;
    DWORD written;

    _vsnwprintf(wide, 32767, format, arguments);
    length = WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, sizeof(utf8), NULL, NULL) - 1;
    if (pending_length + length > (int)sizeof(pending))
        flush();
    if (length > (int)sizeof(pending)) {
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), utf8, length, &written, NULL);
        return;
    }
    memcpy(pending + pending_length, utf8, length);
    pending_length += length;
}

/* The beginning of a line. */
static void part(const WCHAR *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print(format, arguments);
    va_end(arguments);
}

/* Prints one line, whole and at once, with what was said of it before. */
static void line(const WCHAR *format, ...)
{
    va_list arguments;

    EnterCriticalSection(&output);
    va_start(arguments, format);
    print(format, arguments);
    va_end(arguments);
    part(L"\n");
    flush();
    LeaveCriticalSection(&output);
}

static int fail(const WCHAR *what)
{
    DWORD error = GetLastError();
    fwprintf(stderr, L"probe: %ls: error %lu\n", what, error);
    return 1;
}

/* The rest of our own command line after `words` words, quotes and all. */
static WCHAR *rest_of_command_line(int words)
{
    WCHAR *at = GetCommandLineW();
    for (int word = 0; word < words; word++) {
        BOOL quoted = FALSE;
        for (; *at && (quoted || *at != L' '); at++)
            if (*at == L'"')
                quoted = !quoted;
        while (*at == L' ')
            at++;
    }
    return at;
}
