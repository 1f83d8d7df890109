"""What a run on a clock came to, for tests that expect it to be done."""

from __future__ import annotations

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
