"""Seeded chance for a drill's threads: ``random``, ``os.urandom`` and, by it, ``uuid.uuid4`` and ``secrets``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

FUNCTIONS = tuple(
    name for name in random.__all__ if callable(getattr(random, name)) and not isinstance(getattr(random, name), type)
)
"""The module-level functions of ``random``: the methods of its one hidden generator."""

NAMES = (*(f"random.{name}" for name in FUNCTIONS), "os.urandom")


def stand(seed: int) -> dict[str, Callable[..., Any]]:
    """Return generators of this seed for every name in NAMES."""
    numbers = random.Random(f"ssedrill/clock/{seed}/random")
    shown: dict[str, Callable[..., Any]] = {f"random.{name}": getattr(numbers, name) for name in FUNCTIONS}
    shown["os.urandom"] = random.Random(f"ssedrill/clock/{seed}/urandom").randbytes
    return shown
