"""Seeded randomness for a drill's threads: ``random``, ``os.urandom`` and, by it, ``uuid.uuid4`` and ``secrets``."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

from ssedrill.clock.python.overrides import PATCHES, Replacement

FUNCTIONS = tuple(
    name for name in random.__all__ if callable(getattr(random, name)) and not isinstance(getattr(random, name), type)
)
"""The module-level functions of ``random``: the methods of its one hidden generator."""

NAMES = (*(f"random.{name}" for name in FUNCTIONS), "os.urandom")


def of_random(seed: int) -> str:
    """Return the seed of what ``random`` gives in a run of this seed."""
    return f"ssedrill/clock/{seed}/random"


def overrides(seed: int) -> dict[str, Callable[..., Any]]:
    """Return generators of this seed for every name in NAMES."""
    numbers = random.Random(of_random(seed))
    found: dict[str, Callable[..., Any]] = {f"random.{name}": getattr(numbers, name) for name in FUNCTIONS}
    found["os.urandom"] = random.Random(f"ssedrill/clock/{seed}/urandom").randbytes
    return found


def _seed(self: random.Random, a: Any = None, version: int = 2) -> None:
    if a is None and PATCHES.overrides() is not None:
        a = int.from_bytes(os.urandom(32), "big")
    _SEED(self, a, version)


_SEED = random.Random.seed

REPLACED: tuple[Replacement, ...] = ((random.Random, "seed", _seed),)
"""Attributes that are replaced while a virtual run is on: an unseeded generator asks the kernel by itself."""
