/* Waiting for files: poll, epoll and select. With a timeout of zero they go straight to the kernel. */
#include "preload.h"

#include <stdlib.h>

#include "libc.h"

static int is_zero(const struct timespec *timeout) { return timeout && to_ns(timeout) == 0; }

static int at_once(int found) {
    if (page && found == 0) waited_for_nothing();
    return found;
}

/* ---- poll ---- */

struct poll_call { struct pollfd *files; nfds_t count; int result; };

static int poll_now(void *arg) {
    struct poll_call *p = arg;
    return (p->result = real_poll(p->files, p->count, 0)) != 0;
}

static int virtual_poll(struct pollfd *files, nfds_t count, uint64_t deadline, const sigset_t *mask) {
    struct poll_call p = {files, count, 0};
    int over = wait_until(deadline, poll_now, &p, files, count, mask);
    return over < 0 ? -1 : p.result;
}

EXPORT int poll(struct pollfd *files, nfds_t count, int ms) {
    find_real();
    if (!page || ms == 0) return at_once(real_poll(files, count, ms));
    return virtual_poll(files, count, after_ms(ms), NULL);
}

EXPORT int __poll_chk(struct pollfd *files, nfds_t count, int ms, size_t size) {
    if (size / sizeof *files < count) abort();
    return poll(files, count, ms);
}

EXPORT int ppoll(struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    find_real();
    if (!page || is_zero(timeout)) return at_once(real_ppoll(files, count, timeout, mask));
    return virtual_poll(files, count, after_timeout(timeout), mask);
}

EXPORT int __ppoll_chk(struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                       size_t size) {
    if (size / sizeof *files < count) abort();
    return ppoll(files, count, timeout, mask);
}

/* ---- epoll ---- */

struct epoll_call { int epoll; struct epoll_event *events; int count, result; };

static int epoll_now(void *arg) {
    struct epoll_call *p = arg;
    return (p->result = real_epoll_wait(p->epoll, p->events, p->count, 0)) != 0;
}

static int virtual_epoll(int epoll, struct epoll_event *events, int count, uint64_t deadline, const sigset_t *mask) {
    struct epoll_call p = {epoll, events, count, 0};
    struct pollfd file = {.fd = epoll, .events = POLLIN};
    int over = wait_until(deadline, epoll_now, &p, &file, 1, mask);
    return over < 0 ? -1 : p.result;
}

EXPORT int epoll_wait(int epoll, struct epoll_event *events, int count, int ms) {
    find_real();
    if (!page || ms == 0) return at_once(real_epoll_wait(epoll, events, count, ms));
    return virtual_epoll(epoll, events, count, after_ms(ms), NULL);
}

EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int count, int ms, const sigset_t *mask) {
    find_real();
    if (!page || ms == 0) return at_once(real_epoll_pwait(epoll, events, count, ms, mask));
    return virtual_epoll(epoll, events, count, after_ms(ms), mask);
}

EXPORT int epoll_pwait2(int epoll, struct epoll_event *events, int count, const struct timespec *timeout,
                        const sigset_t *mask) {
    find_real();
    if (!page || is_zero(timeout)) return at_once(real_epoll_pwait2(epoll, events, count, timeout, mask));
    return virtual_epoll(epoll, events, count, after_timeout(timeout), mask);
}

/* ---- select ---- */

struct select_call { int count; fd_set *wanted[3], found[3]; int result; };

static int select_now(void *arg) {
    struct select_call *s = arg;
    struct timeval none = {0, 0};
    for (int i = 0; i < 3; i++) if (s->wanted[i]) s->found[i] = *s->wanted[i];
    s->result = real_select(s->count, s->wanted[0] ? &s->found[0] : NULL, s->wanted[1] ? &s->found[1] : NULL,
                            s->wanted[2] ? &s->found[2] : NULL, &none);
    return s->result != 0;
}

static int virtual_select(int count, fd_set *r, fd_set *w, fd_set *x, uint64_t deadline, const sigset_t *mask) {
    struct select_call s = {.count = count, .wanted = {r, w, x}};
    struct pollfd files[FD_SETSIZE];
    nfds_t n = 0;
    for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
        short events = (short)((r && FD_ISSET(fd, r) ? POLLIN : 0) | (w && FD_ISSET(fd, w) ? POLLOUT : 0) |
                               (x && FD_ISSET(fd, x) ? POLLPRI : 0));
        if (events) files[n++] = (struct pollfd){.fd = fd, .events = events};
    }
    if (wait_until(deadline, select_now, &s, files, n, mask) < 0) return -1;
    if (s.result >= 0)
        for (int i = 0; i < 3; i++) if (s.wanted[i]) *s.wanted[i] = s.found[i];
    return s.result;
}

EXPORT int select(int count, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x, struct timeval *restrict t) {
    find_real();
    if (!page || (t && t->tv_sec == 0 && t->tv_usec == 0)) return at_once(real_select(count, r, w, x, t));
    uint64_t deadline = t ? after_ns((uint64_t)t->tv_sec * NS + (uint64_t)t->tv_usec * 1000) : NEVER;
    int result = virtual_select(count, r, w, x, deadline, NULL);
    if (t && result >= 0) { /* Linux leaves the time that was not slept */
        uint64_t now = now_ns(), left = deadline > now ? deadline - now : 0;
        *t = (struct timeval){.tv_sec = (time_t)(left / NS), .tv_usec = (suseconds_t)(left % NS / 1000)};
    }
    return result;
}

EXPORT int pselect(int count, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x,
                   const struct timespec *restrict t, const sigset_t *restrict mask) {
    find_real();
    if (!page || is_zero(t)) return at_once(real_pselect(count, r, w, x, t, mask));
    return virtual_select(count, r, w, x, after_timeout(t), mask);
}
