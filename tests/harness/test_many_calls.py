"""Thousands of calls are judged and reported with work that grows with their number, not with its square."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import StringIO

import pytest
from rich.console import Console

from ssedrill.model.call_log import CallLog
from ssedrill.model.record import Record, RecordFile
from ssedrill.model.scenario import CallGroup
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.secrets.records import redacted
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, WireJournal
from ssedrill.reporting.formats import html, junit, markdown, to_json
from ssedrill.reporting.views.arrivals import arrivals_of, as_svg
from ssedrill.reporting.views.terminal import print_report
from ssedrill.running.judged import assess
from ssedrill_faults.answer.status import StatusFault
from support.journals import drilled, failed, job_of, refused
from support.linear import grows_linearly

SIZE = 200
"""So many that what each call does with all others shows beside what it does by itself, which is little here."""
LIMIT = 5
SCENARIO = drilled(StatusFault(code=503))


def journals(count: int) -> tuple[WireJournal, list[CallLog]]:
    """Return what is seen of so many calls at once: each is refused, asks again, and gives up."""
    attempts: list[AttemptLog] = []
    logs = []
    for call in range(1, count + 1):
        own = (refused(2 * call - 1, 0.0, wait_s=0.5, fault="status"), refused(2 * call, 1.0))
        attempts += [replace(one, conn=one.number, call=call) for one in own]
        logs.append(CallLog(call, 1, 0.0, 2.0, tokens=TokenJournal(failed([], 2.0))))
    connections = [ConnectionLog(one.number, one.t, 2.0, "client", "eof") for one in attempts]
    return WireJournal(connections, attempts), logs


def judged(count: int) -> Callable[[], Record]:
    """Return what judges so many calls."""
    wire, logs = journals(count)
    scenario = replace(SCENARIO, calls=(CallGroup(count),))
    return lambda: assess(job_of(scenario), wire, TokenJournal(), 30.0, clock="virtual", calls=logs)


@cache
def record(count: int) -> Record:
    """Return a run with so many calls."""
    return judged(count)()


def test_judging() -> None:
    """Each call is looked at with what is its own alone."""
    assert {call.outcome.value for call in judged(3)().calls} == {"failed-loudly"}
    grows_linearly(judged, SIZE, LIMIT)


@pytest.mark.parametrize("form", [html, junit, markdown, to_json])
def test_reports(form: object) -> None:
    """Each format."""

    def work(count: int) -> Callable[[], object]:
        file = RecordFile({}, [record(count)], planned=1)
        return lambda: form.to_text(file)  # type: ignore[attr-defined]

    grows_linearly(work, SIZE, LIMIT)


def test_the_terminal() -> None:
    """With all that is told of a run there."""

    def work(count: int) -> Callable[[], object]:
        file = RecordFile({}, [record(count)], planned=1)
        return lambda: print_report(Console(file=StringIO(), width=120), file, {}, verbose=True)

    grows_linearly(work, SIZE, LIMIT)


def test_a_record_that_is_read() -> None:
    """All of it."""

    def work(count: int) -> Callable[[], object]:
        text = to_json.to_text(RecordFile({}, [record(count)], planned=1))
        return lambda: to_json.from_text(text)

    grows_linearly(work, SIZE, LIMIT)


def test_secrets() -> None:
    """All that is said in every call is looked through."""

    def work(count: int) -> Callable[[], object]:
        run = record(count)
        return lambda: redacted(run, Secrets())

    grows_linearly(work, SIZE, LIMIT)


def test_the_plot() -> None:
    """When the calls came back."""

    def work(count: int) -> Callable[[], object]:
        run = record(count)

        def plot() -> object:
            arrivals = arrivals_of(run)
            assert arrivals is not None
            return as_svg(arrivals)

        return plot

    grows_linearly(work, SIZE, LIMIT)
