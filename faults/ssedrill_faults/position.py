"""Where in an answer a fault strikes: after a token, an event, a byte, before or after the terminal event.

Positions name frames by what they mean, never by provider, so "after token 12" is the same moment in every dialect.
Token numbers are those of the text: an attempt that resumes at token 25 has passed "after token 12" from its start,
and the fault strikes before the attempt's first token. A token that another fault has spoiled keeps its slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import takewhile
from typing import Literal

from ssedrill_faults.fault import Context, Impossible
from ssedrill_faults.marks import Mark, cuts
from ssedrill_faults.plan import ENDINGS, Frame, Op, Role, Write
from ssedrill_faults.segment import cut


@dataclass(frozen=True, kw_only=True)
class Position:
    """Settings that every fault with a position shares: exactly one of the first five, and perhaps ``inside``."""

    after_token: int | None = None
    after_event: int | None = None
    after_byte: int | None = None  # bytes on the wire, status line and headers included
    before: Literal["headers", "first-token", "terminal"] | None = None
    after: Literal["headers", "terminal", "body"] | None = None
    inside: Mark | None = None  # cut the next segment that has this mark, at the mark

    def __post_init__(self) -> None:
        given = (self.after_token, self.after_event, self.after_byte, self.before, self.after)
        if sum(value is not None for value in given) != 1:
            raise ValueError("give exactly one of after_token, after_event, after_byte, before, after")
        for name in ("after_token", "after_event", "after_byte"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} can't be negative")
        if self.after_byte is not None and self.inside is not None:
            raise ValueError("after_byte is already exact: leave out inside")

    def split(self, ops: Sequence[Op], ctx: Context) -> tuple[tuple[Op, ...], tuple[Op, ...]]:
        """Return the operations before and after this position, cutting a segment if it falls inside one.

        Raises Impossible if the operations have no such position.
        """
        if self.after_byte is not None:
            return _split_at_byte(ops, self.after_byte)
        at = self._op_index(ops)
        if self.inside is None:
            return tuple(ops[:at]), tuple(ops[at:])
        for i in range(at, len(ops)):
            op = ops[i]
            if isinstance(op, Write) and op.role is not Role.HEAD and (found := cuts(op, self.inside, ctx.http)):
                head, tail = cut(op, found[len(found) // 2])
                return (*ops[:i], head), (tail, *ops[i + 1 :])
        raise Impossible(f"no segment after this position has a place inside {self.inside}")

    def frame_index(self, frames: Sequence[Frame]) -> int:
        """Return how many of the frames come before this position. Raises Impossible if they have none such."""
        if self.inside is not None or self.after_byte is not None or self.before == "headers":
            raise Impossible("this fault works on whole events: use after_token, after_event, before or after")
        if self.after_event is not None:
            if self.after_event > len(frames):
                raise Impossible(f"after_event = {self.after_event}, but the answer has {len(frames)} events")
            return self.after_event
        if self.after == "headers":
            return 0
        if self.after == "body":
            return len(frames)
        return self._index([(frame.role, frame.token_slots) for frame in frames])

    def _op_index(self, ops: Sequence[Op]) -> int:
        if self.before == "headers":
            return 0
        if self.after == "body":
            return next((i for i, op in enumerate(ops) if isinstance(op, ENDINGS)), len(ops))
        writes = [(i, op) for i, op in enumerate(ops) if isinstance(op, Write)]
        if self.after == "headers" or self.after_event == 0:
            heads = [i for i, op in writes if op.role is Role.HEAD]
            if not heads:
                raise Impossible("the attempt writes no headers")
            return heads[-1] + 1
        if self.after_event is not None:
            for i, op in writes:
                if self.after_event in op.events:
                    return i + 1
            raise Impossible(f"after_event = {self.after_event}, but the answer has fewer events")
        found = self._index([(op.role, op.token_slots) for _, op in writes])
        return writes[found - 1][0] + 1 if found else 0

    def _index(self, parts: Sequence[tuple[Role, tuple[int, ...]]]) -> int:
        """Return how many parts come before this position, if it is one that is told by role and token slots."""
        roles = [role for role, _ in parts]
        first = next((i for i, (_, tokens) in enumerate(parts) if tokens), None)
        if self.before == "first-token" and first is not None:
            return first
        if self.before == "terminal" and Role.TERMINAL in roles:
            return roles.index(Role.TERMINAL)
        if self.after == "terminal" and Role.TERMINAL in roles:
            return roles.index(Role.TERMINAL) + 1
        if self.after_token is not None and first is not None:
            last = max(token for _, tokens in parts for token in tokens)
            if self.after_token > last:
                raise Impossible(f"after_token = {self.after_token}, but the last token is {last}")
            return _behind(self.after_token, parts, first)
        raise Impossible(f"the answer has no {self._named()}")

    def _named(self) -> str:
        if self.after_token is not None:
            return f"token {self.after_token}"
        return str(self.before or self.after)


@dataclass(frozen=True, kw_only=True)
class FromHere(Position):
    """Settings that every fault shares that acts from a position on: no position means from the start."""

    def __post_init__(self) -> None:
        if self.is_given:
            super().__post_init__()

    @property
    def is_given(self) -> bool:
        """Tell whether there is a position at all."""
        return any(getattr(self, item.name) != item.default for item in fields(Position))

    def frame_index(self, frames: Sequence[Frame]) -> int:
        """Return how many of the frames come before this position; none of them if there is no position."""
        return super().frame_index(frames) if self.is_given else 0


def _behind(token: int, parts: Sequence[tuple[Role, tuple[int, ...]]], first: int) -> int:
    """Return how many parts come before the place behind a token, or behind the last one before it that is there.

    That is where it comes for the first time, and behind what is sent again at once: a token that comes again later
    does not move the place.
    """
    there = [(i, tokens) for i, (_, tokens) in enumerate(parts) if tokens]
    passed = max((one for _, tokens in there for one in tokens if one <= token), default=None)
    if passed is None:
        return first
    begin = next(k for k, (_, tokens) in enumerate(there) if passed in tokens)
    again = takewhile(lambda part: max(part[1]) <= token, there[begin + 1 :])
    return max((i + 1 for i, _ in again), default=there[begin][0] + 1)


def _split_at_byte(ops: Sequence[Op], offset: int) -> tuple[tuple[Op, ...], tuple[Op, ...]]:
    done = 0
    for i, op in enumerate(ops):
        if done == offset:
            return tuple(ops[:i]), tuple(ops[i:])
        if isinstance(op, Write):
            if done + len(op.data) > offset:
                head, tail = cut(op, offset - done)
                return (*ops[:i], head), (tail, *ops[i + 1 :])
            done += len(op.data)
    if done == offset:
        return tuple(ops), ()
    raise Impossible(f"after_byte = {offset}, but the attempt writes {done} bytes")
