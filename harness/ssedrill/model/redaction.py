"""Keep what differs from run to run out of journals: two runs that did the same say the same.

Headers and request targets are redacted knowing the server's port; a message may name any loopback address. The
segment of the run's own address is known, and goes wherever it stands. Secrets are another thing, see ``secrets/``.
"""

from __future__ import annotations

import re

HOST = "<host>"
OTHER_HOST = "<other host>"
RUN = "<run>"

_HOST_AND_PORT = re.compile(r"(?:127\.0\.0\.1|localhost):(\d+)\b")
_IN_MESSAGES = (
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


def redacted_message(text: str, run: str = "") -> str:
    """Replace the run's address, loopback addresses with their ports, memory addresses and measured milliseconds."""
    text = _without_run(text, run)
    for pattern, instead in _IN_MESSAGES:
        text = pattern.sub(instead, text)
    return text


def without_address(text: str, port: int, run: str, other_port: int = 0) -> str:
    """Replace the server's own host, under either of its ports, and the segment of the run's address."""
    for own, instead in ((port, HOST), (other_port, OTHER_HOST)):
        if own and f":{own}" in text:
            text = _with_host(text, str(own), instead)
    return _without_run(text, run)


def _with_host(text: str, port: str, instead: str) -> str:
    return _HOST_AND_PORT.sub(lambda found: instead if found[1] == port else found[0], text)


def _without_run(text: str, run: str) -> str:
    return text.replace(run, RUN) if run else text
