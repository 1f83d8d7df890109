"""How an application tells its client to stop, and how the client hears of it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class CancelSwitch:
    """Is pulled once, from any thread; who wants to know at once leaves a function."""

    def __init__(self) -> None:
        self.pulled = threading.Event()
        self.at_yield = False
        """It was pulled by the very piece of text that a client gave: the client stands at its yield."""
        self.host: Callable[[Callable[[], object]], object] = lambda function: function()
        """Calls what the client itself has left, where the client lives: who pulls is not to wait for it, or fail."""
        self._functions: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def pull(self, *, at_yield: bool = False) -> None:
        """Stop: nobody reads any more of what the client gives."""
        with self._lock:
            if self.pulled.is_set():
                return
            self.at_yield = at_yield
            self.pulled.set()
            functions = list(self._functions)
        for function in functions:
            function()

    def on_pull(self, function: Callable[[], object]) -> None:
        """Have a function called when it is pulled, in the thread that pulls it; at once if it has been."""
        with self._lock:
            pulled = self.pulled.is_set()
            if not pulled:
                self._functions.append(function)
        if pulled:
            function()
