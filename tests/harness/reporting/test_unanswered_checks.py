"""Checks that were not asked, or do not apply, look like no pass, and whoever looks closely finds them."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from rich.console import Console

from ssedrill.model.record import Check, Outcome, Record, Severity, Status, Verdict
from ssedrill.reporting.formats import html, junit, markdown, to_json
from ssedrill.reporting.views.terminal import print_report, print_timeline
from support.records import duplicated, file_of, passed

NOT_ASKED = Check(
    "retry_after", Severity.MUST, Status.NOT_ASKED, "kept", "nothing asked for a wait, so retry_after proves nothing"
)
NO_VALUE = Check("recovery", Severity.SHOULD, Status.DOES_NOT_APPLY, "<= 2 s", "no new text came after the fault")
LINES = [
    "MUST retry_after: not-asked: nothing asked for a wait, so retry_after proves nothing",
    "SHOULD recovery: does-not-apply: no new text came after the fault",
]


def runs() -> list[Record]:
    """Return a run that was not tested for want of a question, and one that failed: both have both kinds."""
    untested = passed(outcome=Outcome.NOT_TESTED, verdict=Verdict.NOT_TESTED, checks=[NOT_ASKED, NO_VALUE])
    return [untested, replace(duplicated(), checks=[NOT_ASKED, NO_VALUE])]


def console() -> tuple[Console, io.StringIO]:
    """Return a wide console and what it prints to."""
    out = io.StringIO()
    return Console(file=out, width=200), out


@pytest.mark.parametrize("run", runs(), ids=lambda run: run.verdict)
def test_the_story_and_junit_have_them_all(run: Record) -> None:
    """A line for each of them below the run."""
    to, out = console()
    print_timeline(to, run)
    assert all(line in out.getvalue() for line in LINES)
    failure = ET.fromstring(junit.to_text(file_of(run))).find(".//failure")
    assert failure is not None
    assert all(line in (failure.text or "") for line in LINES)


@pytest.mark.parametrize("run", runs(), ids=lambda run: run.verdict)
def test_overviews_have_what_the_verdict_follows_from(run: Record) -> None:
    """A MUST that was not asked made the run prove nothing; that a check does not apply leads to nothing."""
    to, out = console()
    print_report(to, file_of(run))
    for overview in (out.getvalue(), markdown.to_text(file_of(run)).replace("\\", "")):
        assert LINES[0] in overview
        assert LINES[1] not in overview


def test_junit_tells_it_of_a_pass_too() -> None:
    """A pass with a question that was not asked says so in its output; one without says nothing."""
    silent = ET.fromstring(junit.to_text(file_of(passed())))
    assert silent.find(".//system-out") is None
    out = ET.fromstring(junit.to_text(file_of(passed(checks=[NO_VALUE])))).find(".//system-out")
    assert out is not None
    assert out.text == LINES[1]


def test_html_has_the_words_and_no_tick() -> None:
    """The sign of a check from which nothing follows is that of nothing, and of a MUST that was not asked a doubt."""
    page = html.to_text(file_of(runs()[0]))
    rows = [row for row in page.split("<tr>") if "not-asked: nothing" in row or "does-not-apply: no new" in row]
    assert len(rows) == 2
    assert 'class="not-tested">?<' in rows[0]
    assert 'class="unsupported">–<' in rows[1]
    assert not any("✓" in row for row in rows)


def test_json_keeps_them() -> None:
    """Written and read again the checks are the same."""
    written = to_json.to_text(file_of(runs()[0]))
    assert '"not-asked"' in written
    assert '"does-not-apply"' in written
    assert to_json.from_text(written).runs[0].checks == [NOT_ASKED, NO_VALUE]
