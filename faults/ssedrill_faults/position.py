"""Where in an answer a fault strikes: at a token, an event, a byte, the terminal event, or a moment.

Positions name frames by what they mean, never by provider, so "after token 12" is the same moment in every dialect.
Token numbers are those of the text: an attempt that resumes at token 25 has passed "after token 12" from its start,
and the fault strikes before the attempt's first token. A token that another fault has spoiled keeps its slot.

Moments are counted along the pauses of the plan: at the same instant the fault comes before the token. That the
client takes its time to read is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import takewhile
from typing import ClassVar, Literal

from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import Context, Impossible
from ssedrill_faults.marks import Mark, cuts
from ssedrill_faults.moments import at_moment, at_silence
from ssedrill_faults.plan import ENDINGS, Frame, Op, Role, Write, body_of
from ssedrill_faults.segment import cut
from ssedrill_faults.stages import Moment

WAYS = (
    *("after_token", "after_event", "after_byte", "before_token", "before_event", "before", "after"),
    *("after_s", "after_silence_s", "at_run_s"),
)
"""The settings of a position, of which one is given."""

MOMENTS = WAYS[-3:]

OF_EVENTS = ("after_token", "after_event", "before_token", "before_event", "before", "after")
"""Those of them that are between two events, but for ``before = "headers"``."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """Settings that every fault with a position shares: exactly one of the ``WAYS``, and perhaps ``inside``."""

    positions: ClassVar[tuple[str, ...]] = (*WAYS, "inside")
    """Those of them that a fault takes that has a position on the wire."""

    after_token: int | None = None
    """Behind the event of this token, from 1; 0 is ahead of the first."""
    after_event: int | None = None
    """Behind this event of any kind, from 1; 0 is behind the headers."""
    after_byte: int | None = None
    """Behind so many bytes on the wire, status line and headers included."""
    before_token: int | None = None
    """Ahead of the event of this token."""
    before_event: int | None = None
    """Ahead of this event of any kind."""
    before: Literal["headers", "first-token", "terminal"] | None = None
    """Ahead of this part of the answer."""
    after: Literal["headers", "terminal", "body"] | None = None
    """Behind this part of the answer; or a duration: so long after the request."""
    after_s: float | None = None
    """So long after the request."""
    after_silence_s: float | None = None
    """As soon as nothing was written for so long."""
    at_run_s: float | None = None
    """So long after the run began, in whatever attempt that is."""
    inside: Mark | None = None
    """In the middle of the next event behind the position that has such a place."""

    def __post_init__(self) -> None:
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            ways = dict.fromkeys(way.removesuffix("_s") for way in WAYS)
            raise ValueError(f"give exactly one of {', '.join(ways)}")
        (name,) = given
        value = getattr(self, name)
        if not isinstance(value, str):
            least = 1 if name.startswith("before_") else 0
            if value < least:
                raise ValueError(f"{name} must be at least {least}" if least else f"{name} can't be negative")
        if self.inside is not None and (name == "after_byte" or self.moment):
            raise ValueError(f"{name} is already exact: leave out inside")

    @property
    def moment(self) -> Moment | None:
        """What it is counted along, if it is a moment."""
        ways = {Moment.ATTEMPT: self.after_s, Moment.SILENCE: self.after_silence_s, Moment.RUN: self.at_run_s}
        return next((moment for moment, value in ways.items() if value is not None), None)

    def split(self, ops: Sequence[Op], ctx: Context) -> tuple[tuple[Op, ...], tuple[Op, ...]]:
        """Return the operations before and after this position, cutting a segment if it falls inside one.

        Raises Impossible if the operations have no such position.
        """
        if self.after_byte is not None:
            return _split_at_byte(ops, self.after_byte)
        if self.after_silence_s is not None:
            return at_silence(ops, self.after_silence_s)
        if self.after_s is not None:
            return at_moment(ops, self.after_s)
        if self.at_run_s is not None:
            if ctx.run_t > self.at_run_s:
                raise Impossible(f"at_run_s = {self.at_run_s:g}, but the request came later, at {ctx.run_t:g} s")
            return at_moment(ops, self.at_run_s - ctx.run_t)
        at = self._op_index(ops)
        if self.inside is None:
            return tuple(ops[:at]), tuple(ops[at:])
        for i in range(at, len(ops)):
            op = ops[i]
            if isinstance(op, Write) and op.role is not Role.HEAD and (found := cuts(op, self.inside, ctx.http)):
                head, tail = cut(op, found[len(found) // 2])
                return (*ops[:i], head), (tail, *ops[i + 1 :])
        if self.inside is Mark.CHUNK_SIZE and not ctx.http.in_pieces(body_of(ops)):
            raise needs_chunks("inside")
        raise Impossible(f"no segment after this position has a place inside {self.inside}")

    def frame_index(self, frames: Sequence[Frame]) -> int:
        """Return how many of the frames come before this position. Raises Impossible if they have none such."""
        if self.inside is not None or self.after_byte is not None or self.before == "headers":
            raise Impossible("this fault works on whole events: use after_token, after_event, before or after")
        if self.moment:
            raise Impossible(
                "this fault works on whole events, and a moment may fall between them: use after_token;"
                " insert_event, error_event and ping may strike at a moment"
            )
        if self.before_event is not None:
            if self.before_event > len(frames):
                raise Impossible(f"before_event = {self.before_event}, but the answer has {len(frames)} events")
            return self.before_event - 1
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
        if self.before_event is not None:
            return _begin_of_event(writes, self.before_event)
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
        if self.before_token is not None and first is not None:
            numbers = [(i, token) for i, (_, tokens) in enumerate(parts) for token in tokens]
            found = next((i for i, token in numbers if token >= self.before_token), None)
            if found is not None:
                return found
        raise Impossible(f"the answer has no {self._named()}")

    def _named(self) -> str:
        if self.after_token is not None:
            return f"token {self.after_token}"
        if self.before_token is not None:
            return f"token {self.before_token}"
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


def _begin_of_event(writes: Sequence[tuple[int, Write]], event: int) -> int:
    """Return the index of the operation that an event begins with."""
    for n, (_, op) in enumerate(writes):
        if event in op.events:
            while n and not writes[n - 1][1].events and writes[n - 1][1].role is not Role.HEAD:
                n -= 1  # an event that was cut begins with its first part
            return writes[n][0]
    raise Impossible(f"before_event = {event}, but the answer has fewer events")


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
