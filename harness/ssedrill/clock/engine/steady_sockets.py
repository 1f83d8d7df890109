"""Sockets of which nothing goes by real time."""

from __future__ import annotations

import socket

BUFFER = 64 * 1024
"""Fixed kernel buffers for every socket: the kernel's own tuning of them goes by real time."""


def prepare(sock: socket.socket) -> None:
    """Take everything out of a TCP socket that goes by real time."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
