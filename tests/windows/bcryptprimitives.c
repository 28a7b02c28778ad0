/* bcryptprimitives.dll for Wine 8, which has none; Rust's std takes its random numbers from it. */
#include <windows.h>

/* RtlGenRandom, under the name that advapi32 exports it by. */
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
    while (size) {
        ULONG step = size > 0x7fffffff ? 0x7fffffff : (ULONG)size;
        if (!SystemFunction036(data, step))
            return FALSE;
        data += step;
        size -= step;
    }
    return TRUE;
}
