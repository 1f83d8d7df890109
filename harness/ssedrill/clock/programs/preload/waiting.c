/* How a thread waits on the virtual clock: for its files, and for the harness to move the time. */
#include "preload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libc.h"

#define FEW 64 /* files that are watched without asking for memory */

static int never(void *arg) {
    (void)arg;
    return 0;
}

int wait_until(uint64_t deadline, check_fn is_over, void *arg, struct pollfd *files, nfds_t count,
               const sigset_t *mask) {
    uint64_t ping = atomic_load(&page->ping);
    if (is_over(arg)) return 1;
    if (now_ns() >= deadline) {
        waited_for_nothing();
        return 0;
    }
    waits();
    struct slot *slot = take_slot(deadline, ping);
    struct pollfd few[FEW], *all = count < FEW ? few : malloc((count + 1) * sizeof *all);
    if (count) memcpy(all, files, count * sizeof *all);
    int result = 0;
    sigset_t every, before; /* a signal comes while we wait in the kernel, or not at all: never between two waits */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    for (;;) {
        nfds_t watched = our_turn() ? count : 0;
        struct pollfd *fifo = &all[watched], kept = *fifo;
        *fifo = (struct pollfd){.fd = ping_fifo(ping), .events = POLLIN};
        int n = real_ppoll(all, watched + 1, NULL, mask ? mask : &before);
        if (fifo->revents & POLLNVAL) reopen_fifos(); /* the program has closed all its files */
        *fifo = kept;
        if (n < 0) { result = -1; break; }
        uint64_t latest = atomic_load(&page->ping);
        if (our_turn()) {
            if (is_over(arg)) { result = 1; break; }
            if (now_ns() >= deadline) break;
        }
        ping = latest;
        if (slot) atomic_store(&slot->ack, ping);
    }
    int kept = errno;
    free_slot(slot);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (all != few) free(all);
    errno = kept;
    return result;
}

int sleep_until(uint64_t deadline) { return wait_until(deadline, never, NULL, NULL, 0, NULL); }
