"""The wire journal of a run while it is being written: who comes gets a number, and each attempt has its turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from ssedrill.model.journal_copy import JournalCopy
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, WireJournal
from ssedrill.server.call_turns import ONLY, UNKNOWN, CallTurns
from ssedrill_faults.plan import Plan

MOST_FOREIGN = 500
"""Requests of others that a run bears. A client that asks at a wrong address without a pause is taken for somebody
else; on the virtual clock no time would pass by that, and no deadline would end it."""


class AttemptRegister:
    """Numbers connections and attempts from 1, and knows which attempts are next and which are under way.

    Make it inside a running event loop. ``started`` is the loop time, in seconds, from which the times in the
    journal count (by default: now). With more than ``max_requests`` of the client's attempts in the journal,
    ``looping`` is set; requests of others do not count, up to a number that nobody comes to by accident. Of those,
    and of requests that belong to no call in particular, each call that has begun may have made so many.
    """

    def __init__(
        self,
        started: float | None,
        max_requests: int,
        copy: JournalCopy | None = None,
        turns: CallTurns | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._max_requests = max_requests
        self.zero = self._loop.time() if started is None else started
        """The loop time at which the run began."""
        self.journal = WireJournal()
        self.copy = copy
        self.turns = turns or CallTurns()
        self.running: set[int] = set()
        """Numbers in the journal of the attempts that are under way."""
        self._clients: Counter[int] = Counter()  # by their calls
        self._others = 0
        self.visited = asyncio.Event()
        """Set when somebody has come."""
        self.looping = asyncio.Event()
        self.on_looping: Callable[[int], None] = lambda call: self.looping.set()
        """Told of a call with too many requests."""

    def t(self) -> float:
        """Return the seconds since the run began, to the microsecond."""
        return round(self._loop.time() - self.zero, 6)

    def connection(self, listener: int = 1) -> ConnectionLog:
        """Give a new connection its entry."""
        log = ConnectionLog(len(self.journal.connections) + 1, self.t(), listener=listener)
        self.journal.connections.append(log)
        self.visited.set()
        if self.copy is not None:
            self.copy.connected(log)
        return log

    def attempt(self, conn: int, plan: Plan, kind: RequestKind, note: str = "", call: int = ONLY) -> AttemptLog:
        """Give an attempt its entry; ``conn`` is its connection's number, or 0 if it never had one.

        ``note`` says why it is not the client's, ``call`` to which of its calls it belongs.
        """
        log = AttemptLog(len(self.journal.attempts) + 1, conn, self.t(), plan, kind=kind, note=note, call=call)
        self.journal.attempts.append(log)
        self.visited.set()
        if note:
            self._others += 1
        else:
            self._clients[call] += 1
        of_all = self._max_requests * max(1, self.turns.begun)
        if self._clients[call] > (of_all if call == UNKNOWN else self._max_requests):
            self.on_looping(call)
        if self._others > max(MOST_FOREIGN, of_all):
            self.looping.set()
        return log

    def end(self) -> None:
        """The drill is over: so are the connections that are still there."""
        for log in self.journal.connections:
            if log.closed_by is None:
                log.closed_by, log.how, log.closed_t = "server", "drill-end", self.t()
