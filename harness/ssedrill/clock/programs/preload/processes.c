/* How a process gets onto the clock: the library is loaded, checks itself, and says hello to the harness. */
#include "preload.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "libc.h"

/* What the program itself would find under these names has to be what is here. */
static void check_functions(void) {
    static const struct { const char *name; void *ours; } all[] = {
        {"clock_gettime", (void *)clock_gettime}, {"gettimeofday", (void *)gettimeofday}, {"time", (void *)time},
        {"nanosleep", (void *)nanosleep}, {"clock_nanosleep", (void *)clock_nanosleep}, {"sleep", (void *)sleep},
        {"poll", (void *)poll}, {"ppoll", (void *)ppoll}, {"select", (void *)select},
        {"epoll_wait", (void *)epoll_wait}, {"epoll_pwait", (void *)epoll_pwait},
        {"pthread_cond_timedwait", (void *)pthread_cond_timedwait}, {"sem_timedwait", (void *)sem_timedwait},
    };
    char why[sizeof page->broken];
    for (size_t i = 0; i < COUNT(all); i++) {
        if (dlsym(RTLD_DEFAULT, all[i].name) != all[i].ours) {
            snprintf(why, sizeof why, "the program has a %s of its own", all[i].name);
            give_up(why);
        }
    }
}

static void check_clock(void) {
    struct timespec t;
    int (*ask)(clockid_t, struct timespec *) = (__typeof__(ask))dlsym(RTLD_DEFAULT, "clock_gettime");
    if (!ask || ask(CLOCK_MONOTONIC, &t) || to_ns(&t) != now_ns() || ask(CLOCK_REALTIME, &t) ||
        to_ns(&t) != to_wall(now_ns()))
        give_up("the program's clock does not show the virtual time");
}

static void say_hello(void) {
    uint64_t at = atomic_fetch_add(&page->hellos_begun, 1);
    atomic_store(&page->hello_pids[at % COUNT(page->hello_pids)], (uint64_t)getpid());
    atomic_fetch_add(&page->hellos_done, 1); /* after the number is there to be read */
}

/* A process that is being made is nobody's yet, if its parent ends before it has said hello. */
static void before_fork(void) { atomic_fetch_add(&page->forks, 1); }

static void in_child(void) {
    say_hello();
    atomic_fetch_add(&page->births, 1);
}

__attribute__((constructor)) static void load(void) {
    find_real();
    const char *folder = getenv("SSEDRILL_CLOCK");
    if (!folder || strlen(folder) > PATH_MAX - sizeof "/ping0") return;
    name_fifos(folder);
    if (!open_page(folder)) return;
    check_functions();
    check_clock();
    pthread_atfork(before_fork, NULL, in_child);
    say_hello();
}
