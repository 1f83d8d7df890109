"""The tokens that a client showed, one by one, with what was the matter with each: read from the record alone.

The counts in a record come from the ledger, which knows the scenario. This is the picture beside them: it works on
any record, and finds out by itself what kind of text the tokens carry, from the bytes that went over the wire.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ssedrill.model.record import Claim, Record, TokenEntry
from ssedrill.model.scenario import Text
from ssedrill.model.tokens import find_tokens
from ssedrill_faults.plan import Write

Mark: TypeAlias = Literal["new", "duplicate", "reordered", "spliced", "corrupted", "withdrawn", "missing"]


SAMPLE_CHARS = 16_384
"""This much text tells what its tokens are made of."""


@dataclass(frozen=True, slots=True)
class Box:
    """One token in the order in which the application got it."""

    mark: Mark
    generation: str
    number: int  # 0 for text that is no token
    t: float | None  # None for what never came
    entry: int  # the number of the journal entry that completed it; 0 for what never came

    @property
    def label(self) -> str:
        """How it is written: its generation's letter and its number."""
        return f"{self.generation}{self.number}" if self.number else "▒"


def strip(record: Record) -> list[Box]:
    """Return a box for each token that the client showed.

    Where it called the answer complete, the tokens it left out come last.
    """
    flavour = flavour_of(record)
    segments: list[list[TokenEntry]] = [[]]
    for entry in record.tokens.entries:
        if entry.kind == "restart":
            segments.append([])
        elif entry.kind == "text":
            segments[-1].append(entry)
    boxes: list[Box] = []
    for segment in segments[:-1]:
        boxes += [Box("withdrawn", b.generation, b.number, b.t, b.entry) for b in _boxes(segment, flavour, record)]
    kept = _boxes(segments[-1], flavour, record)
    return boxes + kept + _missing(kept, record)


def flavour_of(record: Record) -> Text:
    """Return what the tokens of a run are made of: the kind of text that fits best what went over the wire."""
    wire = b"".join(
        op.data for attempt in record.wire.attempts for op in attempt.plan.ops if isinstance(op, Write)
    ).decode("utf-8", "replace")
    shown = "".join(entry.text for entry in record.tokens.entries if entry.kind == "text")

    def whole(flavour: Text) -> int:
        samples = (wire[:SAMPLE_CHARS], shown[:SAMPLE_CHARS])
        return sum(seen.whole for sample in samples for seen in find_tokens(sample, flavour, raw=True))

    return max(Text, key=whole)


def _boxes(entries: list[TokenEntry], flavour: Text, record: Record) -> list[Box]:
    ends: list[int] = []
    for entry in entries:
        ends.append((ends[-1] if ends else 0) + len(entry.text))
    joined = "".join(entry.text for entry in entries)
    boxes: list[Box] = []
    seen: set[int] = set()
    first = ""
    for token in find_tokens(joined, flavour, raw=record.tokens.raw):
        entry = entries[bisect_left(ends, token.at + 1)]
        first = first or token.generation
        mark: Mark = "new"
        if not token.whole:
            mark = "corrupted"
        elif token.generation != first:
            mark = "spliced"
        elif token.number in seen:
            mark = "duplicate"
        elif token.number < max(seen, default=0):
            mark = "reordered"
        if token.number:
            seen.add(token.number)
        boxes.append(Box(mark, token.generation, token.number, entry.t, entry.n))
    return boxes


def _missing(kept: list[Box], record: Record) -> list[Box]:
    """Return a box for each token that a client left out of what it called complete."""
    if record.claim is not Claim.COMPLETE or not record.lost:
        return []
    shown = {box.number for box in kept if box.number}
    claimed = next((entry.n for entry in record.tokens.entries if entry.kind == "done"), math.inf)
    in_time = {box.number for box in kept if box.number and box.entry < claimed}
    whole = range(1, len(in_time) + record.lost + 1)  # what was shown after "complete" counts as lost
    return [Box("missing", "", number, None, 0) for number in whole if number not in shown]
