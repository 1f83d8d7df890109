"""No port and nothing else that differs from run to run gets into a journal."""

import pytest

from ssedrill.model.redacted_plan import redacted_plan
from ssedrill.model.redaction import redacted_message, without_address
from ssedrill_faults.plan import Fin, Plan, Role, Write


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


def test_the_runs_segment_is_replaced():
    """Wherever it stands, in a path, a header and a message; other digits stay."""
    run, other = "0123456789abcdef", "fedcba9876543210"
    assert without_address(f"/{run}/v1/messages?next=/{run}", 1, run) == "/<run>/v1/messages?next=/<run>"
    assert without_address(f"http://127.0.0.1:4711/{run}/", 4711, run) == "http://<host>/<run>/"
    told = redacted_message(f"no http://localhost:1/{run}/x, no /{other}", run)
    assert told == f"no http://<host>/<run>/x, no /{other}"
    assert redacted_message(f"/{run}/") == f"/{run}/"


def test_a_plan_keeps_nothing_of_the_address():
    """Even if its writes cut the address into pieces: what they say in its place stands where it began."""
    run = "0123456789abcdef"
    whole = f"Location: http://127.0.0.1:4711/{run}/x\r\n\r\nat /{run} or /{run}!".encode()
    want = b"Location: http://<host>/<run>/x\r\n\r\nat /<run> or /<run>!"
    for size in range(1, len(whole) + 1):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        plan = Plan(1, (*(Write(piece, Role.HEAD) for piece in pieces), Fin()))
        kept = redacted_plan(plan, 4711, run)
        assert kept.data == want
        assert len(kept.ops) == len(plan.ops)
    untouched = Plan(1, (Write(b"HTTP/1.1 200 OK\r\n\r\n", Role.HEAD),))
    assert redacted_plan(untouched, 4711, run) is untouched


def test_addresses_are_replaced():
    """The server's own address is replaced, another port of the same digits is not."""
    assert without_address("127.0.0.1:4711", 4711, "") == "<host>"
    assert without_address("127.0.0.1:47110", 4711, "") == "127.0.0.1:47110"
    assert without_address("http://localhost:4711/x", 4711, "") == "http://<host>/x"
