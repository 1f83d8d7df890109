/* Reading the clock. */
#include "preload.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libc.h"

#define LOOKS_AT_ONE_INSTANT 50000
#define LOOKS_OF_A_POLLER 1000
#define LOOKS_OF_A_WAIT_FOR_NOTHING 10 /* it costs as much */
#define CREEP_NS 1000000

static __thread uint64_t looked_at, looks;
static __thread int polls, creeps;

/* A thread that only reads the clock, or waits for no time at all, waits for it to move: after very many looks at one
 * instant it is moved on a little. From then on it takes few, as it would take a thread in real time hardly more than
 * its wait is long; until it waits for something. */
static uint64_t look(uint64_t weight) {
    uint64_t now = now_ns();
    if (now != looked_at) {
        looked_at = now;
        looks = 0;
    }
    looks += weight;
    if (looks > (polls ? LOOKS_OF_A_POLLER : LOOKS_AT_ONE_INSTANT)) {
        uint64_t end = now + CREEP_NS;
        creeps = 1;
        while (now_ns() < end) sleep_until(end); /* a signal ends one sleep early */
        creeps = 0;
        polls = 1;
        looks = 0;
        looked_at = now = now_ns();
    }
    return now;
}

static uint64_t read_clock(void) { return look(1); }

void waited_for_nothing(void) {
    int kept = errno;
    look(LOOKS_OF_A_WAIT_FOR_NOTHING);
    errno = kept;
}

void waits(void) {
    if (!creeps) polls = 0;
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
