"""Who waits for an answer of somebody outside of the run, who lives in real time, gets the real clock."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import socketserver
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress

import httpx
import pytest

from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.running.job import Job
from ssedrill.running.jobs import run_jobs
from support.fates import NotDone
from support.virtualdrill import answer, drill_program

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="written for Linux")
needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None or why_not_preloadable([sys.executable]) is not None,
    reason="there is no C compiler, or no virtual programs",
)
LONG_S = 60
"""How long clients would wait: on a clock that jumps that is over at once, and in real time never."""


class _Slow(socketserver.BaseRequestHandler):
    """Answers later than at once, whatever it is told."""

    def handle(self):
        """Answer on a connection, or a datagram."""
        stream = isinstance(self.request, socket.socket)
        if stream:
            self.request.recv(100)
        time.sleep(0.01)
        if stream:
            self.request.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nyes")
        else:
            self.request[1].sendto(b"yes", self.client_address)


@contextmanager
def serving(kind, address):
    """Have somebody who is not of the run at an address."""
    with kind(address, _Slow) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def tcp():
    """Return where somebody answers over TCP."""
    with serving(socketserver.ThreadingTCPServer, ("127.0.0.1", 0)) as address:
        yield address


@pytest.fixture
def udp():
    """Return where somebody answers datagrams."""
    with serving(socketserver.ThreadingUDPServer, ("127.0.0.1", 0)) as address:
        yield address


@pytest.fixture
def local(tmp_path):
    """Return where somebody answers at a local socket."""
    with serving(socketserver.ThreadingUnixStreamServer, str(tmp_path / "s")) as address:
        yield address


def asks(family, kind, address):
    """Ask somebody, blocking, with a timeout."""
    with socket.socket(family, kind) as sock:
        sock.settimeout(LONG_S)
        sock.connect(address)
        sock.send(b"GET / HTTP/1.0\r\n\r\n")
        assert sock.recv(100).endswith(b"yes")


def by_datagram(address):
    """Ask somebody to whom there is no connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LONG_S)
        sock.sendto(b"who?", address)
        assert sock.recv(100) == b"yes"


async def by_asyncio(address):
    """Ask somebody over asyncio's streams."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), LONG_S)).endswith(b"yes")
    writer.close()


class _Echo(asyncio.DatagramProtocol):
    def __init__(self, came):
        self.datagram_received = lambda data, _: came.set_result(data)


async def by_asyncio_datagram(address):
    """Ask somebody by a datagram of asyncio's."""
    loop = asyncio.get_running_loop()
    came = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Echo(came), remote_addr=address)
    transport.sendto(b"who?")
    assert await asyncio.wait_for(came, LONG_S) == b"yes"
    transport.close()


def drilled(first, is_async=False):
    """Drill a client that does something else first, and then reads the stream."""

    def blocking(target):
        first()
        with urllib.request.urlopen(target.url, timeout=target.patience_s) as got:
            yield from filter(None, map(text_of, got.read().decode().splitlines()))

    async def cooperative(target):
        await first()
        async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream("GET", target.url) as got:
            async for line in got.aiter_lines():
                if text := text_of(line):
                    yield text

    client = Client("client", InProcess(cooperative if is_async else blocking), ("eventsource",))
    (record,) = run_jobs([Job(find(["healthy"])[0], client, "eventsource")])
    return record


def text_of(line):
    """Return the text of a line of the stream, or nothing."""
    return json.loads(line[6:]).get("text", "") if line.startswith("data: {") else ""


def assert_real(record, whom):
    """The run took the real clock because of whom the client talked to, and the client is what it is there."""
    assert record.notes == [f"on the real clock: the client talks to {whom}, which is outside of the run"]
    assert (record.clock, record.outcome, record.error) == ("real", "clean", None), record.summary


def test_a_database_over_tcp(tcp):
    """A blocking client that asks one is not told at once that it does not answer."""
    assert_real(drilled(lambda: asks(socket.AF_INET, socket.SOCK_STREAM, tcp)), f"127.0.0.1:{tcp[1]}")


def test_a_gateway_by_asyncio(tcp):
    """Nor is an async one."""
    assert_real(drilled(lambda: by_asyncio(tcp), is_async=True), f"127.0.0.1:{tcp[1]}")


def test_a_local_socket(local):
    """A local socket is like any other."""
    record = drilled(lambda: asks(socket.AF_UNIX, socket.SOCK_STREAM, local))
    assert (record.clock, record.outcome) == ("real", "clean"), record.notes


@pytest.mark.parametrize("ask", [by_datagram, lambda to: asks(socket.AF_INET, socket.SOCK_DGRAM, to)])
def test_datagrams(udp, ask):
    """So are datagrams, with a connection and without."""
    assert_real(drilled(lambda: ask(udp)), f"127.0.0.1:{udp[1]}")


def test_datagrams_of_asyncio(udp):
    """And asyncio's."""
    assert_real(drilled(lambda: by_asyncio_datagram(udp), is_async=True), f"127.0.0.1:{udp[1]}")


def test_who_is_of_the_run():
    """A server that the client itself has is on the run's clock, however long it takes."""

    def own():
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Slow) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            asks(socket.AF_INET, socket.SOCK_STREAM, server.server_address)
            server.shutdown()

    record = drilled(own)
    assert (record.clock, record.outcome, record.notes) == ("virtual", "clean", [])


@pytest.mark.parametrize("timeout_s", [None, 0.0, 5.0])
def test_nobody_there(timeout_s):
    """Where nobody is, the kernel says so at once: that is no reason for the real clock."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()

        def knocks():
            with socket.socket() as sock, suppress(OSError):
                sock.settimeout(timeout_s)
                sock.connect(address)

        record = drilled(knocks)
    assert (record.clock, record.outcome, record.notes) == ("virtual", "clean", [])


def test_who_only_wants_to_know_its_own_address():
    """A datagram socket that is connected sends nothing."""

    def looks():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", 9))
            sock.getsockname()

    record = drilled(looks)
    assert (record.clock, record.outcome, record.notes) == ("virtual", "clean", [])


PROGRAM = f"""
import socket, sys
sock = socket.socket(getattr(socket, sys.argv[1]), getattr(socket, sys.argv[2]))
sock.settimeout({LONG_S})
address = eval(sys.argv[3])
if sys.argv[2] == "SOCK_DGRAM":
    sock.sendto(b"who?", address)
else:
    sock.connect(address)
    sock.send(b"GET / HTTP/1.0")
print(sock.recv(100))
"""


@needs_compiler
@pytest.mark.parametrize(
    ("whom", "family", "kind", "why"),
    [
        ("tcp", "AF_INET", "SOCK_STREAM", r"talks to 127\.0\.0\.1:\d+, which is outside of the run"),
        ("udp", "AF_INET", "SOCK_DGRAM", r"talks to 127\.0\.0\.1:\d+, which is outside of the run"),
        ("local", "AF_UNIX", "SOCK_STREAM", "talks to a local socket of somebody outside of the run"),
    ],
)
def test_programs(request, whom, family, kind, why):
    """A program that asks somebody outside of the run can't be on its clock."""
    address = repr(request.getfixturevalue(whom))
    with pytest.raises(NotDone, match=f"^no virtual clock: the program {why}"):
        drill_program([sys.executable, "-c", PROGRAM, family, kind, address], [answer()])


OWN = """
import os, socket, sys, time
server = socket.socket(socket.AF_UNIX if sys.argv[1:] else socket.AF_INET)
server.bind(sys.argv[1] if sys.argv[1:] else ("127.0.0.1", 0))
server.listen()
if os.fork() == 0:
    client = socket.socket(server.family)
    client.settimeout(9)
    client.connect(server.getsockname())
    print(client.recv(100).decode(), flush=True)
    os._exit(0)
other, _ = server.accept()
time.sleep(3)
other.send(b"yes")
os.wait()
"""


@needs_compiler
@pytest.mark.parametrize("arguments", [[], ["local"]], ids=["tcp", "local"])
def test_programs_among_themselves(tmp_path, arguments):
    """Who is asked may be a program of the run: then it is on the run's clock."""
    places = [str(tmp_path / name) for name in arguments]
    assert drill_program([sys.executable, "-c", OWN, *places], [answer()]).result == (0, [(3.0, "yes\n")])


@needs_compiler
def test_a_program_that_knocks_where_nobody_is():
    """It is refused, and goes on."""
    code = (
        "import socket, time\ns = socket.socket(); s.bind(('127.0.0.1', 0)); a = s.getsockname(); s.close()\n"
        "try: socket.create_connection(a, 5)\nexcept OSError as e: print(type(e).__name__)\ntime.sleep(2)"
    )
    done = drill_program([sys.executable, "-c", code], [answer()]).result
    assert done == (0, [(0.0, "ConnectionRefusedError\n")])
