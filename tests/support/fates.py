"""What a run on a clock came to, for tests that expect it to be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ssedrill.clock.fate import Done, NeedsFreshProcess, NeedsRealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock


class NotDone(Exception):
    """A run did not come to its end; the message is the reason that it gave."""

    def __init__(self, fate: NeedsRealClock | NeedsFreshProcess) -> None:
        super().__init__(fate.because)
        self.fate = fate


def value_of(fate):
    """Return what a run's coroutine returned; raises NotDone if the run was not done."""
    if isinstance(fate, Done):
        return fate.value
    raise NotDone(fate)


def run_virtually(main, **options):
    """Run a coroutine function on a new virtual clock, made with these options, and return its value."""
    return value_of(VirtualClock(**options).run(main))


def settled(run: Callable[[], Any]) -> Any:
    """Do a run, again as often as it is worth it, as a drill is: the machine may be why it was not done."""
    tries = 0
    while getattr(fate := run(), "worth_another", 0) > tries:
        tries += 1
    return fate
