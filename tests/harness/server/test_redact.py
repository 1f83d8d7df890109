"""No secret and no port gets into a journal."""

from ssedrill.server.redact import redacted_headers, redacted_path


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
