"""Where commands print to."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class PipeAwareConsole(Console):
    """A console whose reader may leave early (``| head``): that is no error of ours."""

    def on_broken_pipe(self) -> None:
        """End quietly."""
        raise BrokenPipeError


def out() -> Console:
    """Return the console for results. A log has no width of its own: give it a generous one."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return PipeAwareConsole(width=width, highlight=False)


def err() -> Console:
    """Return the console for progress and warnings."""
    return PipeAwareConsole(stderr=True, highlight=False)
