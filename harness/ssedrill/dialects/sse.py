"""How writers spell what all dialects share: SSE blocks, compact JSON, made-up ids, waits."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Any

from ssedrill_faults.plan import Frame, Role

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SECONDS = re.compile(r"(-?[0-9]{1,15}(\.[0-9]{1,15})?)s?")

STREAM_TYPE = ("Content-Type", "text/event-stream; charset=utf-8")
NO_CACHE = ("Cache-Control", "no-cache")
JSON_TYPE = ("Content-Type", "application/json")


def to_json(value: Any) -> str:
    """Spell a value as the providers do: no spaces, and characters beyond ASCII as they are."""
    return _ENCODER.encode(value)


def block(line_end: str, *fields: tuple[str, str]) -> bytes:
    """Return one SSE block of these fields, in this order, with the empty line that ends it."""
    return ("".join(f"{name}: {value}{line_end}" for name, value in fields) + line_end).encode()


def comment_frame(line_end: str, text: str) -> Frame:
    """Return a comment, which every SSE decoder skips, as a ping."""
    return Frame(f": {text}{line_end}{line_end}".encode(), Role.PING)


@lru_cache(maxsize=1024)
def made_up_id(prefix: str, generation: str, length: int) -> str:
    """Return an id that looks like a provider's and depends on nothing but these arguments.

    It is hexadecimal and joined to its prefix, so no token can be seen in it.
    """
    digest = hashlib.sha256(f"ssedrill/{prefix}/{generation}".encode()).hexdigest()
    return prefix + digest[:length]


def wait_value(retry_after: str) -> int | float | str:
    """Return a wait as most gateways put it into JSON: a number of seconds; the words themselves if it is none.

    A duration that is spelled ``30s`` is the number 30.
    """
    match = _SECONDS.fullmatch(retry_after)
    if match is None:
        return retry_after
    return float(match[1]) if match[2] else int(match[1])
