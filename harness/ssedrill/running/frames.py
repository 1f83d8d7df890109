"""Messages over a pipe: eight bytes of length, then so many bytes."""

from __future__ import annotations

import os

HEAD_BYTES = 8
MOST_BYTES = 2 * 1024**3
"""A longer message is none: the largest run that a scenario may ask for is shorter."""


class Garbled(ValueError):
    """What came is no message."""


def framed(body: bytes) -> bytes:
    """Return a message as it goes over the pipe."""
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def first_of(data: bytes | bytearray) -> bytes | None:
    """Return the message that the data begins with, or None while it is not whole; raises Garbled."""
    if len(data) < HEAD_BYTES:
        return None
    length = int.from_bytes(data[:HEAD_BYTES], "big")
    if length > MOST_BYTES:
        raise Garbled(f"a message of {length} bytes")
    return bytes(data[HEAD_BYTES : HEAD_BYTES + length]) if len(data) >= HEAD_BYTES + length else None


def send(fd: int, body: bytes) -> None:
    """Write a message, waiting for room."""
    for left in (memoryview(len(body).to_bytes(HEAD_BYTES, "big")), memoryview(body)):  # not joined: it may be large
        while left:
            left = left[os.write(fd, left) :]


def receive(fd: int) -> bytes | None:
    """Wait for a message and return it; None if the other end was closed."""
    head = _exactly(fd, HEAD_BYTES)
    return None if head is None else _exactly(fd, int.from_bytes(head, "big"))


def _exactly(fd: int, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        more = os.read(fd, count - len(data))
        if not more:
            return None
        data += more
    return bytes(data)
