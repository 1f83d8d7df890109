"""The server of one run: gives every request its number and its plan, minds the door, keeps the wire journal."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable

from ssedrill.clock.consumption import Consumption
from ssedrill.dialects.base import Ask, Request
from ssedrill.model.record import AttemptLog, ClientLeft, ConnectionLog, WireJournal
from ssedrill.model.redaction import redacted_headers, redacted_path
from ssedrill.model.request_kind import RequestKind
from ssedrill.server.connection import DrillConnection
from ssedrill.server.http1.request_reader import Received
from ssedrill.server.kernel.consumption import best_consumption
from ssedrill.server.kernel.refusal import RefusalWitness
from ssedrill.server.kernel.sock_diag import Ends
from ssedrill.server.listener import HOST, Listener
from ssedrill.server.live_attempts import Live
from ssedrill.server.parked_sockets import Held, close_at_door
from ssedrill_faults.plan import CloseOnAccept, Door, Fin, Mute, Op, Open, Plan, Refuse, Reset, Silence

DOOR_HOLD_S = 0.002
"""How long a connection that is closed at the door stands: closed at once, some clients never see it made."""


class DrillServer:
    """Serves one client under test. Make it and use it inside a running event loop.

    ``planner`` is given an attempt's number and request and returns what the dialect made of it and the plan;
    ``door_for`` returns an attempt's door and the name of the fault that made it. The journal numbers everything from
    1 in the order in which requests are complete or doors are met. So are attempts, but for requests that the dialect
    does not understand (another path, HEAD, a browser's OPTIONS): they are answered, journalled and held against
    ``max_requests``, and the attempt that was next is still next. ``started`` is the loop time at which the run began
    (by default, when :meth:`start` is called); the journal's times count from it. ``epoch`` gives the wall clock.
    A ``consumption`` that is passed in stays the caller's to close.
    """

    def __init__(
        self,
        *,
        planner: Callable[[int, Request], tuple[Ask, Plan]],
        door_for: Callable[[int], tuple[Door, str]] = lambda attempt: (Open(), ""),
        max_requests: int = 20,
        started: float | None = None,
        consumption: Consumption | None = None,
        epoch: Callable[[], float] = time.time,
        port: int = 0,
        witness: Callable[[int], RefusalWitness] = RefusalWitness,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._planner = planner
        self._door_for = door_for
        self._max_requests = max_requests
        self._zero = self._loop.time() if started is None else started
        self._started = started
        self._epoch = epoch
        self._witness = witness
        self._own_consumption = consumption is None
        self.consumption = best_consumption() if consumption is None else consumption
        self._listener = Listener(self._accepted, port)
        self._journal = WireJournal()
        self._next = 1  # the attempt whose turn it is
        self._lives: list[Live] = []
        self._running: set[int] = set()
        self._connections: list[DrillConnection] = []
        self._held: set[Held] = set()
        self._at_doors: dict[socket.socket, asyncio.TimerHandle] = {}
        self._adopting: set[asyncio.Task[None]] = set()
        self._reopening: tuple[asyncio.TimerHandle, AttemptLog, RefusalWitness] | None = None
        self._stopped = False
        self._error: BaseException | None = None
        self.looping = asyncio.Event()
        """Set when the client has made more than ``max_requests`` requests, or when the harness itself failed."""
        self.origin = f"http://{HOST}:{self._listener.port}"

    @property
    def journal(self) -> WireJournal:
        """What has happened so far; complete after :meth:`stop`."""
        for live in self._lives:
            live.settle()
        return self._journal

    def t(self) -> float:
        """Return the seconds since the run began, to the microsecond."""
        return round(self._loop.time() - self._zero, 6)

    async def start(self) -> str:
        """Open the door, or begin to refuse where the first attempt says so; return ``http://host:port``."""
        if self._started is None:
            self._zero = self._loop.time()
        self._turn()
        return self.origin

    async def stop(self) -> None:
        """End the drill: close everything and complete the journal. Raises what the harness itself did wrong."""
        if self._stopped:
            return
        self._stopped = True
        self._listener.close()
        if self._reopening is not None:
            timer, log, witness = self._reopening
            timer.cancel()
            log.evidence = witness.testimony()
        await asyncio.gather(*self._adopting, return_exceptions=True)
        await asyncio.gather(*(conn.end() for conn in self._connections))
        for held in self._held:
            held.close()
        for sock, timer in self._at_doors.items():
            timer.cancel()
            sock.close()
        for log_ in self._journal.connections:
            if log_.closed_by is None:
                log_.closed_by, log_.how, log_.closed_t = "server", "drill-end", self.t()
        if self._own_consumption:
            self.consumption.close()
        for live in self._lives:
            live.settle()
        if self._error is not None:
            raise self._error

    def begin(self, conn: DrillConnection, received: Received) -> Live:
        """See Reception."""
        door, fault = self._door_for(self._next)
        headers = received.headers
        if isinstance(door, Open):
            request = Request(
                received.method,
                received.path,
                headers,
                received.body,
                self._epoch(),
                reused=conn.reused,
                http_1_0=received.http_1_0,
            )
            ask, plan = self._planner(self._next, request)
            kind, ops = ask.kind, plan.ops
        else:
            plan, kind, ops = _door_plan(self._next, door, fault), RequestKind.DOOR, _late(door)
        if kind.is_attempt:
            self._next += 1
        log = self._log(conn.log.number, plan, kind)
        log.method = received.method
        log.path = redacted_path(received.path, self._listener.port)
        log.headers = redacted_headers(headers, self._listener.port)
        log.body_sha256 = hashlib.sha256(received.body).hexdigest() if received.body else ""
        log.body_bytes = len(received.body)
        live = Live(log, conn.wire, ops, conn.wire.written, self._zero, self._loop.time())
        self._lives.append(live)
        self._running.add(log.number)
        if isinstance(door, Refuse):
            log.evidence = "the request was reset"
            self._shut(log, door.seconds)
        return live

    def over(self, live: Live) -> None:
        """See Reception."""
        self._running.discard(live.log.number)
        self._turn()

    def failed(self, error: BaseException) -> None:
        """See Reception. Ends the run, and :meth:`stop` raises the error."""
        self._error = self._error or error
        self.looping.set()

    def _turn(self) -> None:
        """Set the door as the next attempt wants it; a refusal waits for the attempt before it to end."""
        if self._stopped or self._reopening is not None:
            return
        door, fault = self._door_for(self._next)
        if not isinstance(door, Refuse):
            self._listener.open()
        elif not self._running:
            plan = _door_plan(self._next, door, fault)
            self._next += 1
            self._shut(self._log(0, plan, RequestKind.DOOR), door.seconds)
        else:
            self._listener.open()

    def _shut(self, log: AttemptLog, seconds: float) -> None:
        """Be a server that is down: nobody listens, and what connections there are get closed."""
        if self._reopening is not None:
            return
        self._listener.shut()
        timer = self._loop.call_later(max(seconds, 0.001), self._reopen)
        self._reopening = (timer, log, self._witness(self._listener.port))
        for conn in self._connections:
            conn.retire()

    def _reopen(self) -> None:
        assert self._reopening is not None
        _, log, witness = self._reopening
        self._reopening = None
        log.evidence = witness.testimony() or log.evidence
        log.done_t = self.t()
        self._turn()

    def _accepted(self, sock: socket.socket) -> None:
        log = ConnectionLog(len(self._journal.connections) + 1, self.t())
        self._journal.connections.append(log)
        try:
            ends = Ends(sock.getpeername(), sock.getsockname())
        except OSError:  # it was reset while it waited to be accepted
            sock.close()
            log.closed_by, log.how, log.closed_t = "client", "reset", log.t
            return
        door, fault = self._door_for(self._next)
        if isinstance(door, Open | Refuse):
            task = self._loop.create_task(self._adopt(sock, log, ends))
            self._adopting.add(task)
            task.add_done_callback(self._adopting.discard)
            return
        plan = _door_plan(self._next, door, fault)
        self._next += 1
        self._at_door(sock, log, self._log(log.number, plan, RequestKind.DOOR))

    def _at_door(self, sock: socket.socket, conn: ConnectionLog, attempt: AttemptLog) -> None:
        door = attempt.plan.door

        def left(how: ClientLeft) -> None:
            attempt.left, attempt.left_t = how, self.t()
            if conn.closed_by is None:
                conn.closed_by, conn.how, conn.closed_t = "client", how, self.t()
            self._running.discard(attempt.number)
            self._turn()

        attempt.done_t = self.t()
        attempt.evidence = "the connection was accepted"
        if isinstance(door, Mute):
            self._running.add(attempt.number)
            self._held.add(Held(sock, left, reading=False))
            return
        self._running.add(attempt.number)
        self._at_doors[sock] = self._loop.call_later(DOOR_HOLD_S, self._close_at_door, sock, conn, attempt, left)

    def _close_at_door(
        self, sock: socket.socket, conn: ConnectionLog, attempt: AttemptLog, left: Callable[[ClientLeft], None]
    ) -> None:
        door = attempt.plan.door
        assert isinstance(door, CloseOnAccept)
        del self._at_doors[sock]
        self._running.discard(attempt.number)
        attempt.t = attempt.done_t = conn.closed_t = self.t()
        conn.closed_by, conn.how = "server", "reset" if door.reset else "fin"
        held = close_at_door(sock, left, reset=door.reset)
        if held is not None:
            self._held.add(held)
        self._turn()

    async def _adopt(self, sock: socket.socket, log: ConnectionLog, ends: Ends) -> None:
        conn = DrillConnection(self, sock, log, ends)

        def made() -> None:
            self._connections.append(conn)
            if self._reopening is not None:
                conn.retire()

        conn.on_made = made
        await self._loop.connect_accepted_socket(lambda: conn, sock)

    def _log(self, conn: int, plan: Plan, kind: RequestKind) -> AttemptLog:
        log = AttemptLog(len(self._journal.attempts) + 1, conn, self.t(), plan, kind=kind)
        self._journal.attempts.append(log)
        if len(self._journal.attempts) > self._max_requests:
            self.looping.set()
        return log


def _door_plan(number: int, door: Door, fault: str) -> Plan:
    """Return the plan of an attempt that ends at the door."""
    faults = (fault,) if fault else ()
    return Plan(number, (), door, faults=faults, breaking=faults)


def _late(door: Door) -> tuple[Op, ...]:
    """Return what a door does to a request that comes over a connection from before its turn."""
    match door:
        case CloseOnAccept(reset=False):
            return (Fin(),)
        case Mute():
            return (Silence(),)
        case _:
            return (Reset(),)
