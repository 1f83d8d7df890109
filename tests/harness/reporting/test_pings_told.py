"""Pings, shut doors and requests at once, as a story tells them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.model.record import Record
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.reporting.views.measures import numbers
from ssedrill.reporting.views.spread import spreads
from ssedrill.reporting.views.timeline import plain, timeline
from ssedrill_faults.plan import CloseOnAccept, Op, Plan, Role, Wait, Write
from support.records import answer_ops, attempt, changed, passed, shown

PING = Write(b": ping\n\n", Role.PING, (), (9,), fault="keepalive_only")


def story(*ops: Op, **changes: object) -> list[str]:
    """Return what is told of one attempt that does this, behind its request."""
    run = passed(wire=WireJournal([], [attempt(1, 0.0, ops)]), **{"tokens": TokenJournal(), **changes})
    return [f"{row.t:g} {plain(row)}" for row in timeline(run)][1:]


def pings(*waits_s: float) -> list[Op]:
    """Return a ping behind each of these waits."""
    return [one for n, wait in enumerate(waits_s) for one in (Wait(wait), replace(PING, events=(n,)))]


def test_pings_of_a_silence_are_one_row() -> None:
    """It says how many there were and how far apart, if that is always the same; the silence behind is told."""
    assert story(*pings(15.0, 15.0, 15.0), Wait(15.0)) == [
        "0 nothing for 15.000 s",
        "15 ← 3 pings, one every 15.000 s (until 45.000 s)  [keepalive_only]",
        "45 nothing for 15.000 s",
    ]
    assert story(*pings(15.0, 1.0, 15.0))[1] == "15 ← 3 pings (until 31.000 s)  [keepalive_only]"
    assert story(*pings(0.1, 0.1))[-1] == "0.1 ← 2 pings, one every 0.100 s (until 0.200 s)  [keepalive_only]"


def test_what_the_client_says_stands_between_pings() -> None:
    """Pings before and behind it are not told as one."""
    said = TokenJournal([TokenEntry(1, 20.0, "retry", "idle")])
    assert story(*pings(15.0, 15.0, 15.0), tokens=said)[1:] == [
        "15 ← a ping  [keepalive_only]",
        "15 nothing for 15.000 s",
        "20 retries: idle",
        "30 ← 2 pings, one every 15.000 s (until 45.000 s)  [keepalive_only]",
    ]


def test_pings_among_tokens_are_one_row_with_them() -> None:
    """So is what the application shows meanwhile; a ping ahead of the first token is one by itself."""
    ops = [op for op in answer_ops(1, 6) if isinstance(op, Write)]
    first, second, third = (replace(PING, fault=None, events=(number,)) for number in (9, 10, 11))
    mixed = [ops[1], first, *ops[2:4], second, *ops[4:6], third, *ops[6:9]]
    said = TokenJournal(shown(1, 6, 0.005))
    assert story(*mixed, tokens=said, clock="virtual") == [
        "0 ← an opening event",
        "0 ← a ping",
        "0 ← tokens 1-6, 2 pings among them",
        "0 ← the terminal event",
        "0.005 shows tokens 1-6 of answer a (until 0.030 s)",
    ]


def behind_doors() -> Record:
    """Return a run whose client found the door shut, then was asked by somebody else, then came in."""
    shut = Plan(1, (), door=CloseOnAccept(reset=False), faults=("close_on_accept",))
    door = AttemptLog(1, 1, 0.0, shut, kind=RequestKind.DOOR)
    stranger = replace(attempt(2, 0.1, ()), note="not the client's", path="/x")
    return passed(wire=WireJournal([], [door, stranger, attempt(3, 0.2, answer_ops(1, 40))]))


def test_a_shut_door_is_no_request() -> None:
    """The requests of a story are numbered as its measures count them."""
    told = [plain(row) for row in timeline(behind_doors()) if row.text.startswith(("→", "accepts"))]
    assert told == [
        "accepts the connection and closes it  [close_on_accept]",
        "→ another request: POST /x (not the client's)",
        "→ request 1: POST /v1/messages",
    ]


@pytest.mark.parametrize(
    ("gaps_s", "told"),
    [([0.5, 0.25], "0.500 s, 0.250 s"), ([-0.3, 0.0, 0.001], "at once, at once, 0.001 s")],
)
def test_no_gap_is_negative(gaps_s: list[float], told: str) -> None:
    """A request that did not wait for the end of the answer before it was made at once."""
    assert dict(numbers(changed(passed(), gaps_s=gaps_s)))["gaps between requests"] == told


def test_no_wait_over_the_repeats_is_negative() -> None:
    """The shortest wait before a retry is none."""
    runs = [changed(passed(repeat=i), gaps_s=[gap]) for i, gap in enumerate((-0.3, 0.5))]
    (wait,) = (one for one in spreads(runs) if one.measure == "first wait before a retry")
    assert (wait.least, wait.most) == ("0.000 s", "0.500 s")
