"""What is streamed: one compiled plan a path, from which every server and every receiver takes its bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssedrill.dialects import find_dialect
from ssedrill.model.scenario import Attempt, Scenario, Stream
from ssedrill.planning.compile import compile_plan
from ssedrill.planning.sample_requests import fresh_request
from ssedrill_faults.plan import Plan, Role, Silence, Write

DIALECT = "anthropic-messages"


@dataclass(frozen=True)
class Kind:
    """A stream that can be asked for by its path."""

    tokens: int
    every_s: float = 0.0
    ends: bool = True  # otherwise it says nothing after its first token and stays open

    @property
    def plan(self) -> Plan:
        """The plan; the same at every call, in every process."""
        spoken = find_dialect(DIALECT)
        plan = compile_plan(plain(self), spoken, 0, 1, fresh_request(spoken), "a")[1]
        if self.ends:
            return plan
        first = next(i for i, op in enumerate(plan.ops) if isinstance(op, Write) and op.tokens)
        return replace(plan, ops=(*plan.ops[: first + 1], Silence()))


KINDS = {
    "/long": Kind(100_000),
    "/short": Kind(1000),
    "/paced": Kind(150, 0.02),
    "/held": Kind(1, ends=False),
}
"""Every stream by its path."""


def plain(kind: Kind, dialect_name: str = DIALECT) -> Scenario:
    """Return a scenario without faults that streams so many tokens."""
    stream = Stream(kind.tokens, kind.every_s)
    return Scenario("bench", "A measurement.", (dialect_name,), stream, (Attempt(),), ())


def segments(plan: Plan) -> list[bytes]:
    """Return every segment of an answer, the head first."""
    return [op.data for op in plan.ops if isinstance(op, Write)]


def body(plan: Plan) -> bytes:
    """Return all bytes that follow the head."""
    return b"".join(op.data for op in plan.ops if isinstance(op, Write) and op.role is not Role.HEAD)


def delta_ends(plan: Plan) -> list[int]:
    """Return the offsets in the body behind the segments that carry tokens, in order."""
    ends, offset = [], 0
    for op in plan.ops:
        if isinstance(op, Write) and op.role is not Role.HEAD:
            offset += len(op.data)
            if op.tokens:
                ends.append(offset)
    return ends


@dataclass(frozen=True)
class Event:
    """An event as a library is given it, and whether it carries a token."""

    event: str
    data: str
    paced: bool


def events(plan: Plan) -> Sequence[Event]:
    """Return the plan's events, without the framing of SSE and HTTP."""
    found = []
    for op in plan.ops:
        if isinstance(op, Write) and op.events:
            block = op.data[op.lead : -op.tail or None].decode()
            fields = dict(re.findall(r"(event|data): (.*)\n", block))
            found.append(Event(fields["event"], fields["data"], bool(op.tokens)))
    return found
