"""What an executor's worker does with a batch: nothing but start ``ssedrill batch`` and hear it out.

It runs in a worker of somebody else's, perhaps beside other threads, and perhaps in a daemonic process, which may not
have children by multiprocessing: so it imports nothing of ours, and starts a program.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import NamedTuple

MOST_SAID = 20_000
"""Bytes of standard error that travel back: its end."""


class Answer(NamedTuple):
    """How ``ssedrill batch`` ended, on which machine, and what it said."""

    host: str
    code: int  # as subprocess has it: below 0 for a signal
    runs: str
    said: str


def do_batch(batch: str, folder: str) -> Answer:
    """Do a batch, in a folder if this machine has it.

    The program's standard input stays open until it has answered: if this process is killed, it ends as well.
    """
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-P", "-m", "ssedrill", "batch"]
        where = folder if os.path.isdir(folder) else None
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, cwd=where)
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError), process.stdin, process.stdout:
            with suppress(BrokenPipeError):  # it may have ended already, and has said why
                process.stdin.write(batch.encode() + b"\n")
                process.stdin.flush()
            runs = process.stdout.read()
        code = process.wait()
        size = said.seek(0, os.SEEK_END)
        said.seek(max(0, size - MOST_SAID))
        return Answer(platform.node(), code, runs.decode("utf-8", "replace"), said.read().decode("utf-8", "replace"))
