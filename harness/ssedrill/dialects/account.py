"""What a dialect says of an answer besides its text, and how a client asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ssedrill.dialects.sse_decoder import SseEvent
from ssedrill.model.told import NOTHING, Told

Usage: TypeAlias = tuple[dict[str, int], bool]
"""Numbers by name, and whether they are of the whole answer."""


@dataclass(frozen=True, slots=True)
class Account:
    """How usage and finish reason stand in a dialect; by default there are none.

    A stream's finish reason is among the parts that the dialect reads from it.
    """

    # Which of its names input_tokens and output_tokens have.
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    # What the JSON of a request has that wants to know its usage.
    asking: Mapping[str, Any] = field(default_factory=dict, hash=False)
    in_event: Callable[[SseEvent], Usage | None] = lambda event: None
    in_whole: Callable[[bytes], Told] = lambda body: NOTHING


NO_ACCOUNT = Account()


def numbers(usage: object, names: Mapping[str, str]) -> dict[str, int]:
    """Return the whole numbers of a usage; ``names`` says what those are called here that have other names there."""
    if not isinstance(usage, Mapping):
        return {}
    whole = {str(name): n for name, n in usage.items() if isinstance(n, int) and not isinstance(n, bool)}
    return {names.get(name, name): n for name, n in whole.items()}
