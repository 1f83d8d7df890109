"""Requests that are not sent to the run's own address are answered, journalled, and not the client's."""

import asyncio
from dataclasses import replace

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.model.scenario import Server, Stream
from ssedrill.planning.planner import Planner
from ssedrill.server.app import DrillServer
from ssedrill.server.http1.request_reader import RequestReader
from ssedrill.server.run_address import ELSEWHERE, OTHER_HOST, RunAddress
from ssedrill_faults.door.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.wire.reset import ResetFault
from support.answers import scenario
from support.drillserver import drill
from support.rawclient import ask, connect, listen

RUN = "0123456789abcdef"
HERE = RunAddress(4711, RUN)


def planner(*attempts, server=None):
    """Return a planner of the eventsource dialect whose attempts meet these faults."""
    drilled = replace(scenario(Stream(tokens=3, every_s=0.0), *attempts), server=server or Server())
    return Planner(drilled, find_dialect("eventsource"), 0)


def get(target=f"/{RUN}/stream", host="127.0.0.1", *more):
    """Return a request for this target that wants the connection closed."""
    named = [] if host is None else [f"Host: {host}"]
    version = "1.0" if host is None else "1.1"
    return "\r\n".join([f"GET {target} HTTP/{version}", *named, "Connection: close", *more, "", ""]).encode()


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        (f"/{RUN}/v1/messages?beta=true", "/v1/messages?beta=true"),
        (f"/{RUN}/", "/"),
        (f"/{RUN}", "/"),
        (f"/{RUN}?x=1", "/?x=1"),
        (f"/{RUN}x/stream", None),
        (f"/{RUN.upper()}/stream", None),
        (f"//{RUN}/stream", None),
        ("/stream", None),
        ("/", None),
        ("*", None),
        (f"/other/{RUN}/stream", None),
    ],
)
def test_what_is_inside(path, inside):
    """The segment is taken away, and must stand in front as it is."""
    assert HERE.inside(path) == inside


@pytest.mark.parametrize("path", ["/stream", "*", "/", "example.com:443"])
def test_without_a_segment_every_path_is_inside(path):
    """A server that was given none serves as it always did."""
    assert RunAddress(4711).inside(path) == path


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("127.0.0.1:4711", None),
        ("LocalHost:4711", None),
        ("localhost", None),
        ("", None),
        (None, None),
        ("evil.example", OTHER_HOST),
        ("evil.example:4711", OTHER_HOST),
        ("127.0.0.1:4712", OTHER_HOST),
        ("127.0.0.1.evil.example:4711", OTHER_HOST),
        ("localhost:4711:4711", OTHER_HOST),
    ],
)
def test_whose_host(host, why):
    """A request that names no host, or this one, is the client's."""
    received = RequestReader().feed(get(host=host))
    assert HERE.foreign(received) is why


def test_the_host_of_a_whole_url_counts():
    """It takes precedence over the header, as HTTP has it; credentials in it are none of its name."""
    for origin, why in (
        ("http://evil.example", OTHER_HOST),
        ("http://user@localhost:4711", None),
        ("http://127.0.0.1:4711", None),
        ("http://127.0.0.1:4711@evil.example", OTHER_HOST),
    ):
        received = RequestReader().feed(get(f"{origin}/{RUN}/stream", "127.0.0.1:4711"))
        assert HERE.foreign(received) is why


@pytest.mark.parametrize(
    ("asked", "status", "note"),
    [
        (get("/stream"), b"404", ELSEWHERE.why),
        (get("/"), b"404", ELSEWHERE.why),
        (get("/stream", None), b"404", ELSEWHERE.why),
        (get("/stream").replace(b"GET", b"HEAD"), b"404", ELSEWHERE.why),
        (get("/stream").replace(b"GET", b"OPTIONS"), b"404", ELSEWHERE.why),
        (get(host="evil.example"), b"421", OTHER_HOST.why),
        (get(f"http://evil.example/{RUN}/stream"), b"421", OTHER_HOST.why),
    ],
    ids=["path", "root", "old", "head", "options", "host", "whole-url"],
)
def test_the_fault_waits_for_the_client(asked, status, note):
    """Somebody else's request is answered in HTTP and takes no attempt; the client's own then meets the reset."""
    plans = planner((ResetFault(before="headers"),), ())
    heard, journal = drill(
        plans, lambda port: [ask(port, request) for request in (asked, get(), get(), asked)], run=RUN
    )
    other, first, second, late = heard
    assert other.data.split(b" ")[1] == status
    assert b"\r\nConnection: " in other.data
    assert b"Access-Control" not in other.data
    assert first.ending == "reset"
    assert b"a-end" in second.data
    assert late.data == other.data
    assert [(a.plan.attempt, a.kind, a.note) for a in journal.attempts] == [
        (0, "unknown", note),
        (1, "stream", ""),
        (2, "stream", ""),
        (0, "unknown", note),
    ]
    assert [a.number for a in journal.of_client.attempts] == [a.number for a in journal.requests] == [2, 3]
    assert RUN not in repr(journal)


def test_a_late_door_is_not_for_others():
    """Over a connection from before its turn, too, the door stays for the client's request."""
    keep = get().replace(b"Connection: close\r\n", b"")
    elsewhere = keep.replace(RUN.encode(), b"other")

    def client(port):
        with connect(port) as sock:
            sock.sendall(keep)
            first = listen_for(sock, b"\r\n0\r\n\r\n")
            sock.sendall(elsewhere)
            second = listen_for(sock, b"}}")
            sock.sendall(keep)
            return first[:12], second[:12], listen(sock).ending

    plans = planner((), (CloseOnAcceptFault(how="fin"),), ())
    heard, journal = drill(plans, client, run=RUN)
    assert heard == (b"HTTP/1.1 200", b"HTTP/1.1 404", "eof")
    assert [(a.kind, a.plan.attempt, a.note) for a in journal.attempts] == [
        ("stream", 1, ""),
        ("unknown", 0, ELSEWHERE.why),
        ("door", 2, ""),
    ]


def listen_for(sock, end):
    """Receive until the bytes end so."""
    data = b""
    while not data.endswith(end):
        data += listen(sock, enough=1).data
    return data


def test_others_do_not_make_a_client_loop(monkeypatch):
    """However often somebody else asks, the bound is the client's; but not without any bound, or time might stand."""
    monkeypatch.setattr("ssedrill.server.attempt_register.MOST_FOREIGN", 6)

    async def looping(*requests):
        plans = planner()
        server = DrillServer(planner=plans, door_for=plans.door, max_requests=2, run=RUN)
        port = int((server.start()).rpartition(":")[2])
        for request in requests:
            await asyncio.to_thread(ask, port, request)
        await server.stop()
        return server.looping.is_set()

    other = get("/")
    assert not asyncio.run(looping(*[other] * 6, get(), get()))
    assert asyncio.run(looping(get(), other, get(), get()))
    assert asyncio.run(looping(*[other] * 7))


def test_pages_that_are_let_in():
    """A page of an origin that the scenario names may read the answer; at another path it may not."""
    plans = planner(server=Server(origins=("http://page",)))
    asked = [get(f"/{RUN}/stream", "127.0.0.1", "Origin: http://page"), get("/", "127.0.0.1", "Origin: http://page")]
    (here, elsewhere), _ = drill(plans, lambda port: [ask(port, request) for request in asked], run=RUN)
    assert b"\r\nAccess-Control-Allow-Origin: http://page\r\n" in here.data
    assert b"Access-Control" not in elsewhere.data
