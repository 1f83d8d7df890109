/* Connections: counted for the harness, with buffers and delays that are the same on every machine. */
#include "preload.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "libc.h"

#define BUFFER_BYTES 65536

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size) {
    find_real();
    if (page && is_internet(address)) {
        int one = 1, buffer = BUFFER_BYTES;
        real_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
        real_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        real_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* else the kernel holds data back */
        errno = 0;
        atomic_store(&page->connected, 1);
        atomic_fetch_add(&page->connects[port_of(address) % COUNT(page->connects)], 1);
    }
    int result = real_connect(fd, address, size);
    if (page && (!result || errno == EINPROGRESS)) {
        int kept = errno;
        look_whom(fd, address);
        errno = kept;
    }
    return result;
}

EXPORT int bind(int fd, const struct sockaddr *address, socklen_t size) {
    find_real();
    int result = real_bind(fd, address, size);
    if (page && !result) note_bound(fd);
    return result;
}

EXPORT int listen(int fd, int backlog) { /* which binds, too, if nobody has */
    find_real();
    int result = real_listen(fd, backlog);
    if (page && !result) note_bound(fd);
    return result;
}

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
                      socklen_t length) {
    find_real();
    if (page && address) look_whom(fd, address);
    return real_sendto(fd, data, size, flags, address, length);
}

EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
    find_real();
    if (page && level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) && size >= sizeof(struct timeval)) {
        const struct timeval *t = value;
        if (t->tv_sec || t->tv_usec) give_up("the program has the kernel time its sockets (SO_RCVTIMEO)");
    }
    return real_setsockopt(fd, level, name, value, size);
}
