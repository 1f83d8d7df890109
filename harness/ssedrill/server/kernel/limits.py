"""How many files this process may have open."""

from __future__ import annotations

try:
    import resource
except ImportError:  # no limits on this system
    resource = None  # type: ignore[assignment]


def open_files() -> str:
    """Return the limit, as it stands behind a sentence; nothing if nobody knows it."""
    if resource is None:
        return ""
    return f" (its limit is {resource.getrlimit(resource.RLIMIT_NOFILE)[0]})"
