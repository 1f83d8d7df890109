/* Waiting for a condition or a semaphore: there is no file to wait for, so in short slices of real time. */
#include "preload.h"

#include <errno.h>

#include "libc.h"

#define SLICE_NS 200000

static struct timespec slice_on(clockid_t clock) {
    struct timespec now;
    real_clock_gettime(clock, &now);
    return to_timespec(to_ns(&now) + SLICE_NS);
}

/* ---- conditions ---- */

/* Counts signals by condition, so that a waiter knows whether one came between two of its slices. */
static _Atomic unsigned signals[1024];

static _Atomic unsigned *signals_of(pthread_cond_t *cond) { return &signals[((uintptr_t)cond >> 4) % COUNT(signals)]; }

EXPORT int pthread_cond_signal(pthread_cond_t *cond) {
    find_real();
    if (page) atomic_fetch_add(signals_of(cond), 1);
    return real_pthread_cond_signal(cond);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *cond) {
    find_real();
    if (page) atomic_fetch_add(signals_of(cond), 1);
    return real_pthread_cond_broadcast(cond);
}

typedef int (*cond_fn)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);

static int cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until) {
    (void)clock;
    return real_pthread_cond_timedwait(cond, mutex, until);
}

static int cond_wait(cond_fn wait, pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock, uint64_t deadline) {
    unsigned seen = atomic_load(signals_of(cond));
    uint64_t ping = atomic_load(&page->ping);
    if (now_ns() >= deadline) return ETIMEDOUT;
    struct slot *slot = take_slot(deadline, ping);
    int result;
    for (;;) {
        struct timespec slice = slice_on(clock);
        uint64_t latest = atomic_load(&page->ping);
        result = wait(cond, mutex, clock, &slice);
        if (result != ETIMEDOUT) break;
        if (atomic_load(signals_of(cond)) != seen) { result = 0; break; } /* perhaps it was for us */
        if (our_turn() && now_ns() >= deadline) break;
        if (slot) atomic_store(&slot->ack, latest);
    }
    free_slot(slot);
    return result;
}

/* Which clock a condition goes by shows in the moment it is given: the two are decades apart. */
EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                                  const struct timespec *restrict until) {
    find_real();
    if (!page) return real_pthread_cond_timedwait(cond, mutex, until);
    uint64_t ns = to_ns(until);
    if (ns > page->epoch_ns / 2) return cond_wait(cond_timedwait, cond, mutex, CLOCK_REALTIME, from_wall(ns));
    return cond_wait(cond_timedwait, cond, mutex, CLOCK_MONOTONIC, ns);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until) {
    find_real();
    if (!page) return real_pthread_cond_clockwait(cond, mutex, clock, until);
    return cond_wait(real_pthread_cond_clockwait, cond, mutex, clock, from_clock(clock, until));
}

/* ---- semaphores ---- */

static int sem_wait_until(sem_t *sem, uint64_t deadline) {
    uint64_t ping = atomic_load(&page->ping);
    if (real_sem_trywait(sem) == 0) return 0;
    if (now_ns() >= deadline) {
        errno = ETIMEDOUT;
        return -1;
    }
    struct slot *slot = take_slot(deadline, ping);
    int result;
    for (;;) {
        struct timespec slice = slice_on(CLOCK_REALTIME);
        uint64_t latest = atomic_load(&page->ping);
        result = real_sem_timedwait(sem, &slice);
        if (result == 0 || errno != ETIMEDOUT || (our_turn() && now_ns() >= deadline)) break;
        if (slot) atomic_store(&slot->ack, latest);
    }
    int kept = errno;
    free_slot(slot);
    errno = kept;
    return result;
}

EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
    find_real();
    return page ? sem_wait_until(sem, from_clock(CLOCK_REALTIME, until)) : real_sem_timedwait(sem, until);
}

EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict until) {
    find_real();
    return page ? sem_wait_until(sem, from_clock(clock, until)) : real_sem_clockwait(sem, clock, until);
}
