"""The process that starts workers, forked from the command line's own."""

from __future__ import annotations

import os
import sys
import threading

from ssedrill.running.supervisor.births import NURSERY


def fork_nursery() -> None:
    """If clients are to be run or asked, fork who starts workers while nothing but ssedrill is in this process.

    It has then imported all that workers need, at no cost; later, or without fork, it is a new interpreter.
    """
    wanted = sys.argv[1:2] == ["run"] or sys.argv[1:3] == ["list", "clients"]
    if wanted and hasattr(os, "fork") and threading.active_count() == 1:
        NURSERY.fork_now()
