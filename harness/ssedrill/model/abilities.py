"""What a client can do besides showing text and saying how it ended, by the words in which it says so.

A client that never said that it can tell its usage is not to be blamed if it does not. What it has declared is asked
for: a check that needs it is not asked of others, and a scenario that must ask it is not for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Ability(StrEnum):
    """One thing that not every client can."""

    USAGE = "usage"  # it tells its application how many tokens the answer took
    FINISH = "finish"  # it tells its application why the model stopped
    CALLS = "calls"  # it makes several calls over one session
    CANCEL = "cancel"  # a call of its own can be called off


def able(names: object) -> frozenset[str]:
    """Return the abilities that somebody names; raises ValueError, which says what would be right."""
    known = [ability.value for ability in Ability]
    right = f"a set of {', '.join(known)}"
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise ValueError(f"must be {right}; it is {names!r:.60}")
    found = list(names)
    if unknown := [name for name in found if name not in known]:
        raise ValueError(f"must be {right}; it has {unknown[0]!r:.60}")
    return frozenset(str(name) for name in found)
