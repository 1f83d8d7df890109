"""The text that an attempt serves, for faults that spell some of it themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServedText:
    """One production of the answer: so many tokens, numbered from 1, each with its text."""

    generation: str
    tokens: int
    text_of: Callable[[int], str]


NO_TEXT = ServedText("", 0, lambda number: "")
"""What is served by an answer that has no tokens."""
