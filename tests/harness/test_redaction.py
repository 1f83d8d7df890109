"""No secret, no port and nothing else that differs from run to run gets into a journal."""

import pytest

from ssedrill.model.redaction import redacted_headers, redacted_message, redacted_path


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("http://127.0.0.1:41234/v1/messages", "http://<host>/v1/messages"),
        ("Cannot connect to host localhost:4711 ssl:default", "Cannot connect to host <host> ssl:default"),
        ("[::1]:80", "<host>"),
        ("('127.0.0.1', 4711)", "('<host>')"),
        (
            "HTTPConnectionPool(host='127.0.0.1', port=41234): <urllib3.C object at 0x7f12ab34cd>",
            "HTTPConnectionPool(host='<host>'): <urllib3.C object at 0x<address>>",
        ),
        (
            "curl: (7) Failed to connect to 127.0.0.1 port 41234 after 3 ms: Couldn't connect to server",
            "curl: (7) Failed to connect to <host> after <n> ms: Couldn't connect to server",
        ),
        ("status 503 at 12:30, id 4711, 10.0.0.1:80", "status 503 at 12:30, id 4711, 10.0.0.1:80"),
    ],
)
def test_messages(message, expected):
    """Loopback addresses, ports, object addresses and measured times go; the rest stays."""
    assert redacted_message(message) == expected


def test_secret_headers_are_replaced():
    """Every header that carries a credential loses its value, the others keep theirs."""
    names = ("authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie")
    kept = redacted_headers((*((name, "s3cret") for name in names), ("accept", "text/event-stream")), 1)
    assert kept == (*((name, "<secret>") for name in names), ("accept", "text/event-stream"))


def test_addresses_are_replaced():
    """The server's own address is replaced, another port of the same digits is not."""
    assert redacted_headers((("host", "127.0.0.1:4711"),), 4711) == (("host", "<host>"),)
    assert redacted_headers((("host", "127.0.0.1:47110"),), 4711) == (("host", "127.0.0.1:47110"),)
    assert redacted_path("http://localhost:4711/x", 4711) == "http://<host>/x"


def test_keys_in_the_query_are_replaced():
    """A key in the query is a secret too."""
    assert redacted_path("/v1?alt=sse&key=AIza123&x=1", 1) == "/v1?alt=sse&key=<secret>&x=1"
