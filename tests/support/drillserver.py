"""Run a drill server of hand-made plans on its own loop against a blocking client in another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import WireJournal
from ssedrill.server.app import DrillServer
from ssedrill_faults.plan import Door, Op, Open, Plan, Role, Write

T = TypeVar("T")

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
LAST = b"0\r\n\r\n"


def head() -> Write:
    """Return the head of a chunked answer."""
    return Write(HEAD, Role.HEAD)


def event(number: int) -> Write:
    """Return an event as a chunk."""
    data = b"data: a%d.\n\n" % number
    return Write(b"%x\r\n%b\r\n" % (len(data), data), Role.DELTA, (number,), (number,))


def last() -> Write:
    """Return the last chunk."""
    return Write(LAST, Role.END)


def healthy(tokens: int = 3) -> tuple[Op, ...]:
    """Return a whole keep-alive answer."""
    return (head(), *(event(n + 1) for n in range(tokens)), last())


def bytes_of(ops: Sequence[Op]) -> bytes:
    """Return what operations write."""
    return b"".join(op.data for op in ops if isinstance(op, Write))


class Script:
    """A planner: attempt n meets the nth answer, later ones the last; keeps the requests it was asked for."""

    def __init__(self, *answers: Sequence[Op], doors: dict[int, Door] | None = None) -> None:
        self.answers = answers
        self.doors = doors or {}
        self.requests: list[Request] = []

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """See DrillServer."""
        self.requests.append(request)
        ops = tuple(self.answers[min(attempt, len(self.answers)) - 1])
        return Ask(RequestKind.STREAM), Plan(attempt, ops)

    def door(self, attempt: int, call: int = 1) -> tuple[Door, str]:
        """See DrillServer."""
        door = self.doors.get(attempt, Open())
        return door, "" if isinstance(door, Open) else type(door).__name__.lower()


def drill(script: Script, client: Callable[[int], T], settle_s: float = 0.05, **more: Any) -> tuple[T, WireJournal]:
    """Serve while ``client(port)`` runs in a thread; return what it returned, and the journal."""

    done: list[tuple[T, WireJournal]] = []  # not returned by main(): asyncio.run makes a repr of what it returns

    async def main() -> None:
        server = DrillServer(planner=script, door_for=script.door, **more)
        origin = server.start()
        try:
            result = await asyncio.to_thread(client, int(origin.rpartition(":")[2]))
            await asyncio.sleep(settle_s)
        finally:
            await server.stop()
        done.append((result, server.journal))

    asyncio.run(main())
    return done[0]
