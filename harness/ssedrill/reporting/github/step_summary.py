"""The summary of a step in GitHub Actions: Markdown that fits."""

from __future__ import annotations

MOST_BYTES = 1 << 20
"""GitHub takes so much from one step, and shows nothing at all of a summary that is longer."""
_SPARE = 200
"""Bytes for the sentence that says what was left out."""


def fitted(text: str, there: int = 0) -> str:
    """Return as many whole lines as there is room for, and say how many are left out.

    ``there``: so many bytes are in the step's summary already. Nothing is returned if there is no room at all.
    """
    room = MOST_BYTES - there
    if len(text.encode()) <= room:
        return text
    room -= _SPARE
    if room < 0:
        return ""
    lines, kept = text.splitlines(keepends=True), 0
    for line in lines:
        room -= len(line.encode())
        if room < 0:
            break
        kept += 1
    left_out = f"\n**{len(lines) - kept:,} of {len(lines):,} lines are left out: a step's summary holds 1 MiB.**\n"
    return "".join(lines[:kept]) + left_out
