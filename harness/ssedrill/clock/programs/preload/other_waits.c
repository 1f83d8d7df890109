/* Waits of libc that are not virtual: they go on as ever, and the virtual clock is given up. */
#include "preload.h"

#include <mqueue.h>
#include <pthread.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <threads.h>
#include <unistd.h>

#include "libc.h"

#define REAL_WAIT(type, name, parameters, arguments, waits)                         \
    EXPORT type name parameters {                                                   \
        static __typeof__(&name) real;                                              \
        find_real();                                                                \
        if (page && (waits)) give_up("the program waits by " #name);                \
        if (!real) real = (__typeof__(&name))next_symbol(#name);                    \
        return real arguments;                                                      \
    }
typedef const struct timespec *when;

REAL_WAIT(int, pthread_mutex_timedlock, (pthread_mutex_t *restrict m, when restrict t), (m, t), 1)
REAL_WAIT(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t *restrict l, when restrict t), (l, t), 1)
REAL_WAIT(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t *restrict l, when restrict t), (l, t), 1)
REAL_WAIT(int, sigtimedwait, (const sigset_t *restrict s, siginfo_t *restrict i, when restrict t), (s, i, t), t != NULL)
REAL_WAIT(int, semtimedop, (int s, struct sembuf *ops, size_t n, when t), (s, ops, n, t), t != NULL)
REAL_WAIT(int, recvmmsg, (int s, struct mmsghdr *m, unsigned n, int f, struct timespec *t), (s, m, n, f, t), t != NULL)
REAL_WAIT(useconds_t, ualarm, (useconds_t first, useconds_t then), (first, then), first || then)
REAL_WAIT(int, thrd_sleep, (when t, struct timespec *left), (t, left), 1)
REAL_WAIT(int, mtx_timedlock, (mtx_t *restrict m, when restrict t), (m, t), 1)
REAL_WAIT(int, cnd_timedwait, (cnd_t *restrict c, mtx_t *restrict m, when restrict t), (c, m, t), 1)
REAL_WAIT(ssize_t, mq_timedreceive, (mqd_t q, char *restrict b, size_t n, unsigned *restrict p, when restrict t),
          (q, b, n, p, t), 1)
REAL_WAIT(int, mq_timedsend, (mqd_t q, const char *b, size_t n, unsigned p, when t), (q, b, n, p, t), 1)
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
REAL_WAIT(int, pthread_mutex_clocklock, (pthread_mutex_t *restrict m, clockid_t c, when restrict t), (m, c, t), 1)
REAL_WAIT(int, pthread_rwlock_clockrdlock, (pthread_rwlock_t *restrict l, clockid_t c, when restrict t), (l, c, t), 1)
REAL_WAIT(int, pthread_rwlock_clockwrlock, (pthread_rwlock_t *restrict l, clockid_t c, when restrict t), (l, c, t), 1)
#endif
#if defined(__GLIBC__)
REAL_WAIT(int, pthread_timedjoin_np, (pthread_t thread, void **end, when t), (thread, end, t), 1)
#endif
