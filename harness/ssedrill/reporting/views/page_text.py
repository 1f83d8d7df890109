"""Text that is nothing but text in a page."""

from __future__ import annotations

import re
from html import escape

from ssedrill.model.clean_text import safe


def text(said: str, limit: int = 600) -> str:
    """Return text that makes no element and no attribute, at most so many characters of it."""
    return escape(safe(said, limit), quote=True)


def lines(said: str) -> str:
    """Return the same of text of several lines."""
    return "\n".join(text(line, 4000) for line in said.split("\n"))


def prose(said: str) -> str:
    """Return a paragraph of a scenario's file, whose lines end where they do for no reason."""
    return text(" ".join(said.split()), 2000)


_OPTION = re.compile(r"(?<= )--?[a-z][a-z-]*(?= )")


def command(said: str) -> str:
    """Return a command, in which no option is broken behind its hyphens."""
    return _OPTION.sub(lambda found: f"<b>{found[0]}</b>", text(said, 4000))


def breakable(name: str) -> str:
    """Return a name that may be broken behind its hyphens, slashes and underscores, and nowhere else."""
    shown = text(name, 400)
    for sign in "-/_":
        shown = shown.replace(sign, f"{sign}<wbr>")
    return shown
