"""The wire journal of a run while it is being written: who comes gets a number, and each attempt has its turn."""

from __future__ import annotations

import asyncio

from ssedrill.model.record import AttemptLog, ConnectionLog, WireJournal
from ssedrill.model.request_kind import RequestKind
from ssedrill_faults.plan import Plan


class AttemptRegister:
    """Numbers connections and attempts from 1, and knows which attempt is next and which are under way.

    Make it inside a running event loop. ``started`` is the loop time, in seconds, from which the times in the
    journal count (by default: now). With more than ``max_requests`` attempts in the journal, ``looping`` is set.
    """

    def __init__(self, started: float | None, max_requests: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._max_requests = max_requests
        self.zero = self._loop.time() if started is None else started
        """The loop time at which the run began."""
        self.journal = WireJournal()
        self.next = 1
        """The attempt whose turn it is."""
        self.running: set[int] = set()
        """Numbers in the journal of the attempts that are under way."""
        self.looping = asyncio.Event()

    def t(self) -> float:
        """Return the seconds since the run began, to the microsecond."""
        return round(self._loop.time() - self.zero, 6)

    def connection(self) -> ConnectionLog:
        """Give a new connection its entry."""
        log = ConnectionLog(len(self.journal.connections) + 1, self.t())
        self.journal.connections.append(log)
        return log

    def attempt(self, conn: int, plan: Plan, kind: RequestKind) -> AttemptLog:
        """Give an attempt its entry; ``conn`` is its connection's number, or 0 if it never had one."""
        log = AttemptLog(len(self.journal.attempts) + 1, conn, self.t(), plan, kind=kind)
        self.journal.attempts.append(log)
        if len(self.journal.attempts) > self._max_requests:
            self.looping.set()
        return log

    def end(self) -> None:
        """The drill is over: so are the connections that are still there."""
        for log in self.journal.connections:
            if log.closed_by is None:
                log.closed_by, log.how, log.closed_t = "server", "drill-end", self.t()
