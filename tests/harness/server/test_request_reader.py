"""Requests are read the same however their bytes are cut."""

import pytest

from ssedrill.server.http1.request_reader import Malformed, RequestReader

REQUEST = b"POST /v1/chat HTTP/1.1\r\nHost: a\r\nX-Api-Key: k\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"


@pytest.mark.parametrize("raw", [REQUEST, CHUNKED], ids=["length", "chunked"])
def test_whole_byte_by_byte_and_with_trailing_bytes(raw):
    """A request is complete at its last byte, and what follows it is kept."""
    whole = RequestReader().feed(raw)
    assert whole is not None
    assert whole.body == b"hello"

    reader = RequestReader()
    assert all(reader.feed(raw[i : i + 1]) is None for i in range(len(raw) - 1))
    assert reader.feed(raw[-1:]) == whole

    reader = RequestReader()
    assert reader.feed(raw + b"GET / HTT") == whole
    assert reader.rest == b"GET / HTT"


def test_header_names_are_lower_case():
    """Header names come out in lower case, values as they were."""
    assert ("x-api-key", "k") in RequestReader().feed(REQUEST).headers


@pytest.mark.parametrize(
    ("raw", "closes"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\n\r\n", True),
    ],
)
def test_tells_whether_the_client_wants_it_closed(raw, closes):
    """HTTP/1.0 and Connection: close both ask for an end after the answer."""
    assert RequestReader().feed(raw).wants_close is closes


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/stream?a=1", "/stream?a=1"),
        ("http://127.0.0.1:8000/stream?a=1", "/stream?a=1"),
        ("HTTPS://host/v1/messages", "/v1/messages"),
        ("http://host", "/"),
        ("http://host?a=1", "/?a=1"),
        ("/http://host/x", "/http://host/x"),
        ("*", "*"),
    ],
)
def test_a_whole_url_asks_for_its_path(target, path):
    """A client may send the absolute form of a target, and means what stands behind the host."""
    assert RequestReader().feed(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()).path == path


@pytest.mark.parametrize(("version", "old"), [("1.0", True), ("1.1", False)])
def test_tells_a_client_of_http_1_0(version, old):
    """What can be answered depends on it."""
    assert RequestReader().feed(f"GET / HTTP/{version}\r\nHost: a\r\n\r\n".encode()).http_1_0 is old


def test_asks_to_go_on_once():
    """A client that expects 100-continue is to be told so exactly once, before its body."""
    reader = RequestReader()
    assert reader.feed(REQUEST[: REQUEST.index(b"\r\n\r\n")] + b"\r\nExpect: 100-continue\r\n\r\n") is None
    assert reader.go_on()
    assert not reader.go_on()
    assert reader.feed(b"hello").body == b"hello"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000,
    ],
    ids=["tls", "http2", "no-host", "http0.9", "negative-length", "endless-head"],
)
def test_what_is_no_request_says_so(raw):
    """Garbage raises Malformed and nothing else."""
    with pytest.raises(Malformed):
        RequestReader().feed(raw)
