"""Our listener and player put every case of the web platform tests on the wire, byte for byte."""

from __future__ import annotations

import base64

import pytest

from ssedrill_faults.plan import Wait
from support.drillserver import drill
from support.rawclient import Heard, ask, connect, listen
from support.wpt import CASES, REPEATS, SOURCE, Served, head_of, ops_of

ECHOED = "…"
HEADERS = {
    "Accept": "text/event-stream",
    "Cache-Control": "no-cache",
    "Cookie": "test=COOKIE",
    "Last-Event-ID": ECHOED,
}
"""What a client sends that does everything right, in every request but the first."""
CONNECTIONS = [(case, number) for case in CASES for number in range(1, len(case.connections) + 1)]


def request_for(path: str, number: int) -> bytes:
    """Return a request; the first has no id yet, and no cookie."""
    names = list(HEADERS) if number > 1 else ["Accept", "Cache-Control"]
    lines = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {HEADERS[name]}" for name in names), "", "")
    return "\r\n".join(lines).encode()


def body(case, answer) -> bytes:
    """Return the body that the case tells."""
    if answer["body_b64"] is None:
        return b"data: %b\n\n" % case.expect["events_first_connection"][0]["data"].encode()
    return base64.b64decode(answer["body_b64"]).replace(b"<COOKIE|NO_COOKIE>", b"COOKIE")


def test_all_cases_are_there():
    """The file has as many cases as it says, of the kinds that it describes."""
    assert len(CASES) == SOURCE["count"] == 49
    assert {case.kind for case in CASES} == set(SOURCE["format"]["kind"].split(" | "))
    assert sum(case.kind == "parse" for case in CASES) == 18


@pytest.mark.parametrize(("case", "number"), CONNECTIONS, ids=[f"{case.number}-{n}" for case, n in CONNECTIONS])
def test_bytes(case, number):
    """The nth request is answered with status line, headers and body of the nth connection, and with its end."""
    answer = case.answer(number)
    held_open = answer["then"] != "close"
    said = head_of(answer, moved=case.path) + body(case, answer) * (REPEATS if held_open else 1)

    def client(port: int) -> Heard:
        for earlier in range(1, number):
            ask(port, request_for(case.path, earlier))
        if not held_open:
            return ask(port, request_for(case.path, number))
        with connect(port) as sock:
            sock.sendall(request_for(case.path, number))
            return listen(sock, enough=len(said))

    heard, journal = drill(Served([case]), client, settle_s=0)
    assert (heard.data, heard.ending) == (said, "enough" if held_open else "eof")
    head, _, rest = heard.data.partition(b"\r\n\r\n")
    status, *headers = head.decode("ascii").split("\r\n")
    assert status == f"HTTP/1.1 {answer['status']} {answer.get('reason', 'OK')}"
    told = [f"{name}: {case.path if name == 'Location' else value}" for name, value in answer["headers"].items()]
    assert headers == [*told, "Connection: close"]
    assert rest.startswith(body(case, answer))
    assert len(journal.requests) == number


def test_waits():
    """What a case says of waits is in the plan."""
    waits = {
        case.number: waits
        for case in CASES
        if (waits := [op.seconds for op in ops_of(case.answer(1), b"", b"x") if isinstance(op, Wait)])
    }
    assert waits == {26: [2.0], 48: [1.0]}


def test_another_path_is_no_case():
    """A path that is no case's gets 404 and is no request of any."""
    served = Served()
    heard, journal = drill(served, lambda port: ask(port, request_for("/favicon.ico", 1)), settle_s=0)
    assert heard.data.startswith(b"HTTP/1.1 404 ")
    assert (served.requests, journal.requests) == ({}, [])
