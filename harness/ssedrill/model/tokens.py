"""Tokens that can be recognised in any piece of what a client shows.

A token is `` a12.`` with a payload between number and full stop: a space, the letters of its generation, its number,
the payload, the full stop. The letters and digits are plain ASCII, so they survive every way in which a client can
garble the rest; the full stop tells a whole token from one that was cut. The payload (nothing, Thai, emoji, or
characters that JSON and SSE decoders trip over) is a function of the number alone, so damage to it is seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ssedrill.model.scenario import Flavour

PAYLOADS: dict[Flavour, tuple[str, ...]] = {
    Flavour.ASCII: ("",),
    Flavour.THAI: ("กำลังคิด", "ภาษาไทย", "น้ำใจ", "เก่งที่สุด", "ผู้ใหญ่"),
    Flavour.EMOJI: ("🚒", "👩‍🚒", "🧯🔥", "🏳️‍🌈", "👨‍👩‍👧‍👦"),
    Flavour.HOSTILE: ('"', "\\", "\n", "\u2028x\u2029", "\u0085", '{"a":[', "data: x", "\\u0041", "\t\x0b", "<b>&"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A token, or something that is none, found in a client's text."""

    generation: str
    number: int  # 0 for text that is no token
    whole: bool  # exactly as it was served
    at: int  # offset of its last character in the text


def generation_name(index: int) -> str:
    """Return the letters of generation ``index`` (from 0): a, b, ..., z, ba, bb, ..."""
    letters = ""
    while True:
        letters = chr(ord("a") + index % 26) + letters
        index //= 26
        if not index:
            return letters


def token_text(generation: str, number: int, flavour: Flavour) -> str:
    """Return what token ``number`` of a generation looks like."""
    payloads = PAYLOADS[flavour]
    return f" {generation}{number}{payloads[number % len(payloads)]}."


_CORE = re.compile(r" ([a-z]{1,3})([1-9][0-9]{0,6})(?![0-9])")
_HANDED_BACK = re.compile(r"(?<![A-Za-z0-9_-])([a-z]{1,3})([1-9][0-9]{0,6})(?![0-9])")
_DAMAGED = re.compile(r"[^\sA-Za-z0-9.]{0,40}\.")


@lru_cache(maxsize=4096)
def _spellings(payload: str) -> tuple[str, ...]:
    """Return the payload as it may stand in a raw body: plain, or escaped as JSON does in either way."""
    escaped = (json.dumps(payload, ensure_ascii=ascii)[1:-1] for ascii in (False, True))
    return tuple(dict.fromkeys((payload + ".", *(form + "." for form in escaped))))


def find_tokens(text: str, flavour: Flavour, *, raw: bool = False) -> Iterator[Seen]:
    """Find the tokens in what a client showed, in the order in which they stand.

    A token whose payload is damaged, and (unless ``raw``, when a token is surrounded by framing) any text that
    belongs to none, comes out with ``whole=False``. A token that the text breaks off in the middle of, at its very
    end, is not reported: a client that says so in time has done nothing wrong.
    """
    payloads = PAYLOADS[flavour]
    position = 0
    for core in _CORE.finditer(text):
        if core.start() < position:
            continue
        if not raw and core.start() > position:
            yield Seen("", 0, False, core.start() - 1)
        generation, number = core[1], int(core[2])
        payload = payloads[number % len(payloads)]
        spellings = _spellings(payload) if raw else (payload + ".",)
        rest_at = core.end()
        found = next((s for s in spellings if text.startswith(s, rest_at)), None)
        if found is not None:
            position = rest_at + len(found)
            yield Seen(generation, number, True, position - 1)
            continue
        if any(len(text) - rest_at < len(s) and s.startswith(text[rest_at:]) for s in spellings):
            return
        following = _CORE.search(text, rest_at)
        limit = following.start() if following else len(text)
        stop = text.find(".", rest_at, limit)
        position = stop + 1 if stop >= 0 else limit
        yield Seen(generation, number, False, position - 1)
    left = text[position:]
    if left and not raw and not re.fullmatch(r" ([a-z]{1,3}[0-9]{0,7})?", left):
        yield Seen("", 0, False, len(text) - 1)


def last_token(text: str) -> tuple[str, int] | None:
    """Return generation and number of the last whole-looking token in a text, for answers that are continued.

    A client may have trimmed the text, so the space before a token is not asked for; one whose payload was damaged
    on the way still counts, one that the text breaks off in does not.
    """
    for core in reversed(list(_HANDED_BACK.finditer(text))):
        number = int(core[2])
        payloads = (choices[number % len(choices)] + "." for choices in PAYLOADS.values())
        if any(text.startswith(payload, core.end()) for payload in payloads) or _DAMAGED.match(text, core.end()):
            return core[1], number
    return None
