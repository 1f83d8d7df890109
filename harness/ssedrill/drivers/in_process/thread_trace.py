"""Says what a client's thread waits in: names of functions only, so that the same run says the same words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

SHOWN = 4
"""So many of the innermost calls are named."""


def where_waits(ident: int, outermost: str) -> str | None:
    """Return ``the client waits in outer > inner`` of a thread; None if it has ended.

    ``outermost`` is the function of ours that called the client. Nor are those of ours told that wait for it.
    """
    frame = sys._current_frames().get(ident)
    names = list(_names(frame, outermost))[::-1]
    return f"the client waits in {' > '.join(names[-SHOWN:])}" if names else None


def _names(frame: FrameType | None, outermost: str) -> Iterator[str]:
    """Give the names of the client's functions, the innermost first."""
    while frame is not None and frame.f_code.co_qualname != outermost:
        module = str(frame.f_globals.get("__name__", "?"))
        if not _is_ours(module):
            yield f"{module}.{frame.f_code.co_qualname}".replace(".<locals>", "")
        frame = frame.f_back


def _is_ours(module: str) -> bool:
    return module.startswith("ssedrill") and not module.startswith("ssedrill.clients")
