"""What is done before the command line is even imported."""

from __future__ import annotations

import os
import sys
import threading

from ssedrill.running.supervisor.births import NURSERY


def begin() -> None:
    """If drills are to be run, fork the process that starts workers while there is nothing in this one but ssedrill.

    It has then imported all that workers need, at no cost; later, or without fork, it is a new interpreter.
    """
    if sys.argv[1:2] == ["run"] and hasattr(os, "fork") and threading.active_count() == 1:
        NURSERY.fork_now()
