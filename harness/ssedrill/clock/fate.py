"""What became of a run on a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Done(Generic[T]):
    """The run came to its end, and what it says is true: ``value`` is what its coroutine returned."""

    value: T


@dataclass(frozen=True)
class NeedsRealClock(Generic[T]):
    """The run says nothing, as its client did what virtual time does not reach: only the real clock can tell.

    ``because`` says what, in words for the record. ``otherwise`` is what the run comes to if nobody can wait for
    the real clock; None if it comes to nothing. ``worth_another`` says how many more virtual runs are worth it, as
    the machine may be at fault.
    """

    because: str
    otherwise: Done[T] | None = None
    worth_another: int = 0


@dataclass(frozen=True)
class NeedsFreshProcess:
    """The run was not begun: this process's copy of the client is broken, and ``because`` says by what."""

    because: str


Fate: TypeAlias = Done[T] | NeedsRealClock[T] | NeedsFreshProcess
