"""How long a body is by its head."""

from __future__ import annotations

import pytest

from ssedrill.judging.contents import said_length
from ssedrill_faults.plan import Role, Write


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ("Content-Length: 5", 5),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", None),
        ("Content-Length: 5x", None),
        ("Content-Length: -5", None),
        ("Content-Type: text/event-stream", None),
    ],
)
def test_a_length_is_a_number_and_chunks_come_before_it(headers: str, length: int | None) -> None:
    """RFC 9112, 6.3: chunks are ended by the last of them, whatever number stands beside."""
    head = Write(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode(), Role.HEAD)
    assert said_length([head, Write(b"12345", Role.BODY)]) == length
