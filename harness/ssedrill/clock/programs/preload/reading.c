/* Blocking reads from sockets: who waits in one comes out of it when it is the programs' turn, as out of any wait. */
#include "preload.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libc.h"

/* Waits until a blocking socket has something to be read, or has ended. Returns -1 for a signal (errno). */
static int wait_for_bytes(int fd) {
    struct stat file;
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || flags & O_NONBLOCK || fstat(fd, &file) || !S_ISSOCK(file.st_mode)) return 0;
    return poll(&wanted, 1, -1) < 0 ? -1 : 0;
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
