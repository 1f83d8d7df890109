"""What the kernel tells about the other end of a connection."""

import socket
from contextlib import ExitStack, closing

import pytest

from ssedrill.server.kernel.sock_diag import EVERYTHING, Ends, Netlink, unacknowledged, works

pytestmark = pytest.mark.skipif(not works(), reason="this kernel does not tell what a peer has read")


@pytest.fixture
def pair():
    """Yield a client's socket, the server's, and a function that asks what the client has read."""
    with ExitStack() as stack:
        netlink = stack.enter_context(closing(Netlink()))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(socket.create_connection(listener.getsockname()))
        server = stack.enter_context(listener.accept()[0])
        ends = Ends(client.getsockname(), server.getsockname())
        yield client, server, lambda: netlink.consumed(ends)


def confirm(sock):
    """Have the kernel confirm at once what it has received; it may put that off for 40 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def test_counts_what_the_program_took(pair):
    """Bytes in the client's kernel do not count until its program has read them."""
    client, server, consumed = pair
    server.sendall(b"abcdef")
    assert consumed() == 0
    client.recv(4)
    assert consumed() == 4


def test_after_the_server_has_closed(pair):
    """The client's half can still be asked; when it has closed in an orderly way, it had read everything."""
    client, server, consumed = pair
    server.sendall(b"abc")
    server.close()
    assert consumed() == 0
    assert client.recv(10) + client.recv(10) == b"abc"
    assert consumed() >= 3
    client.close()
    assert consumed() == EVERYTHING


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed at once", "confirmed later"])
def test_after_the_client_has_closed_first(pair, confirmed):
    """The same holds when the client was the first to close, whenever the server's kernel confirms its FIN."""
    client, server, consumed = pair
    server.sendall(b"abc")
    client.recv(10)
    client.close()
    assert server.recv(10) == b""
    if confirmed:
        confirm(server)
    assert consumed() == 3
    server.close()
    assert consumed() == EVERYTHING


def test_what_is_written_after_the_client_has_closed(pair):
    """It was never read: the kernel answers it with a reset, and then nobody can tell what was read before."""
    client, server, consumed = pair
    server.sendall(b"abc")
    client.recv(10)
    client.close()
    confirm(server)
    server.sendall(b"def")
    assert consumed() is None
    assert unacknowledged(server) is None


def test_a_client_that_ends_in_order_and_then_closes_with_unread_bytes(pair):
    """A FIN alone proves nothing: while the socket is open it can be asked, and after a reset nobody knows."""
    client, server, consumed = pair
    server.sendall(b"abc")
    client.shutdown(socket.SHUT_WR)
    assert consumed() == 0
    assert server.recv(10) == b""
    client.close()
    assert consumed() is None
    assert unacknowledged(server) is None


def test_a_client_that_closed_with_unread_bytes(pair):
    """Nobody can tell any more what it had read."""
    client, server, consumed = pair
    server.sendall(b"abc")
    server.close()
    client.close()
    assert consumed() is None
