"""What a baseline says, as a part of a page."""

from __future__ import annotations

from ssedrill.model.record import RecordFile
from ssedrill.reporting.views.known import heading, told
from ssedrill.reporting.views.page_text import text


def entries(file: RecordFile) -> str:
    """Return how each entry stands to the runs, what is bad first; nothing without a baseline."""
    parts = []
    for standing, lines in told(file):
        css = "fail" if standing.bad else "known"
        items = "".join(f'<li class="{css}">{text(line, 2000)}</li>' for line in lines)
        parts.append(f'<h3>{heading(standing, lines)}</h3>\n<ul class="repeats">{items}</ul>\n')
    return "".join(parts)
