"""What a client had read when it left: the last look is believed until what the client showed disproves it."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broken_clients.line import request, text_of
from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.target import Target
from ssedrill.judging.really_read import as_read
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record
from ssedrill.model.scenario import Flavour, Scenario
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from ssedrill.server.kernel.sock_diag import works
from support.journals import healthy
from support.records import shown

KERNEL_TELLS = pytest.mark.skipif(not works(), reason="this kernel does not tell what a peer has read")
CLOCKS = pytest.mark.parametrize("clock", ["virtual", "real"])
AWAY_S = 0.3
"""Longer than what counts as proof that a client was not about to read."""
PROGRAM = Path(__file__).parent.parent.parent / "broken_clients" / "reads_late.py"


def scenario(rules: str, must: str, calls: str = "") -> Scenario:
    """Return a scenario of forty tokens, all of which are written while a client is away."""
    head = (
        'name = "away"\nabout = "A client is away."\ndialects = ["eventsource"]\npatience = "2 s"\ndeadline = "20 s"'
    )
    return load_text(f'{head}\n{calls}\n[stream]\ntokens = 40\nevery = "2 ms"\n{rules}\n[must]\n{must}\n')


WHOLE = scenario("[[attempt]]", 'outcome = ["failed-loudly"]')
CUT = scenario(
    '[[attempt]]\nfaults = [{ insert_event = { after_token = 12, event = "error", data = "{}" } }]\n[[attempt]]',
    'outcome = ["failed-loudly"]',
)


def away(target: Target, lines: int, *, first: int) -> Iterator[str]:
    """Show the text of so many lines, of which only the first few are read before a pause; leave the rest unread."""
    url = urlsplit(request(target)["url"])
    with closing(socket.create_connection((url.hostname, url.port))) as sock:
        sock.sendall(f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        for number in range(lines):
            if number == first:
                time.sleep(AWAY_S)
            line = b""
            while not line.endswith(b"\n"):
                line += sock.recv(1)
            if line.startswith(b'data: {"'):
                yield text_of(json.loads(line[6:])) or ""
        if first >= lines:
            time.sleep(AWAY_S)


def leaves_unread(target: Target) -> Iterator[str]:
    """Read some, be away, and give up without a look at what has come."""
    yield from away(target, 24, first=24)
    raise ConnectionError("never mind")


def run(client, drilled: Scenario, clock: str) -> Record:
    """Drill a client."""
    return drill(Job(drilled, Client("away", InProcess(client), ("eventsource",)), "eventsource"), clock=clock)


@KERNEL_TELLS
@CLOCKS
def test_a_program_that_reads_late_is_not_blamed(clock):
    """It had left its first bytes unread for long, then read and showed them, and left by a reset."""
    client = parse_spec(f"cmd:{sys.executable} {PROGRAM}")
    record = drill(Job(WHOLE, client, "eventsource"), clock=clock)
    [attempt] = record.wire.attempts
    assert (record.outcome, attempt.left) == (Outcome.FAILED_LOUDLY, "reset"), record.summary
    assert attempt.played[0].read
    assert not any(played.read is False for played in attempt.played)
    assert record.numbers.corrupted == 0


@KERNEL_TELLS
@CLOCKS
def test_who_leaves_bytes_unread_has_not_met_them(clock):
    """The fault lies behind what it read, and what it showed disproves nothing."""
    record = run(leaves_unread, CUT, clock)
    [attempt] = record.wire.attempts
    assert (record.outcome, attempt.left) == (Outcome.NOT_TESTED, "reset")
    assert "had stopped reading before it" in record.summary
    assert attempt.played[-1].read is False


# ---- of journals made by hand


def looked_at(log: AttemptLog, *, unread_from: int) -> AttemptLog:
    """Return an attempt of whose operations these were still unread at the last look."""
    for played in log.played:
        played.read = played.op < unread_from
    log.consumed = log.played[unread_from - 1].end
    return log


def marks(*attempts: AttemptLog, tokens: int) -> list[set[bool | None]]:
    """Return what is held of each answer's operations if so many of its tokens were shown."""
    journal = TokenJournal(shown(1, tokens, 0.5))
    wire = as_read(WireJournal([], list(attempts)), [journal], Flavour.ASCII)
    return [{played.read for played in attempt.played} for attempt in wire.attempts]


def test_only_what_was_shown_disproves_a_look():
    """What had been read by then says nothing of what lay behind it."""
    assert marks(looked_at(healthy(1, 0.0), unread_from=6), tokens=2) == [{True, False}]
    assert marks(looked_at(healthy(1, 0.0), unread_from=6), tokens=12) == [{True, None}]


def test_of_several_answers_with_one_text_any_may_have_been_read():
    """One was: none is held against the client. If one is known to have been read, the looks at others stand."""
    one, other = (looked_at(healthy(number, 0.0), unread_from=6) for number in (1, 2))
    assert marks(one, other, tokens=12) == [{True, None}, {True, None}]
    one, other = looked_at(healthy(1, 0.0), unread_from=6), healthy(2, 0.0)
    assert marks(one, other, tokens=12)[0] == {True, False}
