"""Clients that do what HTTP allows are answered in HTTP; only requests that count take an attempt's number."""

import asyncio
import http.client
import json

from ssedrill.dialects import find_dialect
from ssedrill.judging.faults_met import why_not_tested
from ssedrill.model.scenario import Stream
from ssedrill.planning.planner import Planner
from ssedrill.server.app import DrillServer
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.plan import Fin, Write
from ssedrill_faults.wire.reset import ResetFault
from support.answers import scenario
from support.drillserver import drill
from support.patience import HANG_S
from support.rawclient import GET, ask

OLD = b"GET /stream HTTP/1.0\r\n\r\n"


def planner(*attempts, tokens=3):
    """Return a planner of the eventsource dialect whose attempts meet these faults."""
    return Planner(scenario(Stream(tokens=tokens, every_s=0.0), *attempts), find_dialect("eventsource"), 0)


def asked(connection, method, path):
    """Ask over a connection that may have been used before; return status and body."""
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_other_requests_on_the_way_do_not_use_up_the_fault():
    """A kept-alive client that looks around first (HEAD included) reads every answer, and then meets attempt 1."""

    def client(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)
        looks = [("HEAD", "/stream"), ("GET", "/v1/models"), ("OPTIONS", "/stream"), ("HEAD", "/health")]
        found = [asked(connection, *look) for look in looks]
        found.append(asked(connection, "GET", "/stream"))
        found.append(asked(connection, "GET", "/health"))
        found.append(asked(connection, "GET", "/stream"))
        connection.close()
        return found

    found, journal = drill(planner((StatusFault(code=429),), ()), client)
    assert [status for status, _ in found] == [405, 404, 204, 404, 429, 404, 200]
    assert [body for _, body in found[:1] + found[2:4]] == [b""] * 3
    assert "/v1/models" in json.loads(found[1][1])["error"]["message"]
    assert b"a-end" in found[-1][1]
    assert [(a.number, a.plan.attempt, a.kind) for a in journal.attempts] == [
        (1, 0, "unknown"),
        (2, 0, "unknown"),
        (3, 0, "unknown"),
        (4, 0, "unknown"),
        (5, 1, "stream"),
        (6, 0, "unknown"),
        (7, 2, "stream"),
    ]
    assert len({a.conn for a in journal.attempts}) == 1
    assert why_not_tested(journal, 60.0, faulted=True) is None


def test_a_run_of_nothing_but_other_requests_proves_nothing():
    """If no request was understood, the reason names the first of them."""
    elsewhere = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    _, journal = drill(planner((ResetFault(before="headers"),)), lambda port: ask(port, elsewhere))
    assert why_not_tested(journal, 60.0, faulted=True) == "no request was understood (the first was GET /)"


def test_a_client_that_asks_for_nothing_for_ever_is_looping():
    """Requests that are not understood count towards the bound."""
    health = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

    async def main():
        plans = planner((ResetFault(after_token=1),))
        server = DrillServer(planner=plans, door_for=plans.door, max_requests=3)
        port = int((server.start()).rpartition(":")[2])
        told = []
        for _ in range(4):
            heard = await asyncio.to_thread(ask, port, health)
            told.append((heard.data[:12], server.looping.is_set()))
        await server.stop()
        return told

    assert asyncio.run(main()) == [(b"HTTP/1.1 404", looping) for looping in (False, False, False, True)]


def test_http_1_0_gets_a_body_that_ends_with_its_connection():
    """No chunks for a client that knows none; the plan in the journal is what went over the wire, its end too."""
    heard, journal = drill(planner(), lambda port: ask(port, OLD))
    (attempt,) = journal.attempts
    assert b"chunked" not in heard.data
    assert b"\r\nConnection: close\r\n\r\nid: a-1\n" in heard.data
    assert (heard.ending, heard.data) == ("eof", attempt.plan.data)
    assert [attempt.plan.ops[played.op] for played in attempt.played] == list(attempt.plan.ops)
    assert attempt.plan.ops[-1] == Fin()


def test_http_1_0_meets_the_fault():
    """A reset after a token is the same for it."""
    heard, journal = drill(planner((ResetFault(after_token=2),)), lambda port: ask(port, OLD))
    assert heard.ending == "reset"
    assert [op.tokens for op in journal.attempts[0].plan.ops if isinstance(op, Write)] == [(), (1,), (2,)]


def test_a_whole_url_is_a_legal_target():
    """The absolute form is served like the path in it, and journalled as the path."""

    def client(port):
        line = b"GET http://127.0.0.1:%d/stream HTTP/1.1" % port
        return ask(port, GET.replace(b"GET /stream HTTP/1.1", line + b"\r\nConnection: close"))

    heard, journal = drill(planner(), client)
    assert heard.data.startswith(b"HTTP/1.1 200 ")
    assert (journal.attempts[0].path, journal.attempts[0].kind) == ("/stream", "stream")
