"""Thousands of requests are judged and reported with work that grows with their number, not with its square."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest

from ssedrill.judging.metrics import measure
from ssedrill.model.attempt_json import Plans, attempt_to_json
from ssedrill.model.record import Record, RecordFile
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.tokens import generation_name
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.reporting.formats import html, junit, markdown, to_json
from ssedrill.reporting.views.timeline import MOST_ROWS, excerpt, timeline
from ssedrill.running.supervisor.last_words import seen_until
from ssedrill_faults.plan import CloseOnAccept
from support.journals import RESET, assessed, cut, door, drilled, left_at, refused
from support.linear import grows_linearly
from support.records import shown

SCENARIO = drilled(RESET, then=(RESET,), max_requests=10_000)
SIZE = 50


def generations(fresh: bool) -> Iterator[str]:
    """Give the generation of each attempt."""
    index = 0
    while True:
        yield generation_name(index if fresh else 0)
        index += 1


def drops(count: int, *, fresh: bool, left: bool = False) -> list[AttemptLog]:
    """Return so many answers that were reset, or that the client left."""
    named = zip(range(1, count + 1), generations(fresh), strict=False)
    logs = [cut(number, float(number), generation=name) for number, name in named]
    return [left_at(log, log.t + 0.04) for log in logs] if left else logs


def says(attempts: Sequence[AttemptLog], *, restarts: bool = True, begun: str = "") -> list[TokenEntry]:
    """Return what a client says that shows what it is sent, and takes it back, and begins a token that never ends."""
    entries: list[TokenEntry] = []
    for log in attempts:
        entries += shown(1, 8, log.t + 0.01, n=len(entries) + 1, generation=log.plan.generation)
        if begun:
            entries.append(TokenEntry(len(entries) + 1, log.t + 0.05, "text", f" {log.plan.generation}{begun}"))
        if restarts:
            entries.append(TokenEntry(len(entries) + 1, log.t + 0.06, "restart"))
        entries.append(TokenEntry(len(entries) + 1, log.t + 0.06, "retry", "it was reset"))
    return entries


Run = tuple[list[AttemptLog], list[TokenEntry]]


def fresh_text(count: int) -> Run:
    """Each attempt serves another answer, which is shown and taken back."""
    attempts = drops(count, fresh=True)
    return attempts, says(attempts)


def same_text(count: int) -> Run:
    """All serve the same, which is shown again and again."""
    attempts = drops(count, fresh=False)
    return attempts, says(attempts, restarts=False)


def begun_tokens(count: int) -> Run:
    """Each time the text breaks off in a token."""
    attempts = drops(count, fresh=False)
    return attempts, says(attempts, begun="9")


def left_answers(count: int) -> Run:
    """The client leaves each time, before the server does anything."""
    attempts = drops(count, fresh=True, left=True)
    return attempts, says(attempts)


def refusals(count: int) -> Run:
    """The server asks for a wait each time."""
    return [refused(n, float(n), wait_s=0.5, fault="status") for n in range(1, count + 1)], []


def doors(count: int) -> Run:
    """It closes each connection at the door, and answers a request before."""
    first = refused(1, 1.0, wait_s=0.5, fault="status")
    logs = [door(n, float(n), CloseOnAccept(reset=True)) for n in range(2, count + 1)]
    return [first, *(replace(log, conn=log.number) for log in logs)], []


RUNS = (fresh_text, same_text, begun_tokens, left_answers, refusals, doors)


@cache
def record(make: Callable[[int], Run], count: int) -> Record:
    """Return the record of such a run."""
    return assessed(*make(count), SCENARIO)


@pytest.mark.parametrize("make", RUNS)
def test_judging(make: Callable[[int], Run]) -> None:
    """All that is measured of a run."""

    def work(count: int) -> Callable[[], object]:
        attempts, entries = make(count)
        return lambda: measure(SCENARIO, WireJournal([], attempts), TokenJournal(entries), count + 30.0)

    grows_linearly(work, SIZE)


@pytest.mark.slow
@pytest.mark.parametrize("make", RUNS)
def test_the_story(make: Callable[[int], Run]) -> None:
    """Its lines, in their order."""

    def work(count: int) -> Callable[[], object]:
        run = record(make, count)
        return lambda: timeline(run)

    grows_linearly(work, SIZE)


@pytest.mark.parametrize("form", [html, junit, markdown, to_json])
def test_reports(form: object) -> None:
    """Each format, of a run that is bad."""

    def work(count: int) -> Callable[[], object]:
        file = RecordFile({}, [record(fresh_text, count)], planned=1)
        return lambda: form.to_text(file)  # type: ignore[attr-defined]

    grows_linearly(work, SIZE)


@pytest.mark.slow
def test_a_report_tells_the_beginning_and_the_end_of_a_long_story() -> None:
    """And how much it leaves out; the record has it all."""
    rows = timeline(record(fresh_text, 500))
    first, said, last = excerpt(rows)
    assert (len(first), len(last)) == (MOST_ROWS // 2, MOST_ROWS // 2)
    assert (first[0], last[-1]) == (rows[0], rows[-1])
    assert said == f"… {len(rows) - MOST_ROWS:,} lines left out: the record has everything"
    assert excerpt(rows[:MOST_ROWS]) == (rows[:MOST_ROWS], "", [])
    file = RecordFile({}, [record(fresh_text, 500)], planned=1)
    for form in (html, junit):
        assert form.to_text(file).count("lines left out") == 1
        assert len(form.to_text(file)) < 2 * len(form.to_text(RecordFile({}, [record(fresh_text, 250)], planned=1)))


def test_last_words() -> None:
    """What is read of a run whose worker has died."""

    def work(count: int) -> Callable[[], object]:
        attempts, entries = fresh_text(count)
        plans = Plans()
        told: list[list[object]] = [["asked", attempt_to_json(replace(log, played=[]), plans)] for log in attempts]
        told = [["plan", name, body] for name, body in plans.bodies.items()] + told
        for log in attempts:
            told.append(["played", log.number, [[one.t, one.op, one.end, one.taken] for one in log.played]])
        told += [["said", one.t, one.kind, one.text, one.error_class] for one in entries]
        return lambda: seen_until(told, {}, "it died", "", 1.0, quoted=True)

    grows_linearly(work, SIZE)
