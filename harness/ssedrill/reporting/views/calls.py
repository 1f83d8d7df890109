"""The calls of a run as people read of them: those that came out alike together, in words and in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ssedrill.model.phrases import grouped, ranges
from ssedrill.model.record import CallRecord, CancelNumbers, Check, Outcome, Record, Severity, Status, Verdict
from ssedrill.reporting.views.wording import all_but_ok, broken, check_line, seconds, to_tell, unanswered

MOST_WAYS = 40
"""So many rows the table of calls has."""
MOST_LINES = 40
"""So many lines tell the checks of calls."""
NAMED_RANGES = 6
VALUES = 3
"""So many values of a check are told, if it had several."""


@dataclass(frozen=True)
class Way:
    """Calls of one group that came out alike; the first is told for all."""

    calls: tuple[CallRecord, ...]

    @property
    def first(self) -> CallRecord:
        """The call that is told."""
        return self.calls[0]

    @property
    def name(self) -> str:
        """Which calls they are: ``call 7``, ``calls 2-16``."""
        return named([call.number for call in self.calls])

    @property
    def others(self) -> str:
        """Say which calls are not told because of the first: ``calls 3-16: alike``; empty if there are none."""
        return f"{named([call.number for call in self.calls[1:]])}: alike" if len(self.calls) > 1 else ""


def named(numbers: Sequence[int]) -> str:
    """Name calls: ``call 7``, ``calls 2-16``."""
    return f"{'call' if len(numbers) == 1 else 'calls'} {ranges(numbers, NAMED_RANGES)}"


def ways(record: Record) -> list[Way]:
    """Return the ways in which the calls of a run came out, in the order of their first calls."""
    found: dict[object, list[CallRecord]] = {}
    for call in record.calls:
        checks = tuple((check.id, check.severity) for check in broken(call))
        error = call.error.error_class if call.error is not None else None
        key = (call.group, call.outcome, call.verdict, call.recovered_by, error, checks)
        found.setdefault(key, []).append(call)
    return [Way(tuple(calls)) for calls in found.values()]


def to_look_at(found: Iterable[Way]) -> list[Way]:
    """Return the ways that are not as expected, the worst first."""
    wrong = [way for way in found if not way.first.verdict.as_expected]
    return sorted(wrong, key=lambda way: (way.first.verdict.badness, way.first.outcome.badness), reverse=True)


def how_many(record: Record) -> str:
    """Say how many calls there were: ``22 calls in 5 groups``."""
    groups = len({call.group for call in record.calls})
    return grouped(len(record.calls), "call") + (f" in {groups} groups" if groups > 1 else "")


# ---- the table

HEADINGS = ("calls", "outcome", "broke", "group", "began", "ended", "requests", "recovery", "told to stop")


@dataclass(frozen=True)
class CallRow:
    """One line of the table of calls."""

    name: str
    outcome: Outcome
    verdict: Verdict
    cells: tuple[str, ...]  # under the headings


def row_of(calls: Sequence[CallRecord]) -> CallRow:
    """Return the line of one call, or of several that came out alike."""
    first = calls[0]
    cells = (
        ranges([call.number for call in calls], NAMED_RANGES),
        first.outcome.value,
        ", ".join(dict.fromkeys(check.id for check in broken(first))),
        str(first.group),
        _span([call.began_t for call in calls]),
        _span([call.ended_t for call in calls], "never"),
        _counts([call.numbers.requests for call in calls]),
        _span([call.numbers.recovery.total_s for call in calls]),
        _cancelled(calls),
    )
    return CallRow(named([call.number for call in calls]), first.outcome, first.verdict, cells)


def table(record: Record) -> tuple[list[CallRow], str]:
    """Return a line for each way in which calls came out, and what to say of those that are left out, if any are."""
    found = ways(record)
    left = sum(len(way.calls) for way in found[MOST_WAYS:])
    more = f"… and {grouped(left, 'more call')}: the record has them" if left else ""
    return [row_of(way.calls) for way in found[:MOST_WAYS]], more


def _cancelled(calls: Sequence[CallRecord]) -> str:
    """Say when calls were told to stop, and what came of it."""
    stopped = [call for call in calls if call.cancelled_t is not None]
    numbers = [call.cancel for call in stopped if call.cancel is not None]
    if not stopped:
        return ""
    parts = [f"at {_span([call.cancelled_t for call in stopped])}"]
    parts += [f"{name} {value}" for name, value in cancel_measures(numbers)]
    return ", ".join(parts)


def cancel_measures(numbers: Sequence[CancelNumbers]) -> list[tuple[str, str]]:
    """Return what came of telling calls to stop as names and values; what says nothing is left out."""
    if not numbers:
        return []
    counted = {
        "connections left open": [one.left_open for one in numbers],
        "tokens generated after it": [one.tokens_after for one in numbers],
        "characters shown after it": [one.shown_after for one in numbers],
        "requests after it": [one.requests_after for one in numbers],
    }
    found = [("over after", _span([one.over_s for one in numbers], "never"))]
    if closed := _span([one.closed_s for one in numbers]):
        found.append(("connection closed after", closed))
    return found + [(name, _counts(counts)) for name, counts in counted.items() if any(counts)]


def _span(values: Sequence[float | None], none: str = "") -> str:
    """Return times as one, or as the first and the last of them; ``none`` is said of what has none."""
    found = [value for value in values if value is not None]
    ends = dict.fromkeys([seconds(min(found)), seconds(max(found))]) if found else {}
    told = [" to ".join(ends)] if found else []
    return " or ".join(told + ([none] if none and len(found) < len(values) else []))


def _counts(values: Sequence[int]) -> str:
    least, most = min(values), max(values)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


# ---- checks


def lines_to_tell(record: Record) -> list[str]:
    """Return a line for each check of a run, and of its calls, that made the verdict what it is."""
    return [*map(check_line, to_tell(record)), *of_calls(record, _to_tell(record))]


def lines_but_ok(record: Record) -> list[str]:
    """Return a line for each check of a run, and of its calls, that is broken or without an answer."""
    return [*map(check_line, all_but_ok(record)), *of_calls(record, all_but_ok)]


def lines_unanswered(record: Record) -> list[str]:
    """Return a line for each check of a run, and of its calls, that was not asked or does not apply."""
    return [*map(check_line, unanswered(record)), *of_calls(record, unanswered)]


def lines_broken(record: Record) -> list[str]:
    """Return a line for each check that a run, or a call of it, breaks."""
    return [*map(check_line, broken(record)), *of_calls(record, broken)]


def _to_tell(record: Record) -> Callable[[CallRecord], list[Check]]:
    """Return what chooses the checks of calls that made the run's verdict what it is.

    A MUST that was not asked in a call counts if it was asked in no other; then it is why the run proves nothing.
    """
    answered = {check.id for call in record.calls for check in call.checks if check.status.answered}

    def choose(call: CallRecord) -> list[Check]:
        if call.verdict is Verdict.NOT_TESTED:
            return to_tell(call)
        unasked = record.verdict is Verdict.NOT_TESTED
        return [
            check
            for check in to_tell(call)
            if check.status.answered or (unasked and check.severity is Severity.MUST and check.id not in answered)
        ]

    return choose


def of_calls(record: Record, choose: Callable[[CallRecord], list[Check]]) -> list[str]:
    """Tell checks of calls, each with the calls that it is told of."""
    found: dict[tuple[str, Severity, Status, str], list[tuple[int, Check]]] = {}
    for call in record.calls:
        for check in choose(call):
            key = (check.id, check.severity, check.status, check.expected)
            found.setdefault(key, []).append((call.number, check))
    lines = [f"{named([number for number, _ in told])}: {_line([check for _, check in told])}"
             for told in list(found.values())[:MOST_LINES]]  # fmt: skip
    return [*lines, f"… and {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else lines


def _line(checks: Sequence[Check]) -> str:
    """Return checks of the same id in one line, with the values that they had."""
    values = list(dict.fromkeys(check.got for check in checks))
    more = f" and {grouped(len(values) - VALUES, 'other value')}" if len(values) > VALUES else ""
    return check_line(replace(checks[0], got=", ".join(values[:VALUES]) + more))
