"""Every built-in client, with the library it is made of, against a server that is no part of the harness."""

import os
import subprocess
import sys

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.tinyserver import TEXT, WORDS, cut, drive, healthy, refused

CELLS = [(client, dialect) for client in CLIENTS.values() for dialect in client.dialects]
NAMED = [f"{client.name}-{dialect}" for client, dialect in CELLS]


@pytest.mark.parametrize("client", CLIENTS.values(), ids=lambda client: client.name)
def test_available_with_a_version(client):
    """Every built-in client can be run where the extra is installed, and says which version it is."""
    found = client.driver.probe()
    assert found.available, found.why
    assert found.version[0].isdigit()


@pytest.mark.parametrize(("client", "dialect"), CELLS, ids=NAMED)
def test_healthy_stream_is_shown_exactly(client, dialect):
    """On a healthy stream a client shows the text character by character and claims that it is complete."""
    told = drive(client.driver, dialect)
    assert told.kinds == ["done"]
    assert len(told.asked) == 1
    if client.name == "curl":
        assert told.journal.raw
        assert told.text.encode() == healthy(dialect).data.partition(b"\r\n\r\n")[2].partition(b"\r\n")[2][:-7]
    else:
        assert told.text == TEXT


@pytest.mark.parametrize(("client", "dialect"), CELLS[3:], ids=NAMED[3:])
def test_reset_is_raised(client, dialect):
    """After a reset in mid-stream no client but the reference, which is tested elsewhere, claims to be complete."""
    told = drive(client.driver, dialect, [cut(dialect, 3, "reset"), healthy(dialect)])
    assert client.name != "reference"
    assert told.kinds == ["error"]
    assert "".join(WORDS[:3]) in told.text or told.journal.raw
    assert "127.0.0.1" not in told.error[1]


@pytest.mark.parametrize("name", ["anthropic", "anthropic-sync", "openai", "openai-sync", "reference"])
def test_rate_limit_is_waited_out(name):
    """Clients that retry by themselves keep Retry-After and then show the answer once."""
    client = next(client for client in CLIENTS.values() if client.name == name)
    dialect = client.dialects[-1]
    replies = [refused("429 Too Many Requests", Retry_After="1"), healthy(dialect)]
    told = drive(client.driver, dialect, replies, clock=VirtualClock())
    assert told.kinds[-1] == "done"
    assert told.text == TEXT
    assert told.seconds >= 1.0


@pytest.mark.parametrize(
    "client", [one for one in CLIENTS.values() if one.name != "curl"], ids=lambda client: client.name
)
def test_patience_is_the_read_timeout(client):
    """A client that is given half a second of patience does not sit through silence until the deadline."""
    dialect = client.dialects[-1]
    replies = [cut(dialect, 2, "hang")]
    told = drive(client.driver, dialect, replies, patience_s=0.5, deadline_s=4, clock=VirtualClock())
    assert not told.journal.stopped
    assert told.kinds[-1] == "error"


def test_importing_the_table_imports_no_library():
    """The table names the clients without loading what they are made of, so that listing stays quick."""
    code = (
        "import ssedrill.clients, sys; "
        "sys.exit(any(m in sys.modules for m in ('anthropic', 'openai', 'httpx_sse', 'httpx', 'requests')))"
    )
    assert subprocess.run([sys.executable, "-c", code], env=_with_path(), check=False).returncode == 0


def _with_path():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
