"""How long a thread has run, and how long it has waited for a processor, in all its life."""

from __future__ import annotations

import os
import threading
import time


def used_s(ident: int) -> float:
    """Return the seconds that a thread has used a processor; raises OSError if it has ended."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time()
    return time.clock_gettime(time.pthread_getcpuclockid(ident))


def queued_s(ident: int) -> float | None:
    """Return for how many seconds a thread has waited for a processor, or None if nobody tells."""
    thread = threading.main_thread() if ident == threading.main_thread().ident else None
    thread = thread or next((thread for thread in threading.enumerate() if thread.ident == ident), None)
    try:
        with open(f"/proc/self/task/{thread.native_id if thread else None}/schedstat", "rb") as file:
            ran, queued, _ = map(int, file.read().split())
    except (OSError, ValueError):
        return None
    return queued / 1e9 if ran else None


def machine_is_busy() -> bool:
    """Tell whether more wants to run than there are processors; False if the system does not say."""
    try:
        waiting: float = os.getloadavg()[0]
    except (AttributeError, OSError):
        return False
    return waiting > (os.cpu_count() or 1)
