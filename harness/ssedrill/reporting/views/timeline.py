"""A run told in order of time: what went over the wire on the left, what the application was given on the right.

Runs of the same thing are folded ("tokens 1-12"), but never across something that a reader must see between them.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import accumulate, dropwhile, groupby, islice
from typing import Literal, TypeAlias

from ssedrill.model.phrases import grouped, ranges
from ssedrill.model.record import Record
from ssedrill.model.token_journal import TokenEntry, TokenKind
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.token_runs import MarkedToken, unfolded
from ssedrill.reporting.views.wire_wording import (
    Step,
    client_left,
    request_words,
    shared_request_words,
    step_words,
    steps,
)
from ssedrill.reporting.views.wording import seconds
from ssedrill_faults.plan import Role, Wait, Write


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the story; text may hold what a client printed, so whoever shows it escapes it."""

    t: float  # seconds since the run began
    side: Literal["wire", "app"]
    text: str
    fault: str = ""  # the fault that is at work here
    bad: bool = False  # something went wrong here: an error, a death, tokens that should not be
    until: float | None = None  # if several things are folded: the time of the last
    attempt: float = math.inf  # the attempt that it belongs to; infinite for what ends the run
    turn: int = 0  # its place among what happens in one attempt at the same moment, see below
    calls: str = ""  # the numbers of the calls that it is told of, if a run has several
    shared: str = ""  # how it is said of several calls that do the same, if other than of one


# A virtual clock stands still while anything runs, so that a request, the answer to it, the application's reaction
# and the next request may bear the same time: they are told attempt by attempt, each in order of cause and effect.
REQUEST, WRITTEN, SHOWN, PAUSED, LEFT, SAID = range(6)

WRITE_S = 0.001
"""A client on the real clock may have shown a token before the server has noted that it was sent."""


def timeline(record: Record, used: Collection[int] = ()) -> list[Row]:
    """Return the story of a run in order of time, and at the same moment in order of cause and effect.

    ``used`` are requests over connections that had carried one of another call.
    """
    app = list(_app_notes(record))
    wire = list(_wire_notes(record, used))
    said = sorted(row.t for row in app)
    wire += _wire_runs(record, said)
    late = WRITE_S if record.clock != "virtual" else 0.0
    delays = {SHOWN: late, PAUSED: 2 * late}  # text comes after the bytes that carried it, and a pause after the text

    def moment(row: Row) -> float:
        if row.turn not in delays:
            return row.t
        at = bisect_left(said, row.t)
        return min(row.t + delays[row.turn], *said[at : at + 1], math.inf)  # not after what is said

    marks = [row for row in wire if row.fault or row.text.startswith("→")]
    app += _app_runs(record, sorted(row.t + late * (row.turn == PAUSED) for row in marks))
    return sorted([*wire, *app], key=lambda row: (moment(row), row.attempt, row.turn))


MOST_ROWS = 1000
"""So many lines of one story are told: whoever made thousands of requests did the same thing over and over."""


def excerpt(rows: list[Row], most: int = MOST_ROWS) -> tuple[list[Row], str, list[Row]]:
    """Return how a story begins and ends, and what to say of the lines between, which is nothing if all are told."""
    if len(rows) <= most:
        return rows, "", []
    half = most // 2
    return rows[:half], f"… {grouped(len(rows) - 2 * half, 'line')} left out: the record has everything", rows[-half:]


def plain(row: Row) -> str:
    """Return a row's text with its end and its fault, for reports without markup."""
    end = ended(row)
    return row.text + (f" (until {end})" if end else "") + (f"  [{row.fault}]" if row.fault else "")


def ended(row: Row) -> str:
    """Return when the last of what is folded in a row happened, if that is another moment than the row's."""
    end = seconds(row.until) if row.until is not None else ""
    return "" if end == seconds(row.t) else end


def _wire_notes(record: Record, used: Collection[int]) -> Iterator[Row]:
    """Tell the requests, and how and when the client left."""
    own: set[int] = set()
    for attempt in record.wire.attempts:
        number = attempt.number
        faults = "" if attempt.was_read else ", ".join(attempt.plan.faults)
        over = " on the same connection" if attempt.conn in own else " on a used connection" * (number in used)
        told, shared = request_words(attempt, over), shared_request_words(attempt, over)
        yield Row(attempt.t, "wire", told, fault=faults, attempt=number, shared=shared)
        own.add(attempt.conn)
        if attempt.left is not None and attempt.left_t is not None:
            yield Row(attempt.left_t, "wire", client_left(attempt), attempt=number, turn=LEFT)
    for connection in record.wire.connections:
        if connection.note:
            t = connection.t if connection.closed_t is None else connection.closed_t
            yield Row(t, "wire", f"connection {connection.number}: {connection.note}", bad=True, turn=LEFT)
        if connection.how == "drill-end" and connection.closed_t is not None:
            yield Row(connection.closed_t, "wire", "the drill ends; the connection was still open")


def _wire_runs(record: Record, said: list[float]) -> Iterator[Row]:
    """Tell the operations, folded if they are alike and the application said nothing in between."""

    def alike(step: Step) -> object:
        return (*step.alike, bisect_left(said, step.t))

    for attempt in record.wire.attempts:
        for _, group in groupby(steps(attempt), key=alike):
            run = list(group)
            first, last = run[0], run[-1]
            told = step_words(run)
            turn = PAUSED if isinstance(first.op, Wait) else WRITTEN
            yield Row(first.t, "wire", told, first.fault, until=last.t, attempt=attempt.number, turn=turn)


def _app_notes(record: Record) -> Iterator[Row]:
    """Tell what the client said besides text, and how it ended."""
    journal = record.tokens
    given_up: dict[TokenKind, float] = {}
    begun = sorted((attempt.t, attempt.number) for attempt in record.wire.of_client.attempts)
    for entry in journal.entries:
        if entry.kind in ("retry", "restart"):
            given_up[entry.kind] = _given_up(begun, entry.t, given_up.get(entry.kind, 0))
        after = given_up.get(entry.kind, math.inf)
        match entry.kind:
            case "retry":
                yield Row(entry.t, "app", f"retries{_because(entry.text)}", attempt=after, turn=SAID)
            case "restart":
                yield Row(entry.t, "app", "withdraws what it has shown so far", attempt=after, turn=SAID)
            case "error":
                yield Row(entry.t, "app", f"raises {entry.error_class or 'an error'}{_because(entry.text)}", bad=True)
            case "done":
                yield Row(entry.t, "app", "says that the answer is complete")
            case "cancelled":
                last = max((number for t, number in begun if t <= entry.t), default=math.inf)
                yield Row(entry.t, "app", "stops reading, and tells its client to stop", attempt=last, turn=PAUSED)
            case "unsupported":
                yield Row(entry.t, "app", f"says that it can't do this{_because(entry.text)}")
            case "usage":
                yield Row(entry.t, "app", f"is told the usage{_because(entry.text)}", turn=SAID)
            case "finish":
                yield Row(entry.t, "app", f"is told why the model stopped{_because(entry.text)}", turn=SAID)
            case "text":
                pass
    end = journal.stopped_t if journal.stopped_t is not None else record.numbers.elapsed_s
    if journal.stopped:
        yield Row(end, "app", "has said nothing final by the deadline and is stopped", bad=True)
    if journal.crashed is not None:
        yield Row(end, "app", f"dies: {journal.crashed}", bad=True)


def _given_up(begun: list[tuple[float, int]], t: float, told: float) -> float:
    """Return the attempt that a client gives up when it says that it tries again; ``told`` is the one before that.

    It is the last that had ``begun`` earlier or, if others begin at this very moment, the first that is not given up
    yet.
    """
    at, behind = bisect_left(begun, (t, 0)), bisect_right(begun, (t, math.inf))
    possible = [number for _, number in begun[max(0, at - 1) : behind]] or [0]
    return next((number for number in possible if number > told), possible[-1])


def _because(text: str) -> str:
    return f": {text}" if text else ""


Told: TypeAlias = tuple[TokenEntry, MarkedToken | None]
"""An entry of text with a token that it completed, or with None if it completed none."""


def _app_runs(record: Record, boundaries: list[float]) -> Iterator[Row]:
    """Tell the text, folded between restarts, requests and faults, as long as it is right or wrong alike."""
    sources = _sources(record)
    completed: dict[int, list[MarkedToken]] = {}  # the tokens that each entry of the journal completed
    for token in unfolded(record.shown):
        completed.setdefault(token.entry, []).append(token)
    run: list[Told] = []
    key: object = None
    for entry in record.tokens.entries:
        if entry.kind != "text":
            yield from _told(run, sources, raw=record.tokens.raw)
            run, key = [], None
            continue
        at = bisect_left(boundaries, entry.t)
        for token in completed.get(entry.n, ()):
            here = (at, token.marks, token.generation)
            if here != key and key is not None:
                yield from _told(run, sources, raw=record.tokens.raw)
                run = []
            key = here
            run.append((entry, token))
        if entry.n not in completed:  # only a part of a token
            run.append((entry, None))
    yield from _told(run, sources, raw=record.tokens.raw)


_SHOWN: dict[TokenMark, str] = {
    TokenMark.NEW: "",
    TokenMark.DUPLICATE: " again",
    TokenMark.REORDERED: ", out of order",
    TokenMark.SPLICED: ", of another answer",
    TokenMark.CORRUPTED: ", damaged or foreign",
    TokenMark.REPEATED: ", which the server had sent again",
    TokenMark.EXTRA: ", as the server had sent it",
    TokenMark.WITHDRAWN: " (withdrawn later)",
    TokenMark.MISSING: "",
    TokenMark.LEFT_OUT: "",
}
"""How each mark is said of tokens that are shown, in the order in which a sentence has them."""


def _sources(record: Record) -> list[tuple[float, int]]:
    """Return when each attempt began to write the text of an answer, in order, and the last that had by then."""
    begun = []
    for attempt in record.wire.attempts:
        text = (step.t for step in steps(attempt) if isinstance(step.op, Write) and _has_text(step.op))
        begun += [(t, attempt.number) for t in islice(text, 1)]
    begun.sort()
    return list(zip((t for t, _ in begun), accumulate((number for _, number in begun), max), strict=True))


def _has_text(op: Write) -> bool:
    # In a burst tokens come with other events, and it has the role of one of those.
    return bool(op.tokens) or op.role in (Role.DELTA, Role.BODY)


def _told(run: list[Told], sources: list[tuple[float, int]], *, raw: bool) -> Iterator[Row]:
    """Tell text that is shown in one go; ``sources`` says which attempt it can be from."""
    if raw:  # what comes before the first token is the protocol's
        run = list(dropwhile(lambda shown: shown[1] is None, run)) or run
    if not run:
        return
    found = [token for _, token in run if token is not None]
    first, last = run[0][0].t, run[-1][0].t
    at = bisect_right(sources, (first, math.inf))
    source = sources[at - 1][1] if at else 0
    if not found:
        length = sum(len(entry.text) for entry, _ in run)
        yield Row(first, "app", f"shows {grouped(length, 'character')}", until=last, attempt=source, turn=SHOWN)
        return
    marks = found[0].marks
    numbers = sorted(token.number for token in found if token.number)
    word = "token" if len(numbers) == 1 else "tokens"
    what = f"{word} {ranges(numbers)}" if numbers else "text that is no token"
    whose = f" of answer {found[0].generation}" if numbers else ""
    how = "".join(words for mark, words in _SHOWN.items() if mark in marks)
    told, shared, bad = f"shows {what}{whose}{how}", f"shows {what}{how}", found[0].mark.is_flaw
    yield Row(first, "app", told, bad=bad, until=last, attempt=source, turn=SHOWN, shared=shared)
