"""Messages lose what differs from run to run, and nothing else."""

import pytest

from ssedrill.drivers.redact import redact


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
def test_redact(message, expected):
    """Loopback addresses, ports, object addresses and measured times go; the rest stays."""
    assert redact(message) == expected
