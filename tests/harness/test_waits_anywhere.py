"""A client that waits between two requests has waited as long on either clock, by whatever means it waits."""

from __future__ import annotations

import _thread
import asyncio
import ctypes
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import gevent
import httpx
import pytest
import trio
import uvloop

from broken_clients.line import DROPS, pieces
from ssedrill.drivers.target import Target
from support.shortdrill import CLOCKS, RESET, run, scenario

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="nobody tells waits from hard work")
WAIT_S = 0.2
FIRST_S = 0.01
"""When the first token comes that follows the wait."""


def lock() -> None:
    """Wait for a plain lock that nobody gives back."""
    held = _thread.allocate_lock()
    held.acquire()
    held.acquire(timeout=WAIT_S)


def usleep() -> None:
    """Wait in C."""
    ctypes.CDLL(None).usleep(round(WAIT_S * 1e6))


def with_gevent() -> None:
    """Wait in the loop of gevent."""
    gevent.sleep(WAIT_S)


def with_trio() -> None:
    """Wait in the loop of trio."""
    trio.run(trio.sleep, WAIT_S)


def with_uvloop() -> None:
    """Wait in the loop of uvloop."""
    uvloop.run(asyncio.sleep(WAIT_S))


def elsewhere(wait: Callable[[], None]) -> Callable[[], None]:
    """Have another thread wait."""

    def waits() -> None:
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()

    return waits


def tokens(target: Target, last: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the text of each token, blocking."""
    with httpx.Client(timeout=5) as http, http.stream("GET", target.url, headers={"last-event-id": last}) as got:
        number = ""
        for line in got.iter_lines():
            if line.startswith("id: "):
                number = line[4:]
            elif line.startswith("data: {") and (text := json.loads(line[6:]).get("text")):
                yield number, text


def blocking(wait: Callable[[], None]) -> Callable[[Target], Iterator[str]]:
    """Return a client that asks for the rest after it has waited."""

    def client(target: Target) -> Iterator[str]:
        last = ""
        try:
            for number, text in tokens(target, ""):
                last = number
                yield text
        except httpx.TransportError:
            wait()
            yield from (text for _, text in tokens(target, last))

    return client


def on_the_loop(wait: Callable[[], None]) -> Callable[[Target], AsyncIterator[str]]:
    """Return an async client that does the same, and holds up its loop meanwhile."""

    async def client(target: Target) -> AsyncIterator[str]:
        last = ""
        try:
            async for piece in pieces(target):
                last = piece.id
                yield piece.text
        except DROPS:
            wait()
            async for piece in pieces(target, last_event_id=last):
                yield piece.text

    return client


CLIENTS = {
    "lock": blocking(lock),
    "lock in a thread": blocking(elsewhere(lock)),
    "lock on the loop": on_the_loop(lock),
    "usleep": blocking(usleep),
    "usleep on the loop": on_the_loop(usleep),
    "gevent": blocking(with_gevent),
    "gevent on the loop": on_the_loop(with_gevent),
    "trio": blocking(with_trio),
    "trio in a thread": blocking(elsewhere(with_trio)),
    "uvloop": blocking(with_uvloop),
    "uvloop in a thread": blocking(elsewhere(with_uvloop)),
}
ON_VIRTUAL_TIME = {"trio", "trio in a thread"}


OFTEN = ("lock", "usleep", "gevent", "trio", "trio in a thread", "uvloop in a thread")
"""The clients that are drilled in `make test` too: who waits outside virtual time costs seconds."""


@CLOCKS
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in OFTEN else pytest.mark.slow) for name in CLIENTS]
)
def test_the_wait_is_in_the_record(name: str, clock: str) -> None:
    """It is exact on the virtual clock; or the run says why it took the real one, where nothing is shorter."""
    record = run(CLIENTS[name], scenario(RESET, ""), clock)
    assert (record.outcome, record.verdict, len(record.wire.attempts)) == ("recovered", "pass", 2)
    recovery = record.numbers.recovery
    assert recovery is not None
    assert recovery.total_s is not None
    if record.clock == "virtual":
        assert name in ON_VIRTUAL_TIME
        assert recovery.total_s == pytest.approx(WAIT_S + FIRST_S, abs=0.001)
    else:
        assert recovery.total_s >= WAIT_S
        said = any(note.startswith("on the real clock: the client") for note in record.notes)
        assert said == (clock == "virtual")
