"""A program that waits in a blocking read comes out of it when it is the programs' turn, as out of any other wait."""

from __future__ import annotations

import errno
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


INTERRUPTED = """
import ctypes, signal, socket, sys, threading, time, urllib.parse
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.siginterrupt(signal.SIGUSR1, {interrupts})
url = urllib.parse.urlsplit(sys.argv[1])
sock = socket.create_connection((url.hostname, url.port))
sock.send(b"GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n")
sock.recv(9999)
reader = threading.get_ident()
threading.Thread(target=lambda: (time.sleep(0.5), signal.pthread_kill(reader, signal.SIGUSR1))).start()
libc = ctypes.CDLL(None, use_errno=True)
got = libc.recv(sock.fileno(), ctypes.create_string_buffer(99), 99, 0)
print(got, ctypes.get_errno() if got < 0 else "", flush=True)
"""


@pytest.mark.parametrize(("interrupts", "told"), [(True, (0.5, f"-1 {errno.EINTR}\n")), (False, (1.0, "10 \n"))])
def test_a_signal_interrupts_a_read_as_its_handler_wishes(interrupts, told):
    """With SA_RESTART the read goes on (signal(7)), if there is no other handler that may have been called."""
    code = INTERRUPTED.format(interrupts=interrupts)
    done = drill_program([sys.executable, "-c", code, "{url}"], [(HEAD, 1.0, PARTS[0])]).result
    assert done == (0, [told])
