/* The functions of libc that we stand before, as libc has them: real_poll and so on. */
#pragma once
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <time.h>

#define FOR_EACH_REAL(X)                                                                                              \
    X(int, poll, (struct pollfd *, nfds_t, int))                                                                      \
    X(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))                               \
    X(int, epoll_wait, (int, struct epoll_event *, int, int))                                                         \
    X(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *))                                      \
    X(int, epoll_pwait2, (int, struct epoll_event *, int, const struct timespec *, const sigset_t *))                 \
    X(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *))                                             \
    X(int, pselect, (int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *))                   \
    X(int, nanosleep, (const struct timespec *, struct timespec *))                                                   \
    X(int, clock_nanosleep, (clockid_t, int, const struct timespec *, struct timespec *))                             \
    X(int, pthread_cond_timedwait, (pthread_cond_t *, pthread_mutex_t *, const struct timespec *))                    \
    X(int, pthread_cond_clockwait, (pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *))         \
    X(int, pthread_cond_signal, (pthread_cond_t *))                                                                   \
    X(int, pthread_cond_broadcast, (pthread_cond_t *))                                                                \
    X(int, sem_trywait, (sem_t *))                                                                                    \
    X(int, sem_timedwait, (sem_t *, const struct timespec *))                                                         \
    X(int, sem_clockwait, (sem_t *, clockid_t, const struct timespec *))                                              \
    X(int, connect, (int, const struct sockaddr *, socklen_t))                                                        \
    X(int, bind, (int, const struct sockaddr *, socklen_t))                                                           \
    X(int, listen, (int, int))                                                                                        \
    X(ssize_t, sendto, (int, const void *, size_t, int, const struct sockaddr *, socklen_t))                          \
    X(ssize_t, recv, (int, void *, size_t, int))                                                                      \
    X(ssize_t, recvfrom, (int, void *restrict, size_t, int, struct sockaddr *restrict, socklen_t *restrict))          \
    X(ssize_t, recvmsg, (int, struct msghdr *, int))                                                                  \
    X(ssize_t, read, (int, void *, size_t))                                                                           \
    X(int, setsockopt, (int, int, int, const void *, socklen_t))                                                      \
    X(int, timerfd_settime, (int, int, const struct itimerspec *, struct itimerspec *))                               \
    X(int, timer_settime, (timer_t, int, const struct itimerspec *, struct itimerspec *))                             \
    X(int, setitimer, (__itimer_which_t, const struct itimerval *, struct itimerval *))                               \
    X(unsigned, alarm, (unsigned))                                                                                    \
    X(int, clock_settime, (clockid_t, const struct timespec *))                                                       \
    X(ssize_t, getrandom, (void *, size_t, unsigned))                                                                 \
    X(long, syscall, (long, ...))                                                                                     \
    X(clock_t, times, (struct tms *))                                                                                 \
    X(int, clock_gettime, (clockid_t, struct timespec *)) /* the last: find_real() goes by it */

#pragma GCC visibility push(hidden)

#define DECLARE(type, name, parameters) extern type (*real_##name) parameters;
FOR_EACH_REAL(DECLARE)
#undef DECLARE

void *next_symbol(const char *name); /* what the program would find under this name without us */
void find_all_real(void);

/* Every function that we stand before begins with it: some are called before our constructor. */
static inline void find_real(void) { if (!real_clock_gettime) find_all_real(); }

#pragma GCC visibility pop
