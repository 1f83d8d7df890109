"""The fault protocol. How faults are folded into a plan is in ``compose``.

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
Whatever a fault adds or changes carries ``fault=self.name``, so that the journal can tell when it took effect. By
which byte of a frame a client can notice that is found out by comparison; a fault of the wire says it as ``harm``.
A fault raises :class:`Impossible` when it can't be applied to this answer: a scenario that does so is rejected when
it is loaded, never in the middle of a drill.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from ssedrill_faults.http_version import HttpVersion
from ssedrill_faults.plan import Answer, Door, Op
from ssedrill_faults.served_text import NO_TEXT, ServedText
from ssedrill_faults.stages import Moment, Stage
from ssedrill_faults.voice import Voice


class Impossible(ValueError):
    """A fault asks for what this answer has not: a position beyond its end, a mark that occurs nowhere."""


class NotInDialect(Impossible):
    """A fault asks for what a whole dialect has not, whatever the answer: JSON in one that has none."""


@dataclass(frozen=True)
class Context:
    """What a fault may look at besides the answer."""

    rng: random.Random = field(compare=False)
    voice: Voice
    http: HttpVersion  # what the answer is, or will be, rendered by
    now_epoch_s: float  # the wall clock at the request, for dates in headers
    breaking: frozenset[str] = frozenset()  # the attempt's faults whose marks a reshaping must not wipe out
    served: ServedText = NO_TEXT  # for faults that write tokens into frames of their own
    run_t: float = 0.0  # when in the run the request came, in seconds


@dataclass(frozen=True, kw_only=True)
class Fault(ABC):
    """Common ground of all faults."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}

    name: ClassVar[str]
    shaping: ClassVar[bool] = False
    """True if a client that does everything right need not notice it (cuts, pauses, merges)."""
    shaping_by: ClassVar[tuple[str, ...]] = ()
    """The settings that decide whether one of this kind is ``shaping``, if that is not the same for all."""
    ending: ClassVar[bool] = False
    """True if nothing follows it, so that only one such fault fits into an attempt."""
    instead: ClassVar[str] = ""
    """How to say it, if it is to be followed by another ending after all."""

    once: ClassVar[bool] = False
    """True if another one of its kind in the same attempt would undo it."""

    rewrites_text: ClassVar[bool] = False
    """True if a right reader may get other tokens out of the stream than it had, or in another order."""
    needs_resume: ClassVar[bool] = False
    """True if it is for requests that go on with an answer."""

    dialects: tuple[str, ...] = ()
    """The dialects in which it is applied, of those that the scenario has; left out: in all of them."""

    @property
    def moment(self) -> Moment | None:
        """Return what its moment is counted along, if it strikes at one."""
        return None

    @property
    def hand_written(self) -> bool:
        """Tell whether the scenario's author wrote what is sent, so that nobody else knows what it says."""
        return False

    @property
    def events_written(self) -> str:
        """Return the events that the scenario's author wrote himself, as they stand in a stream; none by default."""
        return ""

    def applies(self, *, reused: bool) -> bool:
        """Tell whether it acts on a request at all; ``reused``: the connection has carried a request before."""
        return True

    @property
    def places(self) -> frozenset[str]:
        """The names of the placeholders in its text, of those that :meth:`filled_in` may know."""
        return frozenset()

    def suits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether it acts on a request with these headers (their names in lower case)."""
        return True

    def filled_in(self, places: Mapping[str, str]) -> Self:
        """Return the fault with each ``{name}`` in its text replaced by what is known only during a run.

        ``path`` is what stands in front of every path of the run, ``origin`` its scheme, host and port;
        ``request`` is the path of the request, and ``other_origin`` where the run's server listens besides.
        """
        return self


class DoorFault(Fault):
    """A fault that acts on the connection before a request is read."""

    @abstractmethod
    def door(self) -> Door:
        """Return what the client meets at the door."""


class AnswerFault(Fault):
    """A fault that rewrites the answer before it becomes operations."""

    at_moments: ClassVar[bool] = False
    """True if one of this kind may strike at a moment too, by what it gives then for the wire."""
    spells: ClassVar[bool] = False
    """True if one of this kind leaves all that the answer says, and comes behind those that decide about that."""

    @property
    def late(self) -> bool:
        """Tell whether it has its say on the wire, by ``on_the_wire``, in place of in the answer."""
        return self.at_moments and self.moment is not None

    def on_the_wire(self, answer: Answer, ctx: Context) -> WireFault | None:
        """Return what it does at its moment to an answer that all others have rewritten; None if it rewrites it."""
        return None

    @abstractmethod
    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Return the answer as this fault leaves it."""


class WireFault(Fault):
    """A fault that rewrites the operations."""

    @property
    def stage(self) -> Stage:
        """When it has its say among the other faults of the wire."""
        match self.moment:
            case None:
                return Stage.SHAPES if self.shaping else Stage.PLACES
            case Moment.SILENCE:
                return Stage.LINE  # whatever it was that kept the line silent
            case Moment.ATTEMPT | Moment.RUN:
                return Stage.MOMENTS

    @abstractmethod
    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Return the operations as this fault leaves them."""
