"""What is measured in one run: counts, and times in seconds on the run's clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any


@dataclass(slots=True)
class Recovery:
    """How long the application waited for new text after the worst fault, and where the time went."""

    total_s: float | None = None  # from the fault to new text; None if none came
    detect_s: float | None = None
    wait_s: float | None = None
    connect_s: float | None = None  # from the request to the first byte of its answer
    first_token_s: float | None = None


@dataclass(slots=True)
class RetryAfter:
    """The longest wait that an answer asked for, and how long the client really waited."""

    asked_s: float | None = None
    waited_s: float | None = None  # None if no request followed


@dataclass(slots=True)
class Numbers:
    """Everything that is counted or timed in a run; a number that the journals can't give is None, never a guess."""

    requests: int = 0  # HTTP requests of the call
    retries: int = 0  # those after the first
    withdrawn: int = 0  # tokens that were shown and taken back
    duplicates: int = 0
    lost: int = 0
    reordered: int = 0
    corrupted: int = 0
    spliced: int = 0
    wasted_tokens: int = 0  # generated and thrown away
    recovery: Recovery = field(default_factory=Recovery)
    retry_after: RetryAfter = field(default_factory=RetryAfter)
    gaps_s: list[float] = field(default_factory=list)  # from the end of each answer to the next request
    ttft_s: float | None = None  # from the first request to the first token that was shown
    longest_silence_s: float | None = None
    elapsed_s: float = 0.0  # until the client said how it ended, or was stopped


def by_name(numbers: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give the fields of a dataclass, and of those in it, under one name each, such as ``recovery_total_s``."""
    assert is_dataclass(numbers)
    for one in fields(numbers):
        value = getattr(numbers, one.name)
        if is_dataclass(value):
            yield from by_name(value, f"{prefix}{one.name}_")
        else:
            yield prefix + one.name, value
