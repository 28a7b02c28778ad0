/* A library with an export directory, which has a link time of its own. */
__declspec(dllexport) int answer(void) { return 42; }
