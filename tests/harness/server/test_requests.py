"""Requests one after the other, journalled without secrets; and what is no request."""

import asyncio
import hashlib

import pytest

from ssedrill.model.secrets.known import Secrets
from ssedrill.server.app import DrillServer
from ssedrill_faults.plan import Fin
from support.drillserver import LAST, Script, bytes_of, drill, event, head, healthy
from support.rawclient import GET, ask, connect, listen, post

GOOD = bytes_of(healthy())


def test_two_requests_on_one_connection():
    """A kept-alive connection serves the second attempt, and both are journalled apart."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            first = listen(sock, enough=len(GOOD))
            sock.sendall(post(b"{}"))
            return first, listen(sock, enough=len(GOOD))

    (first, second), journal = drill(Script(healthy()), client)
    assert first.data == second.data == GOOD
    assert [(a.number, a.conn, a.method, a.path) for a in journal.attempts] == [
        (1, 1, "GET", "/stream"),
        (2, 1, "POST", "/v1/messages"),
    ]
    assert [a.consumed for a in journal.attempts] == [len(GOOD)] * 2
    assert [a.played[-1].end for a in journal.attempts] == [len(GOOD)] * 2
    assert all(played.read for a in journal.attempts for played in a.played)


def test_requests_sent_ahead_wait_their_turn():
    """Two requests in one segment are answered one after the other."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET + post(b"xyz"))
            return listen(sock, enough=2 * len(GOOD))

    heard, journal = drill(Script(healthy()), client)
    assert heard.data == GOOD * 2
    assert [a.body_bytes for a in journal.attempts] == [0, 3]


def test_connection_close_is_honoured():
    """A client that asks for it gets an end after a keep-alive answer."""
    heard, journal = drill(
        Script(healthy()), lambda port: ask(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    )
    assert (heard.data, heard.ending) == (GOOD, "eof")
    assert journal.connections[0].closed_by == "server"


def test_the_journal_keeps_no_port_and_learns_the_secrets():
    """Headers are kept but for addresses, and credentials are known from then on; the body is kept as its digest."""
    script = Script((*healthy(), Fin()))

    def client(port):
        request = post(b"hello", "Authorization: Bearer s3cret-of-ours", f"Referer: http://127.0.0.1:{port}/")
        return ask(port, request.replace(b"Host: 127.0.0.1", b"Host: 127.0.0.1:%d" % port))

    secrets = Secrets()
    _, journal = drill(script, client, epoch=lambda: 1234.5, secrets=secrets)
    attempt = journal.attempts[0]
    headers = dict(attempt.headers)
    assert headers["authorization"] == "Bearer s3cret-of-ours"  # checks compare what came
    assert secrets.text("no s3cret-of-ours") == "no <secret 1>"
    assert headers["host"] == "<host>"
    assert headers["referer"] == "http://<host>/"
    assert (attempt.body_bytes, attempt.body_sha256) == (5, hashlib.sha256(b"hello").hexdigest())
    assert script.requests[0].header("authorization") == "Bearer s3cret-of-ours"
    assert script.requests[0].now_epoch_s == 1234.5


def test_expect_continue():
    """A client that holds its body back is told to go on, and that is no part of the attempt's bytes."""

    def client(port):
        request = post(b"hello", "Expect: 100-continue")
        with connect(port) as sock:
            sock.sendall(request[:-5])
            told = listen(sock, enough=25)
            sock.sendall(b"hello")
            return told, listen(sock)

    (told, heard), journal = drill(Script((*healthy(), Fin())), client)
    assert told.data == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert heard.data == GOOD
    assert journal.attempts[0].played[0].end == len(head().data)
    assert journal.attempts[0].consumed == len(GOOD)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\0" * 300_000,
    ],
    ids=["tls", "nonsense", "zeros"],
)
def test_garbage_is_answered_400_and_noted(garbage):
    """What is no request takes no attempt number, and the next client is served."""
    (first, second), journal = drill(Script((*healthy(), Fin())), lambda port: (ask(port, garbage), ask(port)))
    assert first.data.startswith(b"HTTP/1.1 400 ") or first.ending == "reset"
    assert second.data == GOOD
    assert [a.number for a in journal.attempts] == [1]
    assert journal.connections[0].note.startswith("malformed request: ")


@pytest.mark.parametrize(
    ("sent", "status", "why"),
    [
        (b"\x16\x03\x01\x02\x00\x01", 400, "a TLS hello, but this is plain HTTP"),
        (b"PRI * HTTP/2.0\r\n", 505, "the preface of HTTP/2, but only HTTP/1.1 is spoken here"),
        (post(b"hello", "Transfer-Encoding: chunked"), 400, "both Content-Length and Transfer-Encoding"),
        (post(b"", "X: " + "y" * 1_000_000), 431, "its head is larger than 131072 bytes"),
        (post(b"").replace(b"Content-Length: 0", b"Content-Length: 99999999999"), 413, "its body is larger than"),
        (b"GET /secret-thing\r\n\r\n", 400, "illegal request line"),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "HTTP/3.0 is not spoken here"),
    ],
    ids=["tls", "http2", "two-lengths", "long-head", "long-body", "http0.9", "http3"],
)
def test_what_is_malformed_is_answered_at_once_and_said_in_plain_words(sent, status, why):
    """Nobody waits for more of it, and nothing of what was sent is quoted."""
    heard, journal = drill(Script((*healthy(), Fin())), lambda port: ask(port, sent))
    assert heard.data.startswith(f"HTTP/1.1 {status} ".encode()) or heard.ending == "reset"
    note = journal.connections[0].note
    assert note.startswith(f"malformed request: {why}")
    assert note.endswith(f"; answered {status} and closed")
    assert "secret-thing" not in note
    assert journal.attempts == []


def test_a_request_without_an_end_is_noted():
    """Its client waits until the drill ends, and the story says for what."""

    def client(port):
        sock = connect(port)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: ")
        return sock

    sock, journal = drill(Script((*healthy(), Fin())), client)
    sock.close()
    assert journal.connections[0].note == "its request had not ended when the drill did"


def test_a_client_that_leaves_in_the_middle_of_its_request():
    """It is noted, takes no attempt number, and disturbs nobody."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(post(b"hello")[:-2])
        return ask(port)

    heard, journal = drill(Script((*healthy(), Fin())), client)
    assert heard.data == GOOD
    assert len(journal.attempts) == 1
    assert journal.connections[0].note == "left in the middle of a request"


def test_a_client_that_loops_is_told_of():
    """More than max_requests requests set the event, and are still answered."""

    async def main():
        server = DrillServer(planner=Script((*healthy(), Fin())), max_requests=3)
        port = int((server.start()).rpartition(":")[2])
        for _ in range(3):
            await asyncio.to_thread(ask, port)
        before = server.looping.is_set()
        heard = await asyncio.to_thread(ask, port)
        await server.stop()
        return before, server.looping.is_set(), heard.data, len(server.journal.attempts)

    assert asyncio.run(main()) == (False, True, GOOD, 4)


def test_a_planner_that_fails_ends_the_run():
    """A fault of the harness itself comes out of stop(), and the client does not hang."""

    def broken(attempt, request):
        raise ZeroDivisionError("planner")

    async def main():
        server = DrillServer(planner=broken)
        port = int((server.start()).rpartition(":")[2])
        heard = await asyncio.to_thread(ask, port)
        assert heard.ending == "reset"
        assert server.looping.is_set()
        await server.stop()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())


def test_the_last_chunk_alone_is_a_segment():
    """The bytes of a plan come as they are, framing included."""
    heard, _ = drill(Script((head(), event(1), event(2), Fin())), ask)
    assert not heard.data.endswith(LAST)
    assert heard.data == head().data + event(1).data + event(2).data
