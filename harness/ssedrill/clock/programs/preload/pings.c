/* Two FIFOs wake the waiting threads, one after even and one after odd pings; the other one is empty meanwhile. */
#include "preload.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define HIGH_FD 900 /* out of the way of programs that expect low numbers, or close them */

static char names[2][PATH_MAX];
static int fifos[2] = {-1, -1};
static pid_t opened_by; /* a child of a fork opens its own */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

void name_fifos(const char *folder) {
    for (int i = 0; i < 2; i++) snprintf(names[i], PATH_MAX, "%s/ping%d", folder, i);
}

int ping_fifo(uint64_t ping) {
    pid_t pid = getpid();
    if (opened_by != pid) {
        pthread_mutex_lock(&opening);
        if (opened_by != pid) {
            for (int i = 0; i < 2; i++) {
                int fd = open(names[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
                int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
                if (high >= 0) { close(fd); fd = high; }
                fifos[i] = fd;
                if (fd < 0) give_up("the program has no file descriptor left for the clock");
            }
            opened_by = pid;
        }
        pthread_mutex_unlock(&opening);
    }
    return fifos[ping & 1];
}

void reopen_fifos(void) { opened_by = 0; }
