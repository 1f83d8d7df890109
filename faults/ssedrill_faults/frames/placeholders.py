"""Placeholders in what a scenario writes itself: ``{token:13}``, ``{generation}``, ``{pad}``."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches

from ssedrill_faults.fault import Impossible
from ssedrill_faults.served_text import ServedText

MOST_PADDING = 8 * 1024 * 1024

_PLACEHOLDER = re.compile(r"\{(?:token:([1-9][0-9]{0,6})|(generation)|(pad))\}")
_WRONG = re.compile(r"\{token(?!:[1-9][0-9]{0,6}\}):?[^\s\"{}]{0,20}\}?")
_LIKE = re.compile(r"\{\s*(\w{2,14})\s*(?::\s*\d*\s*)?\}")
_WORDS = ("token", "generation", "pad")
_FILLER = "x"


def check_text(setting: str, text: str) -> None:
    """Raise ValueError, naming the setting, if the text has what looks like a placeholder and is none."""
    if found := _WRONG.search(text):
        raise ValueError(f"{setting} has {found[0]!r}, which is no placeholder: write {{token:13}}, counted from 1")
    for found in _LIKE.finditer(text):
        if not _PLACEHOLDER.fullmatch(found[0]) and (near := get_close_matches(found[1].lower(), _WORDS, 1, 0.8)):
            meant = "{token:13}" if near[0] == "token" else f"{{{near[0]}}}"
            raise ValueError(f"{setting} has {found[0]!r}, which is no placeholder: did you mean {meant}?")


def check_padding(pad: int) -> None:
    """Raise ValueError if so many bytes of filler are none, or too many for one event."""
    if not 1 <= pad <= MOST_PADDING:
        raise ValueError(f"pad must be at least 1 byte and at most {MOST_PADDING} (8 MiB)")


def tokens_in(text: str) -> tuple[int, ...]:
    """Return the tokens that a text stands for, in their order."""
    return tuple(int(found[1]) for found in _PLACEHOLDER.finditer(text) if found[1])


def pads_in(text: str) -> int:
    """Return how often the filler stands in a text."""
    return text.count("{pad}")


def filled(text: str, served: ServedText, *, setting: str, pad: int = 0, verbatim: bool = False) -> str:
    """Return the text with what its placeholders stand for; all other braces are its own.

    The text of a token is escaped as it stands in a JSON string, or ``verbatim``. Raises Impossible if there is no
    such token.
    """

    def one(found: re.Match[str]) -> str:
        if found[1]:
            number = int(found[1])
            if number > served.tokens:
                raise Impossible(f"{setting} has {found[0]}, but the text has {served.tokens} tokens")
            token = served.text_of(number)
            return token if verbatim else escaped(token)
        if found[2]:
            return served.generation
        return filler(pad) if pad else found[0]

    return _PLACEHOLDER.sub(one, text)


def escaped(text: str) -> str:
    """Return a text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def filler(size: int) -> str:
    """Return so many bytes that say nothing."""
    return _FILLER * size


def carries(data: bytes, token: str) -> bool:
    """Tell whether the text of a token stands in a block, however it is escaped."""
    spellings = {token, escaped(token), json.dumps(token)[1:-1]}
    return any(spelling.encode() in data for spelling in spellings)
