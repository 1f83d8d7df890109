"""``datetime.now()`` and ``utcnow()`` by the clock that ``time.time`` goes by in the calling thread.

They read the kernel's clock by themselves, and many a client takes them to find out how long a ``Retry-After`` date
is away.
"""

from __future__ import annotations

import datetime
import time
from typing import Any

from ssedrill.clock.python.overrides import PATCHES, Replacement

_NOW: Any = vars(datetime.datetime)["now"]
_UTCNOW: Any = vars(datetime.datetime)["utcnow"]


def _now(cls: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
    if PATCHES.overrides() is None:
        found: datetime.datetime = _NOW.__get__(None, cls)(tz)
        return found
    return cls.fromtimestamp(time.time(), tz)


def _utcnow(cls: type[datetime.datetime]) -> datetime.datetime:
    if PATCHES.overrides() is None:
        found: datetime.datetime = _UTCNOW.__get__(None, cls)()
        return found
    return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


REPLACED: tuple[Replacement, ...] = (
    (datetime.datetime, "now", classmethod(_now)),
    (datetime.datetime, "utcnow", classmethod(_utcnow)),
)
"""Attributes that are replaced while a virtual run is on."""
