"""Where commands print to."""

from __future__ import annotations

import os
import sys
from typing import IO, Any, cast

from rich.console import Console

from ssedrill.model.clean_text import inert


class InertStream:
    """A stream on which nothing is a command of a CI system: reports say what clients said, wrapped anywhere."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write whole lines, which is what a console does."""
        self._stream.write(inert(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class LogConsole(Console):
    """A console whose reader may be the log of a CI system, or leave early (``| head``): that is no error of ours."""

    @property
    def file(self) -> IO[str]:
        """What is written to."""
        return cast(IO[str], InertStream(super().file))

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        self._file = new_file

    def on_broken_pipe(self) -> None:
        """End quietly."""
        raise BrokenPipeError


def out() -> Console:
    """Return the console for results. A log has no width of its own: give it a generous one."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return LogConsole(width=width, highlight=False)


def err() -> Console:
    """Return the console for progress and warnings."""
    return LogConsole(stderr=True, highlight=False)
