"""Says what a task waits for: names of functions only, so that the same run says the same words."""

from __future__ import annotations

import asyncio
import gc
import types
from collections.abc import Iterable
from typing import Any

SHOWN = 4
"""So many of the innermost calls are named of each task."""


def describe(task: asyncio.Task[Any]) -> str:
    """Return ``outermost function: ... > innermost call`` of a task that waits."""
    calls = list(_calls(task.get_coro()))
    if not calls:
        return "a task that has ended"
    shown = calls[1:][-SHOWN:]
    return f"{calls[0]} waits in {' > '.join(shown)}" if shown else f"{calls[0]} waits"


def _calls(awaited: Any) -> Iterable[str]:
    while awaited is not None:
        name = getattr(awaited, "__qualname__", None)
        if isinstance(awaited, types.CoroutineType):
            frame, following = awaited.cr_frame, awaited.cr_await
        elif isinstance(awaited, types.GeneratorType):
            frame, following = awaited.gi_frame, awaited.gi_yieldfrom
        elif isinstance(awaited, types.AsyncGeneratorType):
            frame, following = awaited.ag_frame, awaited.ag_await
        elif generators := [one for one in gc.get_referents(awaited) if isinstance(one, types.AsyncGeneratorType)]:
            awaited = generators[0]  # behind a step of it, which only the garbage collector sees through
            continue
        else:
            return  # the future at the bottom says nothing
        module = frame.f_globals.get("__name__", "?") if frame is not None else "?"
        yield f"{module}.{name}".replace(".<locals>", "")
        awaited = following
