"""A burst of requests is taken a little at a time."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable

from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import WireJournal
from ssedrill.server.app import DrillServer
from ssedrill.server.turnstile import AT_ONCE
from ssedrill_faults.plan import Plan
from support.drillserver import healthy
from support.patience import HANG_S
from support.rawclient import GET, connect

BURST = 5 * AT_ONCE + 1


async def until(true: Callable[[], bool]) -> None:
    """Give the loop turns until something is true."""
    while not true():  # noqa: ASYNC110 - what is waited for happens in these very turns
        await asyncio.sleep(0)


def served(*, leaving: bool) -> tuple[list[int], WireJournal]:
    """Have a burst of requests arrive between two turns of the loop; return in which turn each was taken.

    ``leaving``: each client has sent its FIN behind the request.
    """
    taken: list[int] = []
    turn = 0
    journals: list[WireJournal] = []

    def planner(attempt: int, request: Request) -> tuple[Ask, Plan]:
        taken.append(turn)
        return Ask(RequestKind.STREAM), Plan(attempt, healthy())

    async def main() -> None:
        nonlocal turn
        loop = asyncio.get_running_loop()

        def count() -> None:
            nonlocal turn
            turn += 1
            loop.call_soon(count)

        server = DrillServer(planner=planner, max_requests=BURST)
        server.start()
        clients = [connect(server.address.port) for _ in range(BURST)]
        async with asyncio.timeout(HANG_S):
            await until(lambda: len(server.journal.connections) == BURST and len(asyncio.all_tasks()) == 1)
            for _ in range(5):  # in which the server begins to read
                await asyncio.sleep(0)
        count()
        for client in clients:
            client.sendall(GET)
            if leaving:
                client.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(HANG_S):
            await until(lambda: len(taken) == BURST)
        for client in clients:
            client.close()
        await server.stop()
        journals.append(server.journal)

    asyncio.run(main())
    return taken, journals[0]


def test_a_burst_is_taken_over_several_turns() -> None:
    """So many requests at once and no more: between them the streams under way have their turns."""
    taken, journal = served(leaving=False)
    assert max(Counter(taken).values()) == AT_ONCE
    assert len(set(taken)) == 6
    assert [attempt.number for attempt in journal.attempts] == list(range(1, BURST + 1))


def test_who_leaves_before_its_turn_has_asked_all_the_same() -> None:
    """A request that came whole is in the journal, and that its client has left as well."""
    _, journal = served(leaving=True)
    assert sorted(attempt.conn for attempt in journal.attempts) == list(range(1, BURST + 1))
    assert {attempt.left for attempt in journal.attempts} == {"eof"}
