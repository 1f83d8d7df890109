/* Blocking reads from sockets: who waits in one comes out of it when it is the programs' turn, as out of any wait. */
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libc.h"

/* Whether every handler of a signal asks for what it interrupts to go on. Poll never does, as a read then would; which
 * of several handlers was called nobody can tell. */
static int goes_on(void) {
    struct sigaction handler;
    int kept = errno, all = 1;
    for (int number = 1; number < NSIG; number++)
        if (!sigaction(number, NULL, &handler) && handler.sa_handler != SIG_DFL && handler.sa_handler != SIG_IGN)
            all = all && handler.sa_flags & SA_RESTART;
    errno = kept;
    return all;
}

/* Waits until a blocking socket has something to be read, or has ended. Returns -1 for a signal (errno). */
static int wait_for_bytes(int fd) {
    struct stat file;
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || flags & O_NONBLOCK || fstat(fd, &file) || !S_ISSOCK(file.st_mode)) return 0;
    while (poll(&wanted, 1, -1) < 0)
        if (errno != EINTR || !goes_on()) return -1;
    return 0;
}

EXPORT ssize_t recv(int fd, void *to, size_t size, int flags) {
    find_real();
    if (page && !(flags & MSG_DONTWAIT) && wait_for_bytes(fd)) return -1;
    return real_recv(fd, to, size, flags);
}

EXPORT ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags) {
    if (room < size) abort();
    return recv(fd, to, size, flags);
}

EXPORT ssize_t recvfrom(int fd, void *restrict to, size_t size, int flags, struct sockaddr *restrict from,
                        socklen_t *restrict length) {
    find_real();
    if (page && !(flags & MSG_DONTWAIT) && wait_for_bytes(fd)) return -1;
    return real_recvfrom(fd, to, size, flags, from, length);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    find_real();
    if (page && !(flags & MSG_DONTWAIT) && wait_for_bytes(fd)) return -1;
    return real_recvmsg(fd, message, flags);
}

EXPORT ssize_t read(int fd, void *to, size_t size) {
    find_real();
    if (page && wait_for_bytes(fd)) return -1;
    return real_read(fd, to, size);
}

EXPORT ssize_t __read_chk(int fd, void *to, size_t size, size_t room) {
    if (room < size) abort();
    return read(fd, to, size);
}
