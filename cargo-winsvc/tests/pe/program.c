/* A small program with something in most sections: code, constants, data, zeros, imports. */
#include <stdio.h>
#include <windows.h>

static int data = 40;
static int zeros[100];

int answer(int question) { return data + zeros[question] + 2; }

int main(void) {
    printf("the answer is %d\n", answer(7));
    return GetLastError() == 0 ? 7 : 8;
}
