"""What a virtual loop hears from the kernel, in an order that does not depend on the kernel."""

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import Any, TypeAlias

_LOOK: Callable[..., Any] = selectors.DefaultSelector.select
"""Here no run replaces it."""

Event: TypeAlias = tuple[selectors.SelectorKey, int]
"""What is ready, and what for."""


class VirtualSelector(selectors.DefaultSelector):
    """Reports events in the order in which their sockets were registered, and never sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self._order: dict[int, int] = {}
        self._count = 0
        self.on_wait: Callable[[VirtualSelector, float | None], list[Event]] | None = None

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Register the file as the next in the order, whatever number it has."""
        key = super().register(fileobj, events, data)
        self._count += 1
        self._order[key.fd] = self._count
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Unregister and take the file out of the order."""
        key = super().unregister(fileobj)
        del self._order[key.fd]
        return key

    def poll(self) -> list[Event]:
        """Return what is ready now, in order."""
        found: list[Event] = _LOOK(self, 0)
        if len(found) > 1:
            found.sort(key=lambda pair: self._order[pair[0].fd])
        return found

    def select(self, timeout: float | None = None) -> list[Event]:
        """Return what is ready; if nothing is, let the loop move its time on."""
        return self.poll() if self.on_wait is None else self.on_wait(self, timeout)
