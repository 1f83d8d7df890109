"""Files that were damaged on purpose: cut, bits turned, things left out, repeated, or of another kind."""

from __future__ import annotations

import json
import random
from typing import Any

HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 10**30, 1e308, -1e308, 0.5, "", "x", "inf", "nan", "../../etc/passwd",
    "<script>alert(1)</script>", "\x1b[2J\x1b]0;x\x07", "\ud800", "\u202e", "\0", [], {}, [[]], {"type": "x"},
    {"base64": "!"}, {"base64": "AAAA"}, "z" * 10_000, [1] * 1000, 10**9,
)  # fmt: skip


HOSTILE_BYTES = (b"\0", b"\xff", b"\x1b", b"[" * 5000, b"9" * 5000, b"NaN", b"1e999", b'"')


def damaged_bytes(good: bytes, chance: random.Random) -> bytes:
    """Return bytes that differ from good ones in one to three places, or end early."""
    data = bytearray(good)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(5):
            case 0:
                del data[at:]
            case 1 if data:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at : at + chance.choice((1, 10, 200))]
            case 3:
                data[at:at] = data[at : at + chance.choice((1, 10, 200))]
            case _:
                data[at:at] = chance.choice(HOSTILE_BYTES)
    return bytes(data)


def damaged_json(good: str, chance: random.Random) -> str:
    """Return JSON with one to three values replaced, left out, given twice or moved to where they don't belong."""
    body = json.loads(good)
    for _ in range(chance.randint(1, 3)):
        holder, key = _somewhere(body, chance)
        if holder is None:
            break
        alike = [value for value in HOSTILE_VALUES if type(value) is type(holder[key])]
        match chance.randrange(5):
            case 4 if alike:
                holder[key] = chance.choice(alike)
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.insert(key, holder[key])
            case 2:
                other, name = _somewhere(body, chance)
                if other is not None:
                    holder[key] = json.loads(json.dumps(other[name]))
            case _:
                holder[key] = chance.choice(HOSTILE_VALUES)
    return json.dumps(body)


def _somewhere(body: Any, chance: random.Random) -> tuple[Any, Any]:
    """Return a list or an object somewhere inside, and one of its keys; (None, None) if there is none."""
    found: tuple[Any, Any] = (None, None)
    while isinstance(body, list | dict) and body:
        key = chance.randrange(len(body)) if isinstance(body, list) else chance.choice(list(body))
        found = (body, key)
        body = body[key]
        if chance.random() < 0.15:
            break
    return found
