/* Whom a program talks to: somebody of its run, or somebody who lives in real time and answers too late for us. */
#include "preload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/un.h>

#include "libc.h"

#define BITS 64

int is_internet(const struct sockaddr *address) {
    return address->sa_family == AF_INET || address->sa_family == AF_INET6;
}

unsigned port_of(const struct sockaddr *address) {
    return ntohs(address->sa_family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port
                                               : ((const struct sockaddr_in6 *)address)->sin6_port);
}

static int option(int fd, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, level, name, &value, &size) ? -1 : value;
}

void note_bound(int fd) {
    struct sockaddr_storage found;
    socklen_t size = sizeof found;
    int kept = errno;
    if (!getsockname(fd, (struct sockaddr *)&found, &size) && is_internet((struct sockaddr *)&found)) {
        unsigned port = port_of((struct sockaddr *)&found);
        atomic_fetch_or(&page->bound[port / BITS], UINT64_C(1) << port % BITS);
    }
    errno = kept;
}

static int is_ours(unsigned port) {
    return ((atomic_load(&page->served[port / BITS]) | atomic_load(&page->bound[port / BITS])) >> port % BITS) & 1;
}

/* Whether the process at the other end of a local socket has said hello. */
static int has_our_peer(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) return 1;
    for (size_t i = 0; i < COUNT(page->hello_pids); i++)
        if (atomic_load(&page->hello_pids[i]) == (uint64_t)peer.pid) return 1;
    return 0;
}

static void look_into_internet(int fd, const struct sockaddr *address) {
    char why[sizeof page->broken], host[INET6_ADDRSTRLEN] = "?";
    int type = option(fd, SOL_SOCKET, SO_TYPE);
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (is_ours(port_of(address))) return;
    if (type == SOCK_STREAM && !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) && info.tcpi_state == TCP_CLOSE)
        return; /* refused, as where nobody listens on this machine */
    inet_ntop(address->sa_family,
              address->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                                            : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr,
              host, sizeof host);
    snprintf(why, sizeof why, "the program talks to %s:%u, which is outside of the run", host, port_of(address));
    give_up(why);
}

/* A datagram to a local socket (a log) is not waited for. */
void look_whom(int fd, const struct sockaddr *address) {
    if (is_internet(address)) look_into_internet(fd, address);
    else if (address->sa_family == AF_UNIX && option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM && !has_our_peer(fd))
        give_up("the program talks to a local socket of somebody outside of the run");
}
