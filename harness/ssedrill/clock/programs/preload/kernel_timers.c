/* Timers that the kernel keeps, and clocks that are set: the virtual clock is given up. */
#include "preload.h"

#include <errno.h>

#include "libc.h"

static int is_armed(const struct timespec *t) { return t->tv_sec || t->tv_nsec; }

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *wish, struct itimerspec *old) {
    find_real();
    if (page && is_armed(&wish->it_value)) give_up("the program uses a kernel timer (timerfd)");
    return real_timerfd_settime(fd, flags, wish, old);
}

EXPORT int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict wish,
                         struct itimerspec *restrict old) {
    find_real();
    if (page && is_armed(&wish->it_value)) give_up("the program uses a kernel timer (timer_settime)");
    return real_timer_settime(timer, flags, wish, old);
}

EXPORT int setitimer(__itimer_which_t which, const struct itimerval *restrict wish, struct itimerval *restrict old) {
    find_real();
    if (page && which == ITIMER_REAL && wish && (wish->it_value.tv_sec || wish->it_value.tv_usec))
        give_up("the program uses a kernel timer (setitimer)");
    return real_setitimer(which, wish, old);
}

EXPORT unsigned alarm(unsigned seconds) {
    find_real();
    if (page && seconds) give_up("the program uses a kernel timer (alarm)");
    return real_alarm(seconds);
}

EXPORT int clock_settime(clockid_t clock, const struct timespec *t) {
    find_real();
    if (!page) return real_clock_settime(clock, t);
    give_up("the program sets the clock");
    errno = EPERM;
    return -1;
}

EXPORT int settimeofday(const struct timeval *t, const struct timezone *zone) {
    (void)t;
    (void)zone;
    give_up("the program sets the clock");
    errno = EPERM;
    return -1;
}
