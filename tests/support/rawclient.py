"""A blocking socket client that notes what every recv() gave and how the connection ended."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from support.patience import HANG_S

Ending: TypeAlias = Literal["eof", "reset", "timeout", "enough", "refused"]

GET = b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def post(body: bytes, *headers: str) -> bytes:
    """Return a POST request."""
    lines = ["POST /v1/messages HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Heard:
    """What came over the wire."""

    pieces: list[bytes] = field(default_factory=list)  # one for each recv()
    times: list[float] = field(default_factory=list)  # time.monotonic() of each
    ending: Ending = "timeout"
    ended: float = 0.0

    @property
    def data(self) -> bytes:
        """All bytes, joined."""
        return b"".join(self.pieces)


def connect(port: int, timeout: float = HANG_S, receive_buffer: int | None = None) -> socket.socket:
    """Connect to the drill server; raises ConnectionRefusedError."""
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(timeout)
    try:
        sock.connect(("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return sock


def listen(sock: socket.socket, enough: int | None = None, size: int = 1 << 20) -> Heard:
    """Receive until the end, the socket's timeout, or ``enough`` bytes."""
    heard = Heard()
    total = 0
    while True:
        try:
            piece = sock.recv(size if enough is None else min(size, enough - total))
        except ConnectionResetError:
            heard.ending = "reset"
        except TimeoutError:
            heard.ending = "timeout"
        else:
            if piece:
                heard.pieces.append(piece)
                heard.times.append(time.monotonic())
                total += len(piece)
                if enough is None or total < enough:
                    continue
                heard.ending = "enough"
            else:
                heard.ending = "eof"
        heard.ended = time.monotonic()
        return heard


def silence(sock: socket.socket, seconds: float) -> Heard:
    """Listen on, for so many seconds in which nothing comes: what was heard ends with ``timeout``, or it was none."""
    sock.settimeout(seconds)
    return listen(sock)


def wait_for_unread(sock: socket.socket, size: int) -> None:
    """Return when the kernel holds at least so many bytes that were not received, without receiving them."""
    end = time.monotonic() + HANG_S
    while struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0] < size:
        assert time.monotonic() < end, "the bytes did not come"
        time.sleep(0.001)


def ask(port: int, request: bytes = GET, timeout: float = HANG_S) -> Heard:
    """Connect, send a request, listen to the end, close."""
    try:
        sock = connect(port, timeout)
    except ConnectionRefusedError:
        return Heard(ending="refused", ended=time.monotonic())
    except ConnectionResetError:  # accepted and reset before connect() had returned
        return Heard(ending="reset", ended=time.monotonic())
    with sock:
        try:
            sock.sendall(request)
        except ConnectionResetError:  # told once: a recv() after it would say end of file
            return Heard(ending="reset", ended=time.monotonic())
        except BrokenPipeError:
            pass
        return listen(sock)
