"""How counts, lists and ranges are said in plain English."""

from __future__ import annotations

from collections.abc import Sequence


def plural(count: int, word: str) -> str:
    """Return a count with its word: ``1 token``, ``2000 tokens``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def grouped(count: int, word: str) -> str:
    """Return a count with its word, for people who read large numbers: ``1 token``, ``2,000 tokens``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def listed(parts: Sequence[str]) -> str:
    """Return parts as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def ranges(numbers: Sequence[int], most: int | None = None) -> str:
    """Fold ascending numbers, 3, 4, 5, 9 into ``3-5, 9``; a list of more than ``most`` such parts is cut short."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    words = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:most]]
    return ", ".join([*words, "..."] if len(spans) > len(words) else words)
