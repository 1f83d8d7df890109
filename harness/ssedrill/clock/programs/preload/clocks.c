/* Reading the clock. */
#include "preload.h"

#include <string.h>
#include <unistd.h>

#include "libc.h"

#define READS_AT_ONE_INSTANT 200000
#define CREEP_NS 1000000

static __thread uint64_t read_at, reads;

/* A thread that only reads the clock waits for it to move: after very many readings it is moved on a little. */
static uint64_t read_clock(void) {
    uint64_t now = now_ns();
    if (now != read_at) {
        read_at = now;
        reads = 0;
    } else if (++reads > READS_AT_ONE_INSTANT) {
        reads = 0;
        uint64_t end = now + CREEP_NS;
        while (now_ns() < end) sleep_until(end); /* a signal ends one sleep early */
        now = now_ns();
    }
    return now;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *t) {
    find_real();
    if (!page || !is_virtual(clock)) return real_clock_gettime(clock, t);
    uint64_t now = read_clock();
    *t = to_timespec(is_wall(clock) ? to_wall(now) : now);
    return 0;
}

EXPORT int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    struct timespec now;
    if (zone) memset(zone, 0, sizeof(struct timezone));
    struct timeval *volatile into = t; /* its declaration promises that there is one, and some callers give none */
    if (!into) return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    *into = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

EXPORT time_t time(time_t *t) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}

EXPORT int timespec_get(struct timespec *t, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, t) == 0 ? base : 0;
}

EXPORT clock_t times(struct tms *used) {
    find_real();
    clock_t real = real_times(used);
    return page ? (clock_t)(read_clock() / (NS / (uint64_t)sysconf(_SC_CLK_TCK))) : real;
}
