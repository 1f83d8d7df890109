"""The fault protocol, and how faults are folded into a plan.

A fault is a frozen dataclass (its settings) with one method (its effect), in a file of its own. Which base class it
has says at which layer it works:

* a :class:`DoorFault` acts before a request is read;
* an :class:`AnswerFault` rewrites the answer: status, headers, frames;
* a :class:`WireFault` rewrites the operations: cuts, pauses, endings.

The smallest fault is the one that does nothing::

    @dataclass(frozen=True, kw_only=True)
    class Nothing(WireFault):
        name = "nothing"

        def rewrite(self, ops, ctx):
            return ops

Settings whose names end in ``_s`` are seconds; scenario files write them without the suffix and with a unit.
Whatever a fault adds or changes carries ``fault=self.name``, so that the journal can tell when it took effect.
A fault raises :class:`Impossible` when it can't be applied to this answer: a scenario that does so is rejected when
it is loaded, never in the middle of a drill.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ssedrill_faults.plan import Answer, Door, Frame, Op, Open, Plan, render


class Impossible(ValueError):
    """A fault asks for what this answer has not: a position beyond its end, a mark that occurs nowhere."""


class Voice(Protocol):
    """What a fault needs to know of the dialect that it speaks in."""

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return the dialect's in-stream error event of this kind (``"overloaded"``, ``"rate_limit"``, ...)."""

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return the JSON body of an error response; ``retry_after`` is for those that put the wait in the body."""

    def ping_frame(self) -> Frame:
        """Return the frame that keeps a connection alive and says nothing."""


@dataclass(frozen=True)
class Context:
    """What a fault may look at besides the answer."""

    rng: random.Random = field(compare=False)
    voice: Voice
    now_epoch_s: float = 0.0  # the wall clock at the request, for dates in headers
    breaking: frozenset[str] = frozenset()  # the attempt's faults whose marks a reshaping must not wipe out


@dataclass(frozen=True, kw_only=True)
class Fault(ABC):
    """Common ground of all faults."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}

    name: ClassVar[str]
    shaping: ClassVar[bool] = False
    """True where a client that does everything right need not notice it (cuts, pauses, merges)."""
    ending: ClassVar[bool] = False
    """True where nothing follows it, so that only one such fault fits into an attempt."""

    def applies(self, *, reused: bool) -> bool:
        """Tell whether it acts on a request at all; ``reused``: the connection has carried a request before."""
        return True


class DoorFault(Fault):
    """A fault that acts on the connection before a request is read."""

    @abstractmethod
    def door(self) -> Door:
        """Return what the client meets at the door."""


class AnswerFault(Fault):
    """A fault that rewrites the answer before it becomes operations."""

    @abstractmethod
    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Return the answer as this fault leaves it."""


class WireFault(Fault):
    """A fault that rewrites the operations."""

    @abstractmethod
    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Return the operations as this fault leaves them."""


def generator(seed: int, attempt: int, index: int) -> random.Random:
    """Return the random generator of one fault, so that adding a fault does not reshuffle the others."""
    return random.Random(f"ssedrill/{seed}/{attempt}/{index}")


def contradiction(faults: Sequence[Fault]) -> str | None:
    """Say why these faults can't share an attempt, or return None where they can."""
    doors = [fault for fault in faults if isinstance(fault, DoorFault)]
    if doors and len(faults) > 1:
        others = ", ".join(fault.name for fault in faults if fault is not doors[0])
        return f"{doors[0].name} acts before the request is read, so it leaves nothing for {others}"
    endings = [fault.name for fault in faults if fault.ending]
    if len(endings) > 1:
        return f"{' and '.join(endings)} each end the attempt; keep one of them"
    return None


def compose(
    answer: Answer,
    faults: Sequence[Fault],
    *,
    voice: Voice,
    seed: int,
    attempt: int,
    now_epoch_s: float = 0.0,
    reused: bool = False,
) -> Plan:
    """Fold faults over an answer into a plan.

    The order is by layer: the answer first, in the order given, then the wire. On the wire, faults that end or stop
    the stream come before those that only reshape it, so that "every byte alone" still holds for the last segment
    before a cut, and a cut at a mark finds the mark whole.

    Raises Impossible where a fault can't be applied, or where two of them contradict each other.
    """
    if why := contradiction(faults):
        raise Impossible(why)
    acting = [(i, fault) for i, fault in enumerate(faults) if fault.applies(reused=reused)]
    breaking = tuple(fault.name for _, fault in acting if not fault.shaping)
    layered = [
        (fault, Context(generator(seed, attempt, i), voice, now_epoch_s, frozenset(breaking))) for i, fault in acting
    ]
    door: Door = Open()
    for fault, ctx in layered:
        if isinstance(fault, DoorFault):
            door = fault.door()
        elif isinstance(fault, AnswerFault):
            answer = fault.rewrite(answer, ctx)
    ops: tuple[Op, ...] = render(answer)
    for fault, ctx in sorted(layered, key=lambda pair: pair[0].shaping):
        if isinstance(fault, WireFault):
            ops = fault.rewrite(ops, ctx)
    if isinstance(door, Open):
        marked = {op.fault for op in ops}
        for name in breaking:
            if name not in marked:
                raise Impossible(f"{name} can never take effect: another fault removes the place where it acts")
    return Plan(
        attempt=attempt,
        ops=ops if isinstance(door, Open) else (),
        door=door,
        status=answer.status,
        retry_after_s=answer.retry_after_s,
        faults=tuple(fault.name for _, fault in acting),
        breaking=breaking,
    )
