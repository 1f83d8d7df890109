"""What only several repeats can tell, in lines."""

from __future__ import annotations

from ssedrill.model.clean_text import safe
from ssedrill.model.record import Repeats
from ssedrill.reporting.views.wording import check_line


def repeats_line(repeats: Repeats) -> str:
    """Return which runs are meant, what they come to together, and every check with what it found."""
    who = f"{safe(repeats.scenario)}: {safe(repeats.client)} ({safe(repeats.dialect)}), {repeats.runs} runs together"
    return f"{who}: {repeats.verdict}; {'; '.join(map(check_line, repeats.checks))}"
