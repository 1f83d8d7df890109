"""The stories of a run's calls: one call alone, or all beside each other, those that do the same together."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from ssedrill.model.phrases import grouped, ranges
from ssedrill.model.record import CallRecord, Record
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, WireJournal
from ssedrill.reporting.views.timeline import Row, timeline

NAMED_RANGES = 4
"""Of calls that do the same so many ranges of numbers are named."""


@dataclass(frozen=True)
class CallStories:
    """Tells the calls of a run; who tells several of them has their attempts sorted once."""

    record: Record
    attempts: dict[int, list[AttemptLog]]  # by call; those of nobody's are under 0
    used: frozenset[int]  # requests over a connection that had carried one before

    @classmethod
    def of(cls, record: Record) -> CallStories:
        """Sort the attempts of a run by the calls that they belong to."""
        known = {call.number for call in record.calls}
        attempts: dict[int, list[AttemptLog]] = {}
        carried: set[int] = set()
        used = set()
        for attempt in record.wire.attempts:
            attempts.setdefault(attempt.call if attempt.call in known else 0, []).append(attempt)
            if attempt.conn in carried:
                used.add(attempt.number)
            carried.add(attempt.conn)
        return cls(record, attempts, frozenset(used))

    def one(self, call: CallRecord) -> list[Row]:
        """Return the story of one call, with what became of the connections that it used."""
        used = {attempt.conn for attempt in self.attempts.get(call.number, ())}
        return self._told(call, [one for one in self.record.wire.connections if one.number in used])

    def all(self) -> list[Row]:
        """Return the story of the run: every call, every request, and what became of the connections."""
        calls = [(call.number, self._told(call, [])) for call in self.record.calls]
        wire = WireJournal(self.record.wire.connections, self.attempts.get(0, []))
        nobodys = timeline(replace(self.record, wire=wire, tokens=TokenJournal(), shown=[], calls=[]), self.used)
        return list(_together([*calls, (0, list(_counted(nobodys)))]))

    def _told(self, call: CallRecord, connections: list[ConnectionLog]) -> list[Row]:
        ended = self.record.numbers.elapsed_s if call.ended_t is None else call.ended_t
        alone = replace(
            self.record.of_call(call, WireJournal(connections, self.attempts.get(call.number, []))),
            numbers=replace(call.numbers, elapsed_s=ended),  # as of a run: it counts from the run's beginning
            shown=[run for run in call.shown if run.entry],  # what never came is no part of a story
        )
        rows = [Row(call.began_t, "app", "the call begins", shared="the calls begin"), *timeline(alone, self.used)]
        if call.cancelled_t is not None and call.ended_t is not None:
            at = bisect_right(rows, call.ended_t, key=lambda row: row.t)
            rows.insert(at, Row(call.ended_t, "app", "the call is over", shared="the calls are over"))
        return rows


def _together(stories: Iterable[tuple[int, list[Row]]]) -> Iterator[Row]:
    """Put stories beside each other in order of time; what several calls do alike at one moment is told once."""
    marked = ([(row, number) for row in rows] for number, rows in stories)
    merged = heapq.merge(*marked, key=lambda pair: pair[0].t)
    for _, moment in groupby(merged, key=lambda pair: pair[0].t):
        of_call: dict[int, list[Row]] = {}
        for row, number in moment:
            of_call.setdefault(number, []).append(row)
        alike: dict[tuple[object, ...], list[int]] = {}
        for number, rows in of_call.items():
            alike.setdefault((number == 0, *map(_key, rows)), []).append(number)
        for numbers in alike.values():
            for row in of_call[numbers[0]]:
                yield _of_calls(row, numbers)


def _key(row: Row) -> tuple[object, ...]:
    """Rows of calls with equal keys tell the same."""
    return row.side, row.shared or row.text, row.fault, row.bad, row.until


def _of_calls(row: Row, numbers: list[int]) -> Row:
    if numbers == [0]:
        return row
    said = row.shared or row.text if len(numbers) > 1 else row.text
    return replace(row, text=said, calls=ranges(numbers, NAMED_RANGES))


def _counted(rows: list[Row]) -> Iterator[Row]:
    """Give rows, those that say the same at the same moment once, with how often."""
    for (_, text, _), alike in groupby(rows, key=lambda row: (row.t, row.text, row.fault)):
        row, *more = alike
        yield replace(row, text=f"{text} ({grouped(len(more) + 1, 'time')})") if more else row
