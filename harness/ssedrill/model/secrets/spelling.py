"""The ways in which one value may be written: as it is, percent-encoded, and escaped as in JSON or in Python."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus, unquote

SCHEMES = frozenset(["apikey", "basic", "bearer", "digest", "key", "negotiate", "token"])
"""Words that stand before a credential in a header's value and are no part of it."""

_SCHEMED = re.compile(rf"\s*(?:{'|'.join(sorted(SCHEMES))})[ \t]+(?=\S)", re.IGNORECASE)


def scheme_of(value: str) -> str:
    """Return the scheme before a credential, with the space behind it, or nothing."""
    found = _SCHEMED.match(value)
    return "" if found is None else found[0]


def plain(value: str) -> str:
    """Return the value that all its spellings are spellings of."""
    return unquote(value.strip()) if "%" in value else value.strip()


@lru_cache(1024)
def spellings(value: str) -> frozenset[str]:
    """Return how a value may be found in paths, messages and dumps."""
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    lower = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), one) for one in encoded}
    twice = {quote(one, safe="") for one in encoded}
    dumped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    return frozenset({value, *encoded, *lower, *twice, *dumped, escape(value)})
