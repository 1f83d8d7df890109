/* The system calls that a program makes by their numbers. What it makes without libc is seen from outside. */
#include "preload.h"

#include <linux/futex.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "libc.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13 /* Linux 5.14 */
#endif

/* Whether a futex operation takes a timeout as its fourth argument. */
static int futex_waits(int operation) {
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_LOCK_PI:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI2: return 1;
    default: return 0;
    }
}

EXPORT long syscall(long number, ...) {
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(arguments, long);
    va_end(arguments);
    find_real();
    if (page) {
        switch (number) {
        case SYS_getrandom: return getrandom((void *)a[0], (size_t)a[1], (unsigned)a[2]);
        case SYS_clock_gettime: return clock_gettime((clockid_t)a[0], (struct timespec *)a[1]);
        case SYS_clock_nanosleep:
        case SYS_nanosleep: give_up("the program waits by syscall(nanosleep)"); break;
        case SYS_futex:
            if (a[3] && futex_waits((int)a[1])) give_up("the program waits by syscall(futex)");
            break;
        default: break;
        }
    }
    return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
