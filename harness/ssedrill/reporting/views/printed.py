"""What a client has printed beside what it says: the standard error of a program, or all that its process wrote."""

from __future__ import annotations

from ssedrill.model.record import CallRecord, Record


def printed(told: Record | CallRecord) -> list[tuple[str, str]]:
    """Return the texts that there are, each with its title."""
    texts = [("Standard error", told.tokens.stderr)]
    if isinstance(told, Record):
        texts.append(("Printed", told.printed))
    return [(title, text) for title, text in texts if text.strip()]
