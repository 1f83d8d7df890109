"""The words, symbols and colours that all reports share, and how what a client printed is made harmless."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from types import MappingProxyType

from ssedrill.model.record import Check, Record, Status, Verdict

SYMBOLS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "✓",
        Verdict.WARN: "~",
        Verdict.FAIL: "✗",
        Verdict.NOT_TESTED: "?",
        Verdict.UNSUPPORTED: "–",
    }
)
"""A sign for each verdict, so that a matrix reads without colour."""

COLOURS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "green",
        Verdict.WARN: "yellow",
        Verdict.FAIL: "bold red",
        Verdict.NOT_TESTED: "bold magenta",
        Verdict.UNSUPPORTED: "dim",
    }
)

MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PASS: "as it must and should be",
        Verdict.WARN: "a SHOULD is broken",
        Verdict.FAIL: "a MUST is broken",
        Verdict.NOT_TESTED: "not tested: proves nothing",
        Verdict.UNSUPPORTED: "the client can't do this",
    }
)

_BADNESS = (Verdict.UNSUPPORTED, Verdict.PASS, Verdict.WARN, Verdict.NOT_TESTED, Verdict.FAIL)

BAD = (Verdict.FAIL, Verdict.NOT_TESTED)
"""Verdicts that make a run of the harness end with exit code 1."""


def badness(verdict: Verdict) -> int:
    """Return how bad a verdict is; the highest one speaks for a cell."""
    return _BADNESS.index(verdict)


def seconds(value: float) -> str:
    """Return a time or duration for people, to the millisecond where that matters."""
    return f"{value:.3f} s" if value < 100 else f"{value:,.1f} s"


def plural(count: int, word: str) -> str:
    """Return a count with its word: ``1 token``, ``2 tokens``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


# Control characters, invisible direction marks and lone surrogates: what a terminal obeys or can't encode.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def safe(text: str, limit: int = 400) -> str:
    """Return text that a client may have written with nothing in it that a terminal obeys, cut at ``limit``."""
    shown = _UNSAFE.sub(_escape, text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def reproduce(record: Record, sources: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the command that repeats a run; ``sources`` names the file of scenarios that are not built in."""
    scenario = sources.get(record.scenario, record.scenario)
    words = ["ssedrill", "run", scenario, "--client", record.client]
    words += ["--dialect", record.dialect, "--seed", str(record.seed)]
    return shlex.join(words)


def broken(record: Record) -> list[Check]:
    """Return the checks that a run breaks, in their order."""
    return [check for check in record.checks if check.status is Status.BROKEN]


def check_line(check: Check) -> str:
    """Return a check in one line: ``MUST requests: expected <= 4, got 9``."""
    return f"{check.severity.upper()} {check.id}: expected {safe(check.expected)}, got {safe(check.got)}"
