"""What the kernel tells about the other end of a connection."""

import socket
from contextlib import ExitStack, closing

import pytest

from ssedrill.server.kernel.sock_diag import EVERYTHING, Ends, Netlink, works

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


def test_after_the_client_has_closed_first(pair):
    """The same holds when the client was the first to close."""
    client, server, consumed = pair
    server.sendall(b"abc")
    client.recv(10)
    client.close()
    assert consumed() == 3
    server.recv(10)
    server.close()
    assert consumed() == EVERYTHING


def test_a_client_that_closed_with_unread_bytes(pair):
    """Nobody can tell any more what it had read."""
    client, server, consumed = pair
    server.sendall(b"abc")
    server.close()
    client.close()
    assert consumed() is None
