"""The places of a page that links lead to: the same for one scenario, client and dialect in every report."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

_PLAIN = re.compile(rb"[A-Za-z0-9._-]")
LONGEST = 160
"""Characters of one name; of a longer one the beginning and a digest stand for it."""


def card(scenario: str, client: str, dialect: str = "") -> str:
    """Return the id of the evidence of a scenario and a client, or of that in one dialect."""
    return "/".join(("drill", *(_word(name) for name in (scenario, client, dialect) if name)))


def cell(scenario: str, client: str) -> str:
    """Return the id of a cell of the matrix."""
    return f"cell/{_word(scenario)}/{_word(client)}"


def row(scenario: str) -> str:
    """Return the id of a scenario's row in the matrix."""
    return f"scenario/{_word(scenario)}"


def measures(client: str) -> str:
    """Return the id of a client's measures."""
    return f"client/{_word(client)}"


@lru_cache(maxsize=8192)
def _word(name: str) -> str:
    """Return a name as an id and an address can both hold it, no two names alike: ``~20`` stands for a blank."""
    data = name.encode("utf-8", "surrogatepass")
    word = "".join(chr(byte) if _PLAIN.match(bytes([byte])) else f"~{byte:02x}" for byte in data)
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}~~{hashlib.sha256(data).hexdigest()[:16]}"
