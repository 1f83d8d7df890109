"""The process that starts workers, forked from the command line's own."""

from __future__ import annotations

import os
import threading

from ssedrill.running.supervisor.births import NURSERY


def fork_nursery() -> None:
    """Fork who starts workers; without fork, or beside other threads, it will be a new interpreter."""
    if hasattr(os, "fork") and threading.active_count() == 1:
        NURSERY.fork_now()
