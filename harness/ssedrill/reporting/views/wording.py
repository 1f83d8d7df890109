"""The words, symbols and colours that all reports share."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from types import MappingProxyType

from ssedrill.drivers.by_hand import PYTEST
from ssedrill.model.clean_text import safe
from ssedrill.model.record import CallRecord, Check, Record, RecordFile, Severity, Status, Verdict

SYMBOLS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "✓",
        Verdict.WARN: "~",
        Verdict.KNOWN: "=",
        Verdict.FAIL: "✗",
        Verdict.NOT_TESTED: "?",
        Verdict.UNSUPPORTED: "–",
    }
)
"""A sign for each verdict, so that a matrix reads without colour."""

ASCII_SYMBOLS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "+",
        Verdict.WARN: "~",
        Verdict.KNOWN: "=",
        Verdict.FAIL: "X",
        Verdict.NOT_TESTED: "?",
        Verdict.UNSUPPORTED: "-",
    }
)
"""For terminals that can't show the usual signs."""

COLOURS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "green",
        Verdict.WARN: "yellow",
        Verdict.KNOWN: "cyan",
        Verdict.FAIL: "bold red",
        Verdict.NOT_TESTED: "bold magenta",
        Verdict.UNSUPPORTED: "dim",
    }
)

COUNTED: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "passed",
        Verdict.WARN: "warned",
        Verdict.KNOWN: "known",
        Verdict.FAIL: "failed",
        Verdict.NOT_TESTED: "not tested",
        Verdict.UNSUPPORTED: "unsupported",
    }
)
"""How runs and drills are counted, in the order in which they are told."""

MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "as it must and should be",
        Verdict.WARN: "a SHOULD is broken",
        Verdict.KNOWN: "fails as the baseline says",
        Verdict.FAIL: "a MUST is broken",
        Verdict.NOT_TESTED: "not tested: proves nothing",
        Verdict.UNSUPPORTED: "the client can't do this",
    }
)

SEVERITIES: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.MUST: "what every client has to do; where it is broken, the drill fails, and ssedrill exits with 1",
        Severity.SHOULD: "what a good client does; where it is broken, the drill passes, with a warning",
    }
)
"""What it means that a scenario says MUST or SHOULD of a check."""


def seconds(value: float) -> str:
    """Return a time or duration for people, to the millisecond if that matters."""
    return f"{value:.3f} s" if value < 100 else f"{value:,.1f} s"


def reproduce(record: Record, sources: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the command that repeats a run; ``sources`` names the file of scenarios that are not built in."""
    scenario = sources.get(record.scenario, record.scenario)
    if record.spec.startswith(PYTEST):
        test = record.spec.removeprefix(PYTEST)
        words = ["pytest", test, "--drill-dialect", record.dialect, "--drill-clock", record.clock]
        return shlex.join([*words, "--drill-seed", str(record.seed)])
    client = f"{record.client}={record.spec}" if record.spec else record.client
    words = ["ssedrill", "run", scenario, "--client", client]
    words += ["--dialect", record.dialect, "--seed", str(record.seed)]
    return shlex.join(words)


def how_far(file: RecordFile) -> str:
    """Say of an interrupted run how much of it there is; nothing of one that went to its end."""
    return f"Interrupted: {len(file.runs)} of {file.planned} runs were done." if file.interrupted else ""


def broken(record: Record | CallRecord) -> list[Check]:
    """Return the checks that a run or a call breaks, in their order."""
    return [check for check in record.checks if check.status is Status.BROKEN]


def all_but_ok(record: Record | CallRecord) -> list[Check]:
    """Return the checks that are broken and those without an answer, for who looks at one run closely."""
    return [check for check in record.checks if check.status is not Status.OK]


def to_tell(record: Record | CallRecord) -> list[Check]:
    """Return the checks that made the verdict what it is: of a run that proves nothing, those that were not asked."""
    if record.verdict is Verdict.NOT_TESTED:
        return [check for check in record.checks if check.verdict is Verdict.NOT_TESTED]
    return [check for check in record.checks if check.verdict not in (None, Verdict.PASS)]


def unanswered(record: Record | CallRecord) -> list[Check]:
    """Return the checks that were not asked, or do not apply."""
    return [check for check in record.checks if not check.status.answered]


def check_symbol(check: Check) -> tuple[str, str]:
    """Return the sign of a check and the name of its colour; one from which nothing follows is no pass."""
    verdict = check.verdict or Verdict.UNSUPPORTED
    return SYMBOLS[verdict], verdict


def check_line(check: Check) -> str:
    """Return a check in one line: ``MUST requests: expected <= 4, got 9``, or why it has no answer."""
    if not check.status.answered:
        return f"{check.severity.upper()} {check.id}: {check.status}: {safe(check.got)}"
    return f"{check.severity.upper()} {check.id}: expected {safe(check.expected)}, got {safe(check.got)}"
