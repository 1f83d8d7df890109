"""A lock that is waited for in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.python.arm import Arm, Finish, nothing


class TurnLock:
    """A lock that is waited for in virtual time; ``threading.Condition`` makes one for each wait."""

    def __init__(self, loop: VirtualLoop, call: Callable[[Arm, float | None], bool]) -> None:
        self._loop = loop
        self._call = call
        self._held = False
        self._wake: Finish | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """See ``threading.Lock``."""
        if self._held and blocking and not self._call(self._armed, None if timeout < 0 else timeout):
            return False
        if self._held:
            return False
        self._held = True
        return True

    def release(self) -> None:
        """See ``threading.Lock``; from any thread."""
        self._held = False
        wake, self._wake = self._wake, None
        if wake is not None:
            with suppress(RuntimeError):  # the run is over
                self._loop.call_soon_threadsafe(wake, True)

    def __enter__(self) -> bool:
        """See ``threading.Lock``."""
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        """See ``threading.Lock``."""
        self.release()

    def _at_fork_reinit(self) -> None:
        """Be free again, in a process that was just forked; ``threading`` asks it of every lock that it has made."""
        self._held, self._wake = False, None

    def locked(self) -> bool:
        """See ``threading.Lock``."""
        return self._held

    def _armed(self, finish: Finish) -> Callable[[], None]:
        if not self._held:
            self._loop.call_soon(finish, True)
        self._wake = finish
        return nothing
