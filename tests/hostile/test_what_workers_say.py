"""What a worker says is data: it is believed as far as it makes sense, and no further."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from ssedrill.model.attempt_json import Plans
from ssedrill.model.codec import BadValue
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, Played, WireJournal
from ssedrill.running import frames
from ssedrill.running.black_box import KEPT_BYTES, BoxReader, BoxWriter
from ssedrill.running.seen import Found, NeedsOtherProcess, NotRun, Seen, SoFar
from ssedrill.running.seen_json import from_json, to_json
from ssedrill.running.supervisor.last_words import how_it_died, seen_until
from ssedrill_faults.plan import Plan, Role, Wait, Write

PLAN = Plan(1, (Write(b"\xff text", Role.DELTA), Wait(0.5), Write(b"more", Role.DELTA)))
SIZE = 2 * KEPT_BYTES
LOG = AttemptLog(1, 1, 0.25, PLAN, method="GET", path="/<run>/stream", kind=RequestKind.STREAM)


@pytest.fixture
def box() -> tuple[BoxWriter, BoxReader]:
    """Return both sides of a box."""
    fd = os.memfd_create("test")
    os.ftruncate(fd, SIZE)
    pair = BoxWriter(fd, Plans()), BoxReader(fd)
    os.close(fd)
    return pair


def left_in(reader: BoxReader, known: dict[str, Plan] | None = None) -> Seen:
    """Return what is read from a box whose writer has died."""
    return seen_until(reader.entries(), known or {}, "it died", "", 1.0, quoted=True)


def write_run(writer: BoxWriter) -> None:
    """Write what a run comes to."""
    writer.begin("virtual", None)
    writer.at("0123456789abcdef", 4711)
    writer.connected(ConnectionLog(1, 0.125))
    writer.asked(LOG)
    writer.played(1, [Played(0.25, 0, 6), Played(0.25, 1, 6)])
    writer.said(TokenEntry(1, 0.25, "text", "ก", ""), 1)
    writer.said_more("ข", 1)
    writer.played(1, [Played(0.75, 2, 10, taken=False)])
    writer.said(TokenEntry(2, 0.8, "retry", "once more", ""), 1)


def test_a_box_gives_back_what_was_journalled(box: tuple[BoxWriter, BoxReader]) -> None:
    """Connections, attempts with their plans, what was played of them, and what the client said."""
    writer, reader = box
    write_run(writer)
    seen = left_in(reader)
    (attempt,) = seen.wire.attempts
    assert (attempt.plan, attempt.path, attempt.kind) == (PLAN, LOG.path, RequestKind.STREAM)
    assert [(one.t, one.op, one.end, one.taken) for one in attempt.played] == [
        (0.25, 0, 6, True),
        (0.25, 1, 6, True),
        (0.75, 2, 10, False),
    ]
    assert [(entry.n, entry.t, entry.kind, entry.text) for entry in seen.tokens.entries] == [
        (1, 0.25, "text", "กข"),
        (2, 0.8, "retry", "once more"),
    ]
    assert [log.number for log in seen.wire.connections] == [1]
    assert (seen.clock, seen.ended_t, seen.tokens.crashed) == ("virtual", 0.8, "it died")


def test_a_box_holds_the_last_run_alone(box: tuple[BoxWriter, BoxReader]) -> None:
    """What was copied of the run before, or of the same run on another clock, is gone."""
    writer, reader = box
    write_run(writer)
    writer.begin("real", "it forks")
    seen = left_in(reader)
    assert (seen.clock, seen.why_real, seen.wire, seen.tokens.entries) == ("real", "it forks", WireJournal(), [])


def test_a_plan_that_the_reader_knows_is_not_copied(box: tuple[BoxWriter, BoxReader]) -> None:
    """It is named by its digest, and found among those that answers have brought."""
    writer, reader = box
    digest = writer.plans.digest(PLAN)
    writer.known.add(digest)
    write_run(writer)
    assert b"more" not in json.dumps([entry for entry in reader.entries() if entry[0] == "plan"]).encode()
    assert left_in(reader, {digest: PLAN}).wire.attempts[0].plan == PLAN


def test_a_full_box_keeps_what_it_has(box: tuple[BoxWriter, BoxReader]) -> None:
    """What does not fit is left out, and all that comes later, and it says so; the next run has the room again."""
    writer, reader = box
    writer.begin("real", None)
    for number in range(1, 12):
        writer.said(TokenEntry(number, 0.0, "retry", "x" * (SIZE // 10)), 1)
        assert reader.full == (number > 9)
    writer.said_more("which belongs to what was left out", 1)
    assert len(left_in(reader).tokens.entries) == 9
    assert all(len(entry.text) == SIZE // 10 for entry in left_in(reader).tokens.entries)
    write_run(writer)
    assert not reader.full
    assert len(left_in(reader).tokens.entries) == 2


def test_a_box_gives_memory_back(box: tuple[BoxWriter, BoxReader]) -> None:
    """What a long run took is free when the next one begins."""
    writer, reader = box
    writer.begin("real", None)
    writer.said(TokenEntry(1, 0.0, "retry", "x" * (SIZE - 4096)), 1)
    mark = reader._map[SIZE - 8192 : SIZE - 8184]
    writer.begin("real", None)
    assert (mark, reader._map[SIZE - 8192 : SIZE - 8184]) == (b"x" * 8, b"\0" * 8)


@pytest.mark.parametrize(
    "entry",
    [
        ["asked", {"number": "one"}],
        ["asked", 5],
        ["played", 1, [[0.0, 99, 0, True]]],
        ["played", 1, [[0.0, -1, 0, True]]],
        ["played", 1, "abc"],
        ["played", 7, []],
        ["plan", "x", {"attempt": []}],
        ["said", 0.0, "boast", "text", "", 1],
        ["said"],
        ["more", 5],
        ["connected", None, None],
        ["run"],
        [{}],
        [[]],
    ],
    ids=json.dumps,
)
def test_what_makes_no_sense_ends_the_reading(box: tuple[BoxWriter, BoxReader], entry: list[Any]) -> None:
    """What stands before it is kept, what comes after it is not, and nothing is raised."""
    writer, reader = box
    write_run(writer)
    writer._add(*entry)
    writer.said(TokenEntry(3, 9.0, "done"), 1)
    seen = left_in(reader)
    assert [one.kind for one in seen.tokens.entries] == ["text", "retry"]
    assert len(seen.wire.attempts) == 1


def test_a_box_that_was_written_over_is_no_matter(box: tuple[BoxWriter, BoxReader]) -> None:
    """Neither bytes that are no JSON nor an end that lies outside are."""
    writer, reader = box
    write_run(writer)
    writer._map[0:8] = b"\xff" * 8
    writer._map[40:80] = b"\xff" * 40
    assert left_in(reader).wire.attempts == []


def test_the_last_that_was_said_is_part_of_the_reason() -> None:
    """And the run's own address is in neither."""
    said = "warming up\nno answer from http://127.0.0.1:5/0123456789abcdef/stream\n\n"
    seen = seen_until([["at", "0123456789abcdef", 5]], {}, "its process ended", said, 1.0, quoted=True)
    assert (seen.tokens.crashed or "").startswith("its process ended; the last that it said: no answer from")
    assert "0123456789abcdef" not in (seen.tokens.crashed or "") + seen.printed
    assert "warming up" in seen.printed


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, "exit code 0"),
        (3 << 8, "exit code 3"),
        (11, "signal 11, SIGSEGV"),
        (9, "signal 9, SIGKILL; perhaps"),
        (40, "signal 40"),
        (None, "with it the one that watched it"),
    ],
)
def test_how_a_process_died(status: int | None, said: str) -> None:
    """The exit code, or the signal by its name."""
    assert said in how_it_died(status)


@pytest.mark.parametrize(
    "found",
    [
        NotRun("too long"),
        NeedsOtherProcess(SoFar()),
        NeedsOtherProcess(SoFar("it forks", 2)),
        Seen(
            "virtual",
            WireJournal([ConnectionLog(1, 0.5)], [LOG], "too many"),
            TokenJournal([TokenEntry(1, 0.5, "text", "\u0e01")]),
            1.5,
            0.25,
            None,
            ("a remark",),
        ),
    ],
    ids=lambda found: type(found).__name__,
)
def test_what_is_told_is_what_is_heard(found: Found) -> None:
    """Every answer comes out as it went in."""
    plans = Plans()
    body = json.loads(json.dumps(to_json(found, plans)))
    assert from_json(body, {plans.digest(PLAN): PLAN}) == found


def test_the_secrets_of_a_run_are_told_as_well() -> None:
    """The supervisor, which redacts what it has judged, replaces them as the worker would, by the same numbers."""
    secrets = Secrets(("public-knowledge",), {"first-of-all": 7})
    secrets.learn("correct-horse-battery")
    secrets.given(b"Mcp-Session-Id: 0123456789")
    told = Seen("real", WireJournal(), TokenJournal(), 1.0, 1.0, secrets=secrets)
    heard = from_json(json.loads(json.dumps(to_json(told, Plans()))), {})
    assert isinstance(heard, Seen)
    assert heard.secrets.told() == secrets.told()
    said = "api_key=public-knowledge first-of-all correct-horse-battery"
    assert heard.secrets.text(said) == secrets.text(said)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.clear(),
        lambda body: body.update(seen=[]),
        lambda body: body["seen"].update(clock=5),
        lambda body: body["seen"].pop("tokens"),
        lambda body: body["seen"].update(attempts={}),
        lambda body: body["seen"]["attempts"][0].update(plan="another"),
        lambda body: body["seen"].update(ended_t="soon"),
        lambda body: body.update(not_run=5),
    ],
)
def test_an_answer_that_is_none(spoil: Callable[[dict[str, Any]], object]) -> None:
    """It is one error, which names the place."""
    body = json.loads(json.dumps(to_json(Seen("real", WireJournal([], [LOG]), TokenJournal(), 1.0, 1.0), Plans())))
    spoil(body)
    with pytest.raises(BadValue):
        from_json(body, {Plans().digest(PLAN): PLAN})


def test_messages_of_a_length_that_nothing_has() -> None:
    """They are refused before anybody waits for their end."""
    whole = frames.framed(b"text")
    assert [frames.first_of(whole[:cut]) for cut in (0, 7, 11)] == [None] * 3
    assert frames.first_of(whole + b"more") == b"text"
    with pytest.raises(frames.Garbled):
        frames.first_of(b"\xff" * 8)
