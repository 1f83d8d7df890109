"""What a client has done to the process that it runs in, if that is why nothing came of its run."""

from __future__ import annotations

try:
    import resource
except ImportError:  # no limits on this system
    resource = None  # type: ignore[assignment]


def files_allowed() -> int:
    """Return how many files this process may have open; 0 if nobody knows."""
    return 0 if resource is None else resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def harm_done(before: int, *, stuck: bool) -> str:
    """Say what a client has done that no other client could live with; empty if nothing.

    ``before`` is how many files the process might have open. ``stuck`` says that at the deadline a thread of the
    client still waited for something, before it had made a request.
    """
    if (files := files_allowed()) < before:
        return f"it has let its process have {files} files open, where it might have {before}"
    return "it had made no request by the deadline: a thread of it still waited, and can't be ended" if stuck else ""
