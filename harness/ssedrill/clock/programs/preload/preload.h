/* Puts a program on a run's virtual clock: preloaded by the dynamic linker, this library stands before libc.
 *
 * A page shared with the harness holds the time. Reading a clock reads that page. Whatever waits with a timeout
 * writes down until when, and waits until its files are ready, or until the harness has moved the time there. The
 * harness moves it only if nobody in the program can do anything more. To be sure, it raises `ping`: every waiting
 * thread then looks at its files once more and confirms with the number of the ping.
 *
 * Program and harness take turns: while it is the harness's, nobody comes out of a wait, whatever has become ready.
 * Else it would be chance how many of the segments that a server writes one after the other are read together.
 *
 * If this library can't keep its word (a kernel timer, a socket timeout kept by the kernel, a clock being set, a
 * function that somebody else has replaced), it says so in the page, and the harness gives the virtual clock up.
 *
 * Without a page (no harness, or one with another layout) every function does what libc's does.
 *
 * What all files of the library share. The page's layout, page_layout.h, is made from page_layout.py at each build.
 */
#pragma once
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "page_layout.h"

#define EXPORT __attribute__((visibility("default"))) /* the program gets this function instead of libc's */
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NS 1000000000ull
#define NEVER UINT64_MAX

#pragma GCC visibility push(hidden)

/* ---- shared_page.c ---- */

extern struct shared_page *page; /* NULL if there is none: then all is as without this library */
int open_page(const char *folder); /* whether there is a page of our layout */
void give_up(const char *why);
struct slot *take_slot(uint64_t deadline, uint64_t ack); /* NULL, and given up, if all are taken */
void free_slot(struct slot *slot);

static inline uint64_t now_ns(void) { return atomic_load(&page->now_ns); }
static inline int our_turn(void) { return atomic_load(&page->turn) != 0; }

/* ---- deadlines.c: moments, all in ns of the run's clock, which is the monotonic one ---- */

uint64_t to_ns(const struct timespec *t);
struct timespec to_timespec(uint64_t ns);
uint64_t after_ns(uint64_t ns);
uint64_t after_ms(int ms); /* a negative number is for ever */
uint64_t after_timeout(const struct timespec *timeout); /* NULL is for ever */
uint64_t to_wall(uint64_t ns); /* ns since 1970 */
uint64_t from_wall(uint64_t ns);
uint64_t from_clock(clockid_t clock, const struct timespec *t); /* a moment as this clock shows it */
int is_wall(clockid_t clock);
int is_virtual(clockid_t clock); /* the others count the processor time that was used */

/* ---- clocks.c: who looks at the clock without end is moved on ---- */

void waited_for_nothing(void); /* the thread has asked without waiting: what it waits for may be time */
void waits(void); /* the thread begins to wait */

/* ---- addresses.c ---- */

int is_internet(const struct sockaddr *address);
unsigned port_of(const struct sockaddr *address); /* of one that is */
void note_bound(int fd); /* somebody of the run is at the address of this socket */
void look_whom(int fd, const struct sockaddr *address); /* given up if that is somebody outside of the run */

/* ---- pings.c ---- */

void name_fifos(const char *folder); /* the folder that the page is in */
int ping_fifo(uint64_t ping); /* readable once the harness has raised the ping further than this one */
void reopen_fifos(void);

/* ---- waiting.c ---- */

/* Looks at what is waited for, without waiting. Returns non-zero if the wait is over, and keeps the result in `arg`. */
typedef int (*check_fn)(void *arg);

/* Waits until is_over() says so or the time is there. It is asked again whenever one of `files` is ready, after each
 * ping, and only while it is the programs' turn. `mask` is the signal mask meanwhile, NULL the thread's own.
 * Returns 1 if it is over, 0 at the deadline, and -1 for a signal (errno). */
int wait_until(uint64_t deadline, check_fn is_over, void *arg, struct pollfd *files, nfds_t count,
               const sigset_t *mask);
int sleep_until(uint64_t deadline); /* returns 0 at the deadline, -1 for a signal (errno) */

#pragma GCC visibility pop
