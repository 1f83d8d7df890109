"""A server closes a connection that has been idle for as long as the scenario says."""

import socket
import time

import pytest

from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario
from support.drillserver import Script, drill, healthy

REQUEST = b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def ask(sock: socket.socket) -> None:
    """Make a request and read its answer to the last chunk."""
    sock.sendall(REQUEST)
    data = b""
    while not data.endswith(b"0\r\n\r\n"):
        data += sock.recv(65536)


def test_an_idle_connection_is_closed():
    """It ends in order, so long after the last answer; one that is used meanwhile stays."""

    def client(port):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            ask(sock)
            time.sleep(0.15)
            ask(sock)
            began = time.monotonic()
            assert sock.recv(1) == b""
            return time.monotonic() - began

    waited, journal = drill(Script(healthy()), client, keep_alive_s=0.3)
    assert waited >= 0.25
    [connection] = journal.connections
    assert (connection.closed_by, connection.how) == ("server", "fin")
    assert [attempt.conn for attempt in journal.attempts] == [1, 1]


def test_without_a_limit_it_stays():
    """Nothing closes it but the end of the drill."""

    def client(port):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            ask(sock)
            sock.settimeout(0.4)
            with pytest.raises(TimeoutError):
                sock.recv(1)

    _, journal = drill(Script(healthy()), client)
    assert journal.connections[0].closed_by == "client"


@pytest.mark.parametrize("written", ['"0 s"', "5", '"-1 s"', '"soon"', "true"])
def test_bad_limits(written):
    """They are told by name."""
    text = 'name = "idle"\nabout = "Idle."\ndialects = "all"\n[[attempt]]\n[must]\noutcome = ["clean"]\n'
    with pytest.raises(BadScenario, match=r"server\.keep_alive"):
        load_text(f"{text}[server]\nkeep_alive = {written}\n")
