"""Placeholders in a scenario's text, for what is known only during a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"\{(\w+)\}")


def filled(text: str, places: Mapping[str, str]) -> str:
    """Replace each ``{name}`` that is known; all other braces are the text's own."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), text)


def named_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of all placeholders in some texts."""
    return frozenset(name for text in texts for name in _PLACE.findall(text))
