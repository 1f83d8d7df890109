"""Placeholders in a scenario's text, for what is known only during a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

PLACES = ("path", "origin", "request", "other_origin")
"""The names that are known during a run."""

_PLACE = re.compile(r"\{(\w+)\}")


def filled(text: str, places: Mapping[str, str]) -> str:
    """Replace each ``{name}`` that is known; all other braces are the text's own."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), text)


def named_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of all placeholders in some texts."""
    return frozenset(name for text in texts for name in _PLACE.findall(text))


def check_places(setting: str, texts: Iterable[str]) -> None:
    """Raise ValueError, naming the setting, if a text in which no other braces belong has an unknown placeholder."""
    for name in sorted(named_in(texts)):
        if name not in PLACES:
            near = get_close_matches(name, PLACES, 1)
            right = f"did you mean {{{near[0]}}}?" if near else "use one of {" + "}, {".join(PLACES) + "}"
            raise ValueError(f"{setting} has {{{name}}}, which stands for nothing: {right}")
