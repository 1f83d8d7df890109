"""A program that waits in a blocking read comes out of it when it is the programs' turn, as out of any other wait."""

from __future__ import annotations

import shutil
import sys

import pytest

from ssedrill.clock.programs.preloadable import why_not_preloadable
from support.virtualdrill import drill_program

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or why_not_preloadable([sys.executable]) is not None,
    reason="there is no C compiler, or no virtual programs",
)

READS = """
import os, socket, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
sock = socket.create_connection((url.hostname, url.port))
sock.send(b"GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n")
for _ in range(3):
    print(len({read}), flush=True)
"""
PARTS = [b"x" * 10 for _ in range(4)]
HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    "read",
    [
        "sock.recv(9999)",
        "sock.recvfrom(9999)[0]",
        "sock.recvmsg(9999)[0]",
        "os.read(sock.fileno(), 9999)",
    ],
)
def test_what_is_written_at_one_moment_is_read_at_once(read):
    """Else it would be chance how much of it is there when the program looks."""
    step = (HEAD, *PARTS, 1.0, *PARTS, 1.0, *PARTS)
    first = len(HEAD) + 40
    for _ in range(10):
        done = drill_program([sys.executable, "-c", READS.format(read=read), "{url}"], [step]).result
        assert done == (0, [(0.0, f"{first}\n"), (1.0, "40\n"), (2.0, "40\n")])
