"""Take out of messages what differs from run to run, so that two runs which did the same say the same."""

from __future__ import annotations

import re

HOST = "<host>"

_ADDRESSES = (
    # "127.0.0.1:4711", "localhost:4711", "[::1]:4711", and the bare address
    (re.compile(r"(?:\b127\.0\.0\.1|\blocalhost|\[::1\])(?::\d{1,5}\b)?", re.IGNORECASE), HOST),
    # "host='<host>', port=4711" and "('<host>', 4711)", as Python's libraries say it
    (re.compile(rf"host='{HOST}', port=\d{{1,5}}"), f"host='{HOST}'"),
    (re.compile(rf"\('{HOST}', \d{{1,5}}\)"), f"('{HOST}')"),
    # "<host> port 4711 after 3 ms", as curl says it
    (re.compile(rf"{HOST} port \d{{1,5}}"), HOST),
    (re.compile(r"\bafter \d+ (ms|milliseconds)\b"), r"after <n> \1"),
    # "<Connection object at 0x7f...>"
    (re.compile(r"\b0x[0-9a-f]{6,16}\b", re.IGNORECASE), "0x<address>"),
)


def redact(text: str) -> str:
    """Replace loopback addresses with their ports, memory addresses and measured milliseconds in a message."""
    for pattern, instead in _ADDRESSES:
        text = pattern.sub(instead, text)
    return text
