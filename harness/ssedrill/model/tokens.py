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
    unfinished: bool = False  # the text breaks off inside it


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


_HEX_ESCAPE = re.compile(r"(?<=\\u)[0-9a-f]{4}")


@lru_cache(maxsize=4096)
def _spellings(payload: str) -> tuple[str, ...]:
    """Return the payload as it may stand in a raw body: plain, or escaped as JSON does in any way, once or twice.

    Twice is how JSON inside a JSON string comes, such as the arguments of a tool call.
    """
    plain, ascii_only = (json.dumps(payload, ensure_ascii=ascii)[1:-1] for ascii in (False, True))
    capital = _HEX_ESCAPE.sub(lambda digits: digits[0].upper(), ascii_only)
    once = (payload, plain, ascii_only, capital, *(form.replace("/", "\\/") for form in (plain, ascii_only, capital)))
    twice = (json.dumps(form, ensure_ascii=False)[1:-1] for form in once)
    return tuple(dict.fromkeys(form + "." for form in (*once, *twice)))


def find_tokens(text: str, flavour: Flavour, *, raw: bool = False, tail: bool = False) -> Iterator[Seen]:
    """Find the tokens in what a client showed, in the order in which they stand.

    A token whose payload is damaged, and (unless ``raw``, when a token is surrounded by framing) any text that
    belongs to none, comes out with ``whole=False``. What may be a token that the text breaks off in the middle of, at
    its very end, comes out as unfinished if ``tail``, else not at all; in a raw body it may as well be framing.
    """
    tail = tail and not raw
    payloads = PAYLOADS[flavour]
    position = 0
    for core in _CORE.finditer(text):
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
            if tail:
                yield Seen("", 0, False, len(text) - 1, unfinished=True)
            return
        following = _CORE.search(text, rest_at)
        limit = following.start() if following else len(text)
        stop = text.find(".", rest_at, limit)
        position = stop + 1 if stop >= 0 else limit
        yield Seen(generation, number, False, position - 1)
    left = text[position:]
    if left and not raw and (tail or not begins_token(left)):
        yield Seen("", 0, False, len(text) - 1, unfinished=begins_token(left))


_BEGINNING = re.compile(r" (?:([a-z]{1,3})([0-9]{0,7}))?")


def begins_token(text: str) -> bool:
    """Tell whether a text may be the beginning of a token, its payload not begun."""
    return _BEGINNING.fullmatch(text) is not None


def begun_part(text: str, generation: str, number: int) -> str | None:
    """Return what of a token's name a text, found to be unfinished, has of it; None if it begins another token.

    The name is what stands before the payload.
    """
    begun = _BEGINNING.match(text)
    return begun[0] if begun is not None and f" {generation}{number}".startswith(begun[0]) else None


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
