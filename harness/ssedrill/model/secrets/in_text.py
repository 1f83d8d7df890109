"""Finds what a text itself calls a secret: in URLs, headers, assignments, options and JSON, however nested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ssedrill.model.secrets.names import may_be_a_count, speaks_of_credential
from ssedrill.model.secrets.spelling import SCHEMES, scheme_of


class Span(NamedTuple):
    """Where a secret stands, and whether its value is to be looked for elsewhere too."""

    start: int
    end: int
    everywhere: bool = True


_HINT = re.compile(r"://|%2f|key|token|secret|sig|auth|pass|pw|pat|cookie|dsn|cred|sess|sid|jwt|otp|hmac|sas|webhook"
                   r"|bearer|assert|netrc|conn|websocket|%[0-9a-f]{2}", re.IGNORECASE)  # fmt: skip
"""Nothing is found in a text without one of these."""

_ENCODED = "%(?:25)*"
_USERINFO = re.compile(r"://([^\s/?#\"'<>]*)@")
_USERINFO_ENCODED = re.compile(
    rf"{_ENCODED}3a(?:{_ENCODED}2f){{2}}((?:(?!{_ENCODED}(?:2f|3f|23|40))[^\s&/?#\"'<>])+){_ENCODED}40", re.IGNORECASE
)
_COLON = re.compile(f":|{_ENCODED}3a", re.IGNORECASE)
_QUERY = re.compile(
    rf"(?:[?&;#]|{_ENCODED}(?:3f|26))((?:(?!{_ENCODED}(?:3d|26|3f))[^=&?#\s\"'<>;/]){{1,80}})(=|{_ENCODED}3d)",
    re.IGNORECASE,
)
_QUERY_END = re.compile(r"[&#\s\"'<>]|$")
_QUERY_END_ENCODED = re.compile(rf"{_ENCODED}(?:26|23)|[&#\s\"'<>]|$", re.IGNORECASE)
_QUOTED_NAME = re.compile(r"(?P<b>\\{0,8})(?P<q>[\"'])(?P<name>[\w%.\-\[\]]{1,80})(?P=b)(?P=q)\s{0,9}[:=]\s{0,9}")
_TUPLE = re.compile(
    r"[(\[]\s{0,9}[bBrRuU]{0,2}(?P<b>\\{0,8})(?P<q>[\"'])(?P<name>[\w%.\-\[\]]{1,80})(?P=b)(?P=q)\s{0,9},\s{0,9}"
)
_NAME = re.compile(
    r"(?<![\w%.\-])(?P<dash>--?)?(?P<name>[A-Za-z_%][\w%.\-]{0,80}?(?:\[[\w%\-]{0,40}\])*)"
    r"(?P<between>\s{0,3}(?: (?:given|provided|supplied|used))?(?::|=>?)[ \t]*(?=\S)|(?(dash)[ \t]+(?=\S)|(?!)))"
)
_QUOTE = re.compile(r"[bBrRuU]{0,2}(?P<b>\\{0,8})(?P<q>[\"'])")
_WORD_END = re.compile(r"[\s&;,\"'<>)\]}|]|$")
_OPTION_END = re.compile(r"[\s\"'<>]|$")
_LINE_ENDS = {quote: re.compile(rf"[\r\n{quote}]|$") for quote in ("", "'", '"')}
_LIST = re.compile(r"[\[(]([^\])]{0,2000})[\])]")
_BEARER = re.compile(r"\bbearer[ \t]+([\w\-.~+/=]{8,})", re.IGNORECASE)
_PROSE = re.compile(r"[a-z]{1,11}$")
_COUNT = re.compile(r"\d{1,7}(?:\.\d+)?$")
_WHOLE_LINE = ("cookie", "digest", "aws4-hmac-sha256")
PLACEHOLDER = re.compile(r"(?:\{\w*\}|\$\w+|\$\{\w+\}|<secret \d+>|\*|\.{3}|…)+$")
"""Values that stand for a secret and are none."""


def in_text(text: str, *, command: bool = False) -> list[Span]:
    """Return where secrets stand, as far as the text itself names them. In a ``command`` nothing is prose."""
    if not _HINT.search(text):
        return []
    spans = [*_in_urls(text), *_in_queries(text), *_named(text, command)]
    spans += [Span(*found.span(1)) for found in _BEARER.finditer(text)]
    if command:
        spans += _in_options(text)
    return [span for span in spans if _is_value(text[span.start : span.end])]


def _is_value(value: str) -> bool:
    return any(map(str.isalnum, value)) and not PLACEHOLDER.match(value) and value.lower() not in SCHEMES


def _in_urls(text: str) -> Iterator[Span]:
    for pattern in (_USERINFO, _USERINFO_ENCODED):
        for found in pattern.finditer(text):
            start, end = found.span(1)
            if colon := _COLON.search(text, start, end):
                yield Span(start, colon.start(), everywhere=False)
                start = colon.end()
            yield Span(start, end)


def _in_queries(text: str) -> Iterator[Span]:
    at = 0
    while found := _QUERY.search(text, at):
        at = found.end()
        if speaks_of_credential(found[1]):
            ends = _QUERY_END if found[2] == "=" else _QUERY_END_ENCODED
            end = ends.search(text, at)
            start, at = at, end.start() if end else len(text)
            if not _counts(found[1], text[start:at]):
                yield Span(start, at)


def _named(text: str, command: bool) -> Iterator[Span]:
    for pattern in (_QUOTED_NAME, _TUPLE, _NAME):
        at = 0
        while found := pattern.search(text, at):
            at = found.end()
            if not speaks_of_credential(found["name"]):
                continue
            if pattern is not _NAME:
                spans = list(_value(text, at, found["name"], prose=False))
            else:
                around = "-" if found["dash"] else text[max(found.start() - 1, 0) : found.start()]
                prose = "=" not in found["between"] and not command
                spans = list(_value(text, at, found["name"], prose=prose, around=around))
            yield from spans
            at = max((at, *(span.end for span in spans)))  # never over the same text again: it may be long


def _value(text: str, at: int, name: str, *, prose: bool, around: str = "") -> Iterator[Span]:
    """Give the value that begins here, without quotes and scheme; ``around`` is what stands before the name."""
    if listed := _LIST.match(text, at):
        for item in re.finditer(r"(?:[^\s,\"']|(?<=\w) (?=\w))+", listed[1]):
            yield _schemed(text, listed.start(1) + item.start(), listed.start(1) + item.end())
        return
    if quoted := _QUOTE.match(text, at):
        closing = re.compile(rf"(?<!\\){re.escape(quoted['b'])}{quoted['q']}").search(text, quoted.end())
        yield _schemed(text, quoted.end(), closing.start() if closing else len(text))
        return
    start = at + len(scheme_of(text[at : at + 40]))
    line = "cookie" in name.lower() or text[at : at + 40].lower().startswith(_WHOLE_LINE)
    ends = _LINE_ENDS.get(around, _LINE_ENDS[""]) if line else _OPTION_END if around == "-" else _WORD_END
    end = ends.search(text, start)
    value = text[start : end.start() if end else len(text)].rstrip(".!?")
    if not _counts(name, value) and not (prose and start == at and _PROSE.match(value)):
        yield Span(start, start + len(value), everywhere=not line)


def _schemed(text: str, start: int, end: int) -> Span:
    return Span(start + len(scheme_of(text[start:end])), end)


def _in_options(text: str) -> Iterator[Span]:
    """Find what curl and its like call by a letter: ``-u user:password``."""
    for found in re.finditer(r"(?<!\S)(?:-u|-U|--user|--proxy-user)[ =]?[\"']?([^\s:\"']+):([^\s\"']+)", text):
        yield Span(*found.span(2))


def _counts(name: str, value: str) -> bool:
    return may_be_a_count(name) and _COUNT.match(value) is not None
