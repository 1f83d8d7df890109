"""Standard output that holds results and nothing else, and that can't show everything."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

SIGNS = {"→": "->", "←": "<-", "─": "-", "…": "...", "×": "x"}
"""Our own signs, for an encoding that lacks them."""


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send to standard error what clients in this process and in others started by it write to standard output."""
    sys.stdout.flush()
    try:
        number = sys.stdout.fileno()
        kept = os.dup(number)
    except (OSError, io.UnsupportedOperation):  # it is no file: nobody but this process can write to it
        with redirect_stdout(sys.stderr):
            yield
        return
    os.dup2(sys.stderr.fileno(), number)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, number)
        os.close(kept)


def show_all() -> None:
    """Have what an output's encoding can't show written in another way, and give a closed output somewhere to go."""
    codecs.register_error("ssedrill", _instead)
    if sys.stdout is None or sys.stderr is None:  # closed by whoever started this program
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (for as long as the program runs)
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="ssedrill")


def _instead(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    if (sign := SIGNS.get(error.object[error.start])) is not None:
        return sign, error.start + 1
    return codecs.backslashreplace_errors(error)
