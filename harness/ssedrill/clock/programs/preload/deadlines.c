/* Moments and lengths of time, and the clocks that they are told in. */
#include "preload.h"

uint64_t to_ns(const struct timespec *t) {
    if (t->tv_sec < 0) return 0;
    if ((uint64_t)t->tv_sec >= NEVER / NS / 2) return NEVER;
    return (uint64_t)t->tv_sec * NS + (uint64_t)t->tv_nsec;
}

struct timespec to_timespec(uint64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}

uint64_t after_ns(uint64_t ns) {
    uint64_t now = now_ns();
    return ns >= NEVER - now ? NEVER : now + ns;
}

uint64_t after_ms(int ms) { return ms < 0 ? NEVER : after_ns((uint64_t)ms * 1000000ull); }

uint64_t after_timeout(const struct timespec *timeout) { return timeout ? after_ns(to_ns(timeout)) : NEVER; }

int is_wall(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int is_virtual(clockid_t clock) {
    return is_wall(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
           clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
}

uint64_t to_wall(uint64_t ns) { return page->epoch_ns + (ns - page->start_ns); }

uint64_t from_wall(uint64_t ns) {
    if (ns == NEVER) return NEVER;
    return ns < page->epoch_ns ? 0 : ns - page->epoch_ns + page->start_ns;
}

uint64_t from_clock(clockid_t clock, const struct timespec *t) {
    return is_wall(clock) ? from_wall(to_ns(t)) : to_ns(t);
}
