"""What the system calls alone cost: one thread that serves one connection after the other, a sendall per event."""

from __future__ import annotations

import os
import socket
import sys
import threading

from bench.servers.control import listening
from bench.streams import KINDS, segments

STREAMS = {path: segments(KINDS[path].plan) for path in sys.argv[1:]}
LISTENER = listening()


def obey() -> None:
    """Print the port at every line on standard input, end the process at its end."""
    for _ in sys.stdin:
        print(LISTENER.getsockname()[1], flush=True)
    os._exit(0)


threading.Thread(target=obey, daemon=True).start()
while True:
    connection, _ = LISTENER.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            data = connection.recv(65536)
            if not data:
                break
            request += data
        else:
            for part in STREAMS[request.split(b" ", 2)[1].decode()]:
                connection.sendall(part)
