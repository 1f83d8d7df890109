/* Sleeping. */
#include "preload.h"

#include <errno.h>
#include <unistd.h>

#include "libc.h"

static struct timespec left_until(uint64_t deadline) {
    uint64_t now = now_ns();
    return to_timespec(deadline > now ? deadline - now : 0);
}

EXPORT int nanosleep(const struct timespec *wish, struct timespec *left) {
    find_real();
    if (!page) return real_nanosleep(wish, left);
    uint64_t deadline = after_ns(to_ns(wish));
    if (sleep_until(deadline) < 0) {
        if (left) *left = left_until(deadline);
        return -1;
    }
    return 0;
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wish, struct timespec *left) {
    find_real();
    if (!page || !is_virtual(clock)) return real_clock_nanosleep(clock, flags, wish, left);
    uint64_t deadline = flags & TIMER_ABSTIME ? from_clock(clock, wish) : after_ns(to_ns(wish));
    if (sleep_until(deadline) < 0) {
        if (left && !(flags & TIMER_ABSTIME)) *left = left_until(deadline);
        return errno;
    }
    return 0;
}

EXPORT unsigned sleep(unsigned seconds) {
    struct timespec wish = {.tv_sec = seconds}, left = {0};
    return nanosleep(&wish, &left) < 0 ? (unsigned)left.tv_sec : 0;
}

EXPORT int usleep(useconds_t us) {
    struct timespec wish = {.tv_sec = us / 1000000, .tv_nsec = (us % 1000000) * 1000l};
    return nanosleep(&wish, NULL);
}
