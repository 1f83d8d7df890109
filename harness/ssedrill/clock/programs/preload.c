/* Puts a program on a drill's virtual clock: preloaded by the dynamic linker, it stands before libc.
 *
 * A page shared with the harness holds the time. Reading a clock reads that page. Whatever waits with a timeout
 * writes down until when, and waits until its files are ready, or until the harness has moved the time there. The
 * harness moves it only when nobody in the program can do anything more. To be sure, it raises `ping`: every waiting
 * thread then looks at its files once more and confirms with the number of the ping. Two FIFOs wake the waiting
 * threads for that, one for even and one for odd pings; the other one is empty meanwhile.
 *
 * Program and harness take turns: while it is the harness's, nobody comes out of a wait, whatever has become ready.
 * Else it would be chance how many of the segments that a server writes one after the other are read together.
 *
 * Where this library can't keep its word (a kernel timer, a socket timeout kept by the kernel, a clock being set, a
 * function that somebody else has replaced), it says so in the page, and the harness gives the virtual clock up.
 *
 * The page's layout is repeated in shm.py; VERSION guards it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define VERSION 3
#define SLOTS 512
#define HELLOS 64
#define PORTS 1024
#define NEVER UINT64_MAX
#define NS 1000000000ull
#define EXPORT __attribute__((visibility("default")))
#define SLICE_NS 200000          /* how long a wait for a condition or semaphore sleeps before it looks again */
#define READS_AT_ONE_INSTANT 200000
#define CREEP_NS 1000000         /* what a loop that only reads the clock is moved on by */

struct slot { _Atomic uint64_t owner, deadline, ack, valid; };
struct page {
    uint64_t version, epoch_ns, start_ns, seed;
    _Atomic uint64_t now, ping, enters, connected, hellos, greeted, random, turn, forks, born, spare[2];
    char broken[128];
    _Atomic uint64_t hello[HELLOS];
    struct slot slots[SLOTS];
    _Atomic uint64_t connects[PORTS]; /* how often somebody has connected to a port, by its last bits */
};

static struct page *page;
static char fifo_names[2][PATH_MAX];
static int fifos[2] = {-1, -1};
static pid_t fifo_pid;
static pthread_mutex_t fifo_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread unsigned hint;
static __thread uint64_t read_at, reads;

/* ---- the functions that we stand before ---- */

#define REAL(type, name, args) static type (*real_##name) args
REAL(int, clock_gettime, (clockid_t, struct timespec *));
REAL(int, poll, (struct pollfd *, nfds_t, int));
REAL(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *));
REAL(int, epoll_wait, (int, struct epoll_event *, int, int));
REAL(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *));
REAL(int, epoll_pwait2, (int, struct epoll_event *, int, const struct timespec *, const sigset_t *));
REAL(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *));
REAL(int, pselect, (int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *));
REAL(int, nanosleep, (const struct timespec *, struct timespec *));
REAL(int, clock_nanosleep, (clockid_t, int, const struct timespec *, struct timespec *));
REAL(int, pthread_cond_timedwait, (pthread_cond_t *, pthread_mutex_t *, const struct timespec *));
REAL(int, pthread_cond_signal, (pthread_cond_t *));
REAL(int, pthread_cond_broadcast, (pthread_cond_t *));
REAL(int, sem_trywait, (sem_t *));
REAL(int, sem_timedwait, (sem_t *, const struct timespec *));
REAL(int, sem_clockwait, (sem_t *, clockid_t, const struct timespec *));
REAL(int, connect, (int, const struct sockaddr *, socklen_t));
REAL(int, setsockopt, (int, int, int, const void *, socklen_t));
REAL(int, timerfd_settime, (int, int, const struct itimerspec *, struct itimerspec *));
REAL(int, timer_settime, (timer_t, int, const struct itimerspec *, struct itimerspec *));
REAL(int, setitimer, (__itimer_which_t, const struct itimerval *, struct itimerval *));
REAL(unsigned, alarm, (unsigned));
REAL(int, clock_settime, (clockid_t, const struct timespec *));
REAL(ssize_t, getrandom, (void *, size_t, unsigned));
REAL(long, syscall, (long, ...));
REAL(clock_t, times, (struct tms *));

static void *next(const char *name) {
#if defined(__x86_64__)
    if (!strncmp(name, "pthread_cond_", 13)) { /* the oldest version is another thing, and RTLD_NEXT may find it */
        void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
        if (found) return found;
    }
#endif
    return dlsym(RTLD_NEXT, name);
}

#define FIND(name) real_##name = (__typeof__(real_##name))next(#name)
static void find_all(void) {
    FIND(poll); FIND(ppoll); FIND(epoll_wait); FIND(epoll_pwait); FIND(epoll_pwait2); FIND(select); FIND(pselect);
    FIND(nanosleep); FIND(clock_nanosleep); FIND(pthread_cond_timedwait); FIND(pthread_cond_signal);
    FIND(pthread_cond_broadcast); FIND(sem_trywait); FIND(sem_timedwait); FIND(sem_clockwait); FIND(connect);
    FIND(setsockopt); FIND(timerfd_settime); FIND(timer_settime); FIND(setitimer); FIND(alarm);
    FIND(clock_settime); FIND(getrandom);
    FIND(syscall); FIND(times);
    FIND(clock_gettime); /* last: ready() goes by it */
}
static inline void ready(void) { if (!real_clock_gettime) find_all(); }

static void give_up(const char *why) {
    if (page && !page->broken[0]) snprintf(page->broken, sizeof page->broken, "%s", why);
}

/* ---- time ---- */

static inline uint64_t now_ns(void) { return atomic_load(&page->now); }
static uint64_t wall_ns(void) { return page->epoch_ns + (now_ns() - page->start_ns); }
static uint64_t to_ns(const struct timespec *t) {
    if (t->tv_sec < 0) return 0;
    if ((uint64_t)t->tv_sec >= NEVER / NS / 2) return NEVER;
    return (uint64_t)t->tv_sec * NS + (uint64_t)t->tv_nsec;
}
static uint64_t in_ns(uint64_t ns) { uint64_t now = now_ns(); return ns >= NEVER - now ? NEVER : now + ns; }
static uint64_t in_ms(int ms) { return ms < 0 ? NEVER : in_ns((uint64_t)ms * 1000000ull); }
static struct timespec timespec_of(uint64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}
static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI; }
static int is_ours(clockid_t clock) {
    return is_wall(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
           clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
}
/* A moment of the wall clock, or of the monotonic one, on the page's scale. */
static uint64_t from_wall(uint64_t ns) {
    if (ns == NEVER) return NEVER;
    return ns < page->epoch_ns ? 0 : ns - page->epoch_ns + page->start_ns;
}
static uint64_t moment(clockid_t clock, const struct timespec *t) {
    return is_wall(clock) ? from_wall(to_ns(t)) : to_ns(t);
}

/* ---- waiting ---- */

static int fifo_of(uint64_t ping) {
    pid_t pid = getpid();
    if (fifo_pid != pid) {
        pthread_mutex_lock(&fifo_lock);
        if (fifo_pid != pid) {
            for (int i = 0; i < 2; i++) {
                int fd = open(fifo_names[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
                int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 900);
                if (high >= 0) { close(fd); fd = high; }
                fifos[i] = fd;
                if (fd < 0) give_up("the program has no file descriptor left for the clock");
            }
            fifo_pid = pid;
        }
        pthread_mutex_unlock(&fifo_lock);
    }
    return fifos[ping & 1];
}

static struct slot *enter(uint64_t deadline, uint64_t ack) {
    uint64_t me = ((uint64_t)getpid() << 32) | (uint32_t)syscall(SYS_gettid);
    atomic_fetch_add(&page->enters, 1);
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned at = (hint + i) % SLOTS;
        struct slot *slot = &page->slots[at];
        uint64_t free = 0;
        if (atomic_load(&slot->owner) == 0 && atomic_compare_exchange_strong(&slot->owner, &free, me)) {
            hint = at;
            atomic_store(&slot->deadline, deadline);
            atomic_store(&slot->ack, ack);
            atomic_store(&slot->valid, 1);
            return slot;
        }
    }
    give_up("more threads wait than the clock has places for");
    return NULL;
}
static void leave(struct slot *slot) {
    if (!slot) return;
    atomic_store(&slot->valid, 0);
    atomic_store(&slot->owner, 0);
}

static inline int our_turn(void) { return atomic_load(&page->turn) != 0; }

/* Looks at what is waited for; returns non-zero when the wait is over, with the result where `look` keeps it. */
typedef int (*look_fn)(void *);

/* Wait until look() says so or the time is there. Returns 1, or 0 at the deadline, or -1 for a signal (errno). */
static int wait_until(uint64_t deadline, look_fn look, void *arg, struct pollfd *files, nfds_t count,
                      const sigset_t *mask) {
    uint64_t ping = atomic_load(&page->ping);
    if (look(arg)) return 1;
    if (now_ns() >= deadline) return 0;
    struct slot *slot = enter(deadline, ping);
    struct pollfd few[64], *all = count < 64 ? few : malloc((count + 1) * sizeof *all);
    if (count) memcpy(all, files, count * sizeof *all);
    int result = 0;
    sigset_t every, before; /* a signal comes while we wait in the kernel, or not at all: never between two waits */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    for (;;) {
        nfds_t watched = our_turn() ? count : 0;
        struct pollfd *fifo = &all[watched], kept = *fifo;
        *fifo = (struct pollfd){.fd = fifo_of(ping), .events = POLLIN};
        int n = real_ppoll(all, watched + 1, NULL, mask ? mask : &before);
        if (fifo->revents & POLLNVAL) fifo_pid = 0; /* the program has closed all its files: open ours again */
        *fifo = kept;
        if (n < 0) { result = -1; break; }
        uint64_t latest = atomic_load(&page->ping);
        if (our_turn()) {
            if (look(arg)) { result = 1; break; }
            if (now_ns() >= deadline) break;
        }
        ping = latest;
        if (slot) atomic_store(&slot->ack, ping);
    }
    int kept = errno;
    leave(slot);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (all != few) free(all);
    errno = kept;
    return result;
}

static int look_never(void *arg) { (void)arg; return 0; }
static void virtual_sleep(uint64_t deadline) {
    while (now_ns() < deadline) wait_until(deadline, look_never, NULL, NULL, 0, NULL);
}

static uint64_t read_clock(void) {
    uint64_t now = now_ns();
    if (now != read_at) { read_at = now; reads = 0; }
    else if (++reads > READS_AT_ONE_INSTANT) { /* it waits by looking at the clock: let the clock move */
        reads = 0;
        virtual_sleep(now + CREEP_NS);
        now = now_ns();
    }
    return now;
}

/* ---- clocks ---- */

EXPORT int clock_gettime(clockid_t clock, struct timespec *t) {
    ready();
    if (!page || !is_ours(clock)) return real_clock_gettime(clock, t);
    uint64_t now = read_clock();
    *t = timespec_of(is_wall(clock) ? page->epoch_ns + (now - page->start_ns) : now);
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
    ready();
    clock_t real = real_times(used);
    return page ? (clock_t)(read_clock() / (NS / (uint64_t)sysconf(_SC_CLK_TCK))) : real;
}

/* ---- sleeping ---- */

EXPORT int nanosleep(const struct timespec *wish, struct timespec *left) {
    ready();
    if (!page) return real_nanosleep(wish, left);
    uint64_t deadline = in_ns(to_ns(wish));
    if (wait_until(deadline, look_never, NULL, NULL, 0, NULL) < 0) {
        uint64_t now = now_ns();
        if (left) *left = timespec_of(deadline > now ? deadline - now : 0);
        return -1;
    }
    return 0;
}
EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wish, struct timespec *left) {
    ready();
    if (!page || !is_ours(clock)) return real_clock_nanosleep(clock, flags, wish, left);
    uint64_t deadline = flags & TIMER_ABSTIME ? moment(clock, wish) : in_ns(to_ns(wish));
    if (wait_until(deadline, look_never, NULL, NULL, 0, NULL) < 0) {
        uint64_t now = now_ns();
        if (left && !(flags & TIMER_ABSTIME)) *left = timespec_of(deadline > now ? deadline - now : 0);
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

/* ---- poll, select, epoll ---- */

struct polling { struct pollfd *files; nfds_t count; int result; };
static int look_poll(void *arg) {
    struct polling *p = arg;
    return (p->result = real_poll(p->files, p->count, 0)) != 0;
}
static int virtual_poll(struct pollfd *files, nfds_t count, uint64_t deadline, const sigset_t *mask) {
    struct polling p = {files, count, 0};
    int over = wait_until(deadline, look_poll, &p, files, count, mask);
    return over < 0 ? -1 : p.result;
}
EXPORT int poll(struct pollfd *files, nfds_t count, int ms) {
    ready();
    if (!page || ms == 0) return real_poll(files, count, ms);
    return virtual_poll(files, count, in_ms(ms), NULL);
}
EXPORT int __poll_chk(struct pollfd *files, nfds_t count, int ms, size_t size) {
    if (size / sizeof *files < count) abort();
    return poll(files, count, ms);
}
EXPORT int ppoll(struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    ready();
    if (!page || (timeout && to_ns(timeout) == 0)) return real_ppoll(files, count, timeout, mask);
    return virtual_poll(files, count, timeout ? in_ns(to_ns(timeout)) : NEVER, mask);
}
EXPORT int __ppoll_chk(struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                       size_t size) {
    if (size / sizeof *files < count) abort();
    return ppoll(files, count, timeout, mask);
}

struct epolling { int epoll; struct epoll_event *events; int count, result; };
static int look_epoll(void *arg) {
    struct epolling *p = arg;
    return (p->result = real_epoll_wait(p->epoll, p->events, p->count, 0)) != 0;
}
static int virtual_epoll(int epoll, struct epoll_event *events, int count, uint64_t deadline, const sigset_t *mask) {
    struct epolling p = {epoll, events, count, 0};
    struct pollfd file = {.fd = epoll, .events = POLLIN};
    int over = wait_until(deadline, look_epoll, &p, &file, 1, mask);
    return over < 0 ? -1 : p.result;
}
EXPORT int epoll_wait(int epoll, struct epoll_event *events, int count, int ms) {
    ready();
    if (!page || ms == 0) return real_epoll_wait(epoll, events, count, ms);
    return virtual_epoll(epoll, events, count, in_ms(ms), NULL);
}
EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int count, int ms, const sigset_t *mask) {
    ready();
    if (!page || ms == 0) return real_epoll_pwait(epoll, events, count, ms, mask);
    return virtual_epoll(epoll, events, count, in_ms(ms), mask);
}
EXPORT int epoll_pwait2(int epoll, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *mask) {
    ready();
    if (!page || (timeout && to_ns(timeout) == 0)) return real_epoll_pwait2(epoll, events, count, timeout, mask);
    return virtual_epoll(epoll, events, count, timeout ? in_ns(to_ns(timeout)) : NEVER, mask);
}

struct selecting { int count; fd_set *wanted[3], found[3]; int result; };
static int look_select(void *arg) {
    struct selecting *s = arg;
    struct timeval none = {0, 0};
    for (int i = 0; i < 3; i++) if (s->wanted[i]) s->found[i] = *s->wanted[i];
    s->result = real_select(s->count, s->wanted[0] ? &s->found[0] : NULL, s->wanted[1] ? &s->found[1] : NULL,
                            s->wanted[2] ? &s->found[2] : NULL, &none);
    return s->result != 0;
}
static int virtual_select(int count, fd_set *r, fd_set *w, fd_set *x, uint64_t deadline, const sigset_t *mask) {
    struct selecting s = {.count = count, .wanted = {r, w, x}};
    struct pollfd files[FD_SETSIZE];
    nfds_t n = 0;
    for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
        short events = (short)((r && FD_ISSET(fd, r) ? POLLIN : 0) | (w && FD_ISSET(fd, w) ? POLLOUT : 0) |
                               (x && FD_ISSET(fd, x) ? POLLPRI : 0));
        if (events) files[n++] = (struct pollfd){.fd = fd, .events = events};
    }
    if (wait_until(deadline, look_select, &s, files, n, mask) < 0) return -1;
    if (s.result >= 0)
        for (int i = 0; i < 3; i++) if (s.wanted[i]) *s.wanted[i] = s.found[i];
    return s.result;
}
EXPORT int select(int count, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x, struct timeval *restrict t) {
    ready();
    if (!page || (t && t->tv_sec == 0 && t->tv_usec == 0)) return real_select(count, r, w, x, t);
    uint64_t deadline = t ? in_ns((uint64_t)t->tv_sec * NS + (uint64_t)t->tv_usec * 1000) : NEVER;
    int result = virtual_select(count, r, w, x, deadline, NULL);
    if (t && result >= 0) { /* Linux leaves the time that was not slept */
        uint64_t now = now_ns(), left = deadline > now ? deadline - now : 0;
        *t = (struct timeval){.tv_sec = (time_t)(left / NS), .tv_usec = (suseconds_t)(left % NS / 1000)};
    }
    return result;
}
EXPORT int pselect(int count, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x,
                   const struct timespec *restrict t, const sigset_t *restrict mask) {
    ready();
    if (!page || (t && to_ns(t) == 0)) return real_pselect(count, r, w, x, t, mask);
    return virtual_select(count, r, w, x, t ? in_ns(to_ns(t)) : NEVER, mask);
}

/* ---- conditions and semaphores: no file to wait on, so in short slices of real time ---- */

/* Counts signals by condition, so that a waiter knows whether one came between two of its slices. */
static _Atomic unsigned signals[1024];
static _Atomic unsigned *signals_of(pthread_cond_t *cond) { return &signals[((uintptr_t)cond >> 4) % 1024]; }

EXPORT int pthread_cond_signal(pthread_cond_t *cond) {
    ready();
    if (page) atomic_fetch_add(signals_of(cond), 1);
    return real_pthread_cond_signal(cond);
}
EXPORT int pthread_cond_broadcast(pthread_cond_t *cond) {
    ready();
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
    struct slot *slot = enter(deadline, ping);
    int result;
    for (;;) {
        struct timespec slice;
        real_clock_gettime(clock, &slice);
        slice = timespec_of(to_ns(&slice) + SLICE_NS);
        uint64_t latest = atomic_load(&page->ping);
        result = wait(cond, mutex, clock, &slice);
        if (result != ETIMEDOUT) break;
        if (atomic_load(signals_of(cond)) != seen) { result = 0; break; } /* perhaps it was for us */
        if (our_turn() && now_ns() >= deadline) break;
        if (slot) atomic_store(&slot->ack, latest);
    }
    leave(slot);
    return result;
}
/* Which clock a condition goes by shows in the moment it is given: the two are decades apart. */
EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                                  const struct timespec *restrict until) {
    ready();
    if (!page) return real_pthread_cond_timedwait(cond, mutex, until);
    uint64_t ns = to_ns(until);
    if (ns > page->epoch_ns / 2) return cond_wait(cond_timedwait, cond, mutex, CLOCK_REALTIME, from_wall(ns));
    return cond_wait(cond_timedwait, cond, mutex, CLOCK_MONOTONIC, ns);
}
EXPORT int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until) {
    ready();
    cond_fn real = (cond_fn)next("pthread_cond_clockwait");
    return page ? cond_wait(real, cond, mutex, clock, moment(clock, until)) : real(cond, mutex, clock, until);
}
static int sem_wait_until(sem_t *sem, uint64_t deadline) {
    uint64_t ping = atomic_load(&page->ping);
    if (real_sem_trywait(sem) == 0) return 0;
    if (now_ns() < deadline) {
        struct slot *slot = enter(deadline, ping);
        int result;
        for (;;) {
            struct timespec slice;
            real_clock_gettime(CLOCK_REALTIME, &slice);
            slice = timespec_of(to_ns(&slice) + SLICE_NS);
            uint64_t latest = atomic_load(&page->ping);
            result = real_sem_timedwait(sem, &slice);
            if (result == 0 || errno != ETIMEDOUT || (our_turn() && now_ns() >= deadline)) break;
            if (slot) atomic_store(&slot->ack, latest);
        }
        int kept = errno;
        leave(slot);
        errno = kept;
        return result;
    }
    errno = ETIMEDOUT;
    return -1;
}
EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
    ready();
    return page ? sem_wait_until(sem, moment(CLOCK_REALTIME, until)) : real_sem_timedwait(sem, until);
}
EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict until) {
    ready();
    return page ? sem_wait_until(sem, moment(clock, until)) : real_sem_clockwait(sem, clock, until);
}

/* ---- news for the harness ---- */

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size) {
    ready();
    if (page && (address->sa_family == AF_INET || address->sa_family == AF_INET6)) {
        int one = 1, buffer = 65536;
        real_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
        real_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        real_setsockopt(fd, 6, 1, &one, sizeof one); /* TCP_NODELAY; without it the kernel holds data back */
        errno = 0;
        atomic_store(&page->connected, 1);
        in_port_t port = address->sa_family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port
                                                       : ((const struct sockaddr_in6 *)address)->sin6_port;
        atomic_fetch_add(&page->connects[ntohs(port) % PORTS], 1);
    }
    return real_connect(fd, address, size);
}
EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
    ready();
    if (page && level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) && size >= sizeof(struct timeval)) {
        const struct timeval *t = value;
        if (t->tv_sec || t->tv_usec) give_up("the program has the kernel time its sockets (SO_RCVTIMEO)");
    }
    return real_setsockopt(fd, level, name, value, size);
}
static int runs(const struct timespec *t) { return t->tv_sec || t->tv_nsec; }
EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *wish, struct itimerspec *old) {
    ready();
    if (page && runs(&wish->it_value)) give_up("the program uses a kernel timer (timerfd)");
    return real_timerfd_settime(fd, flags, wish, old);
}
EXPORT int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict wish,
                         struct itimerspec *restrict old) {
    ready();
    if (page && runs(&wish->it_value)) give_up("the program uses a kernel timer (timer_settime)");
    return real_timer_settime(timer, flags, wish, old);
}
EXPORT int setitimer(__itimer_which_t which, const struct itimerval *restrict wish, struct itimerval *restrict old) {
    ready();
    if (page && which == ITIMER_REAL && wish && (wish->it_value.tv_sec || wish->it_value.tv_usec))
        give_up("the program uses a kernel timer (setitimer)");
    return real_setitimer(which, wish, old);
}
EXPORT unsigned alarm(unsigned seconds) {
    ready();
    if (page && seconds) give_up("the program uses a kernel timer (alarm)");
    return real_alarm(seconds);
}
EXPORT int clock_settime(clockid_t clock, const struct timespec *t) {
    ready();
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

/* ---- waits that we do not stand before ---- */

#define NOT_OURS(type, name, parameters, arguments, waits)                          \
    EXPORT type name parameters {                                                   \
        static __typeof__(&name) real;                                              \
        ready();                                                                    \
        if (page && (waits)) give_up("the program waits by " #name);                \
        if (!real) real = (__typeof__(&name))next(#name);                           \
        return real arguments;                                                      \
    }
typedef const struct timespec *when;
NOT_OURS(int, pthread_mutex_timedlock, (pthread_mutex_t *restrict m, when restrict t), (m, t), 1)
NOT_OURS(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t *restrict l, when restrict t), (l, t), 1)
NOT_OURS(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t *restrict l, when restrict t), (l, t), 1)
NOT_OURS(int, sigtimedwait, (const sigset_t *restrict s, siginfo_t *restrict i, when restrict t), (s, i, t), t != NULL)
NOT_OURS(int, semtimedop, (int s, struct sembuf *ops, size_t n, when t), (s, ops, n, t), t != NULL)
NOT_OURS(int, recvmmsg, (int s, struct mmsghdr *m, unsigned n, int f, struct timespec *t), (s, m, n, f, t), t != NULL)
NOT_OURS(useconds_t, ualarm, (useconds_t first, useconds_t then), (first, then), first || then)
NOT_OURS(int, thrd_sleep, (when t, struct timespec *left), (t, left), 1)
NOT_OURS(int, mtx_timedlock, (mtx_t *restrict m, when restrict t), (m, t), 1)
NOT_OURS(int, cnd_timedwait, (cnd_t *restrict c, mtx_t *restrict m, when restrict t), (c, m, t), 1)
NOT_OURS(ssize_t, mq_timedreceive, (mqd_t q, char *restrict b, size_t n, unsigned *restrict p, when restrict t),
         (q, b, n, p, t), 1)
NOT_OURS(int, mq_timedsend, (mqd_t q, const char *b, size_t n, unsigned p, when t), (q, b, n, p, t), 1)
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
NOT_OURS(int, pthread_mutex_clocklock, (pthread_mutex_t *restrict m, clockid_t c, when restrict t), (m, c, t), 1)
NOT_OURS(int, pthread_rwlock_clockrdlock, (pthread_rwlock_t *restrict l, clockid_t c, when restrict t), (l, c, t), 1)
NOT_OURS(int, pthread_rwlock_clockwrlock, (pthread_rwlock_t *restrict l, clockid_t c, when restrict t), (l, c, t), 1)
#endif
#if defined(__GLIBC__)
NOT_OURS(int, pthread_timedjoin_np, (pthread_t thread, void **end, when t), (thread, end, t), 1)
#endif

/* The system calls that a program makes by their numbers. What it makes without libc is seen from outside. */
EXPORT long syscall(long number, ...) {
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(arguments, long);
    va_end(arguments);
    ready();
    if (page) {
        switch (number) {
        case SYS_getrandom: return getrandom((void *)a[0], (size_t)a[1], (unsigned)a[2]);
        case SYS_clock_gettime: return clock_gettime((clockid_t)a[0], (struct timespec *)a[1]);
        case SYS_clock_nanosleep:
        case SYS_nanosleep: give_up("the program waits by syscall(nanosleep)"); break;
        case SYS_futex: {
            long op = a[1] & 127;
            if (a[3] && (op == 0 || op == 6 || op == 9 || op == 11 || op == 13))
                give_up("the program waits by syscall(futex)");
            break;
        }
        default: break;
        }
    }
    return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- chance: the same for the same seed ---- */

static uint64_t random_word(void) {
    uint64_t z = page->seed * 0x9e3779b97f4a7c15ull + atomic_fetch_add(&page->random, 1) * 0xbf58476d1ce4e5b9ull + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}
EXPORT ssize_t getrandom(void *into, size_t size, unsigned flags) {
    ready();
    if (!page) return real_getrandom(into, size, flags);
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = random_word();
        memcpy((char *)into + at, &word, size - at < 8 ? size - at : 8);
    }
    return (ssize_t)size;
}
EXPORT int getentropy(void *into, size_t size) {
    return getrandom(into, size, 0) < 0 ? -1 : 0;
}

/* ---- beginning ---- */

/* What the program itself would find under these names has to be what is here. */
static void check(void) {
    static const struct { const char *name; void *ours; } ours[] = {
        {"clock_gettime", (void *)clock_gettime}, {"gettimeofday", (void *)gettimeofday}, {"time", (void *)time},
        {"nanosleep", (void *)nanosleep}, {"clock_nanosleep", (void *)clock_nanosleep}, {"sleep", (void *)sleep},
        {"poll", (void *)poll}, {"ppoll", (void *)ppoll}, {"select", (void *)select},
        {"epoll_wait", (void *)epoll_wait}, {"epoll_pwait", (void *)epoll_pwait},
        {"pthread_cond_timedwait", (void *)pthread_cond_timedwait}, {"sem_timedwait", (void *)sem_timedwait},
    };
    char why[sizeof page->broken];
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (dlsym(RTLD_DEFAULT, ours[i].name) != ours[i].ours) {
            snprintf(why, sizeof why, "the program has a %s of its own", ours[i].name);
            give_up(why);
        }
    }
    struct timespec t;
    int (*ask)(clockid_t, struct timespec *) = (__typeof__(ask))dlsym(RTLD_DEFAULT, "clock_gettime");
    if (!ask || ask(CLOCK_MONOTONIC, &t) || to_ns(&t) != now_ns() || ask(CLOCK_REALTIME, &t) || to_ns(&t) != wall_ns())
        give_up("the program's clock does not show the virtual time");
}

static void hello(void) {
    uint64_t at = atomic_fetch_add(&page->hellos, 1);
    atomic_store(&page->hello[at % HELLOS], (uint64_t)getpid());
    atomic_fetch_add(&page->greeted, 1); /* after the name is there to be read */
}

/* A process that is being made is nobody's yet, if its parent ends before it has said hello. */
static void forking(void) { atomic_fetch_add(&page->forks, 1); }
static void born(void) {
    hello();
    atomic_fetch_add(&page->born, 1);
}

__attribute__((constructor)) static void begin(void) {
    ready();
    const char *folder = getenv("SSEDRILL_CLOCK");
    char path[PATH_MAX];
    if (!folder || strlen(folder) > PATH_MAX - 16) return;
    snprintf(path, sizeof path, "%s/page", folder);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    struct page *found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (found == MAP_FAILED || found->version != VERSION) return;
    for (int i = 0; i < 2; i++) snprintf(fifo_names[i], PATH_MAX, "%s/ping%d", folder, i);
    page = found;
    check();
    pthread_atfork(forking, NULL, born);
    hello();
}
