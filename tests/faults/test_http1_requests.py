"""What is no request of HTTP/1, and what is wrong with one."""

from __future__ import annotations

import pytest

from ssedrill_faults.http1_requests import FIRST_BYTES, other_protocol, wrong_with_head

KIB, MIB = 1024, 1024 * 1024
LENGTH, CHUNKS = b"content-length", (b"transfer-encoding", b"chunked")


def status(found: tuple[str, int] | None) -> int | None:
    """Return what is answered, None if nothing is wrong."""
    return None if found is None else found[1]


@pytest.mark.parametrize(
    ("first", "answered"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"\x16\x03", 400),
        (b"\x16", None),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r", None),
        (b"GET / HTTP/1.1\r\n", None),
        (b"PRI * HTTP/1.1\r\n", None),
        (b"", None),
    ],
)
def test_who_speaks_another_protocol(first: bytes, answered: int | None) -> None:
    """TLS and HTTP/2 are known by their first bytes, so many of them as are looked at."""
    assert status(other_protocol(first)) == status(other_protocol(first[:FIRST_BYTES])) == answered


def test_no_more_is_looked_at_than_tells() -> None:
    """The longest beginning is the first line of HTTP/2."""
    assert len(b"PRI * HTTP/2.0\r\n") == FIRST_BYTES


@pytest.mark.parametrize(("version", "answered"), [("1.1", None), ("1.0", None), ("0.9", 505), ("2.0", 505)])
def test_which_versions_are_spoken(version: str, answered: int | None) -> None:
    """Those whose number begins with a 1."""
    assert status(wrong_with_head(version, b"/", [])) == answered


def test_how_large_a_head_may_be() -> None:
    """Target, names and values together have 128 KiB at most."""
    for target, headers in (
        (b"/" * 128 * KIB, []),
        (b"/", [(b"x" * (64 * KIB - 1), b"y" * 64 * KIB)]),
        (b"/" * KIB, [(b"x" * KIB, b"y" * 62 * KIB), (b"z" * KIB, b"y" * 63 * KIB)]),
    ):
        assert wrong_with_head("1.1", target, headers) is None
        assert status(wrong_with_head("1.1", target + b"/", headers)) == 431
        assert status(wrong_with_head("1.1", target, [*headers, (b"", b"1")])) == 431
        assert status(wrong_with_head("1.1", target, [*headers, (b"a", b"")])) == 431


def test_how_large_a_body_may_be() -> None:
    """64 MiB, if the head says its length."""
    for size, answered in ((0, None), (64 * MIB, None), (64 * MIB + 1, 413)):
        assert status(wrong_with_head("1.1", b"/", [(b"host", b"here"), (LENGTH, b"%d" % size)])) == answered
    assert wrong_with_head("1.1", b"/", [CHUNKS]) is None
    assert wrong_with_head("1.1", b"/", [(b"x-size", b"%d" % (65 * MIB))]) is None


def test_a_length_and_chunks_contradict() -> None:
    """Whichever comes first, and whatever the length is."""
    for size in (b"0", b"5", b"%d" % (65 * MIB)):
        for headers in ([(LENGTH, size), CHUNKS], [CHUNKS, (b"host", b"here"), (LENGTH, size)]):
            assert status(wrong_with_head("1.1", b"/", headers)) == 400
