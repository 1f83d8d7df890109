"""Clients that leave a stream early, each in another way, and then ask again and show the whole answer.

What a client had read when it left is the kernel's to tell, and the kernel does some of its work by real time.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from urllib.parse import urlsplit

import aiohttp
import httpx

TOKENS, EVERY_S = 8, 0.01


def address(url):
    """Return host and port of a URL, and the request for it."""
    parts = urlsplit(url)
    ask = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n\r\n"
    return (parts.hostname, parts.port), ask.encode()


def shown(body):
    """Return the text of an answer."""
    lines = body.splitlines()
    return "".join(json.loads(line[6:]).get("text", "") for line in lines if line.startswith("data: {"))


async def whole(url):
    """Ask, and return the text of the answer."""
    async with httpx.AsyncClient(timeout=30.0) as http:
        return shown((await http.get(url)).text)


async def httpx_after_the_head(target):
    """Leave when the head is there, and the first token with it."""
    async with httpx.AsyncClient() as http, http.stream("GET", target.url):
        pass
    yield await whole(target.url)


async def aiohttp_after_the_head(target):
    """The same by another library, which closes at once."""
    async with aiohttp.ClientSession() as http, http.get(target.url):
        pass
    yield await whole(target.url)


async def streams_at_a_write(target):
    """Close at the very moment at which the server writes a token, without waiting for the close."""
    where, ask = address(target.url)
    reader, writer = await asyncio.open_connection(*where)
    writer.write(ask)
    await reader.readline()
    await asyncio.sleep(3 * EVERY_S)
    writer.close()
    yield await whole(target.url)


async def two_at_once(target):
    """One of two streams leaves while the other goes on."""
    going_on = asyncio.ensure_future(whole(target.url))
    async with httpx.AsyncClient() as http, http.stream("GET", target.url) as answer:
        async for _ in answer.aiter_lines():
            break
    yield await going_on


def blocking(leave):
    """Return a client that leaves as ``leave`` does, given a socket on which an answer has begun."""

    def client(target):
        where, ask = address(target.url)
        with socket.create_connection(where, timeout=30.0) as sock:
            sock.sendall(ask)
            sock.recv(1)
            leave(sock)
        yield shown(httpx.get(target.url, timeout=30.0).text)

    client.__name__ = leave.__name__
    return client


def with_unread_bytes(sock):
    """Close while bytes lie there unread: that is a reset."""
    threading.Event().wait(3.5 * EVERY_S)


def in_order(sock):
    """Say goodbye first, and read what comes up to then."""
    sock.recv(65536)
    sock.shutdown(socket.SHUT_WR)


def in_order_with_unread_bytes(sock):
    """Say goodbye in an orderly way, and have the kernel reset the connection by closing it."""
    threading.Event().wait(2.5 * EVERY_S)
    sock.shutdown(socket.SHUT_WR)


def by_another_thread(sock):
    """Have the connection shut down by a thread while this one reads on it."""
    other = threading.Timer(2.5 * EVERY_S, sock.shutdown, [socket.SHUT_RDWR])
    other.start()
    while sock.recv(65536):
        pass
    other.join()


LEAVERS = (
    *(httpx_after_the_head, aiohttp_after_the_head, streams_at_a_write, two_at_once),
    *map(blocking, (with_unread_bytes, in_order, in_order_with_unread_bytes, by_another_thread)),
)
