"""The server of one run: gives every request its plan, has its connections served, and completes the wire journal."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable
from dataclasses import replace

from ssedrill.clock.consumption import Consumption
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.journal_copy import JournalCopy
from ssedrill.model.redacted_plan import redacted_plan
from ssedrill.model.redaction import without_address
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, WireJournal
from ssedrill.server.attempt_register import AttemptRegister
from ssedrill.server.call_turns import ONLY, CallTurns
from ssedrill.server.connection import DrillConnection
from ssedrill.server.door_plans import door_plan, late_ops
from ssedrill.server.doorkeeper import Doorkeeper
from ssedrill.server.event_watch import EventWatch
from ssedrill.server.http1.request_reader import Received
from ssedrill.server.kernel.kernel_consumption import best_consumption
from ssedrill.server.kernel.limits import open_files
from ssedrill.server.kernel.peer import Whose
from ssedrill.server.kernel.refusal import RefusalWitness
from ssedrill.server.kernel.sock_diag import Ends
from ssedrill.server.key_carried import KeysOfRun
from ssedrill.server.known import Moment, Moments
from ssedrill.server.live_attempts import LiveAttempt
from ssedrill.server.run_address import RunAddress
from ssedrill.server.turnstile import Turnstile
from ssedrill_faults.plan import Door, Open, Plan, Refuse, Role, Write


class DrillServer:
    """Serves one client under test. Make it and use it inside a running event loop.

    ``planner`` is given an attempt's number and request and returns what the dialect made of it and the plan;
    ``door_for`` returns the door of an attempt of a call, and the name of the fault that made it; without it there
    are no doors. ``named`` is as in CallTurns; without it the run has one call. The journal numbers everything from 1
    in the order in which requests are complete or doors are met. So are attempts, but for requests that the dialect
    does not understand (another path, HEAD, a browser's OPTIONS): they are answered, journalled and held against
    ``max_requests``, and the attempt that was next is still next. With ``run``, the segment of the run's address,
    requests elsewhere are somebody else's and not even that, and ``whose`` tells it of connections at a door (by
    default, all are the client's). ``secrets`` learns what requests hold; the journal still has it, since checks
    compare what came. A ``copy`` is told of every entry of the journal. ``started`` is the loop time, in seconds, at
    which the run began (by default, when :meth:`start` is called); the journal's times count from it. ``epoch`` gives
    the wall clock in seconds. A ``consumption`` that is passed in stays the caller's to close. Without a ``port`` the
    kernel chooses one; a socket is bound to its own already. With ``second`` the server listens at another port too:
    another origin, of the same run; ``any_host`` is as in RunAddress. A connection on which nothing has come for
    ``keep_alive_s`` since its last answer is closed; None: none ever is. Servers on one loop share a ``turnstile``.
    """

    def __init__(
        self,
        *,
        planner: Callable[[int, Request], tuple[Ask, Plan]],
        door_for: Callable[[int, int], tuple[Door, str]] | None = None,
        named: Callable[[Request], int] | None = None,
        max_requests: int = 20,
        started: float | None = None,
        consumption: Consumption | None = None,
        epoch: Callable[[], float] = time.time,
        port: int | socket.socket = 0,
        witness: Callable[[int], RefusalWitness] = RefusalWitness,
        run: str = "",
        whose: Callable[[Ends], Whose] = lambda ends: "client",
        secrets: Secrets | None = None,
        copy: JournalCopy | None = None,
        second: bool | socket.socket = False,
        any_host: bool = False,
        keep_alive_s: float | None = None,
        turnstile: Turnstile | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._planner = planner
        self._started = started
        self._epoch = epoch
        self._secrets = secrets or Secrets()
        self._keys = KeysOfRun()
        self.keep_alive_s = keep_alive_s
        self._own_consumption = consumption is None
        self.consumption = best_consumption() if consumption is None else consumption
        self._register = AttemptRegister(started, max_requests, copy, CallTurns(named))
        self._door = Doorkeeper(
            self._register,
            door_for,
            admit=self._admit,
            retire=self._retire,
            witness=witness,
            whose=whose,
            full=self._flooded,
            failed=self.failed,
            port=port,
            second=second,
        )
        self.address = RunAddress(self._door.port, run, self._door.other_port, any_host)
        self.turnstile = turnstile or Turnstile()
        self._lives: list[LiveAttempt] = []
        self._moments = Moments()
        self._connections: list[DrillConnection] = []
        self._adopting: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._error: BaseException | None = None
        self.event_watches: dict[int, EventWatch] = {}
        """By the numbers of the calls that they watch; to be set before a call begins."""
        self.visited = self._register.visited
        """Set when somebody has come."""
        self.looping = self._register.looping
        """Set when the client made too many requests, or holds too many connections, or when the harness failed."""

    @property
    def journal(self) -> WireJournal:
        """What has happened so far; complete after :meth:`stop`."""
        for live in self._lives:
            live.settle()
        return self._register.journal

    def t(self) -> float:
        """Return the seconds since the run began, to the microsecond."""
        return self._register.t()

    def start(self) -> str:
        """Listen, or begin to refuse if the first attempt says so; return ``http://host:port``."""
        if self._started is None:
            self._register.zero = self._loop.time()
        self._door.turn()
        return self.address.origin

    def look(self) -> WireJournal:
        """Return a copy of the journal as it is now, with what the client has read by now; the drill goes on."""
        self._door.look()
        for conn in self._connections:
            conn.wire.look(last=True)
        return self.journal.copy()

    async def stop(self) -> None:
        """End the drill: close everything and complete the journal. Raises what the harness itself did wrong."""
        if self._stopped:
            return
        self._stopped = True
        self._door.stop()
        await asyncio.gather(*self._adopting, return_exceptions=True)
        await asyncio.gather(*(conn.end() for conn in self._connections))
        self._door.close()
        self._register.end()
        if self._own_consumption:
            self.consumption.close()
        if self._error is not None:
            raise self._error

    def on_looping(self, told: Callable[[int], None]) -> None:
        """Have somebody told of a call with too many requests, in place of ending the run."""
        self._register.on_looping = told

    def begin_call(self, number: int) -> None:
        """Take note that a call has begun; one that has a door meets it from now on."""
        self._register.turns.begin(number)
        self._door.turn()

    def end_call(self, number: int) -> None:
        """Take note that a call is over."""
        self._register.turns.end(number)
        self._door.turn()

    async def look_at_held(self, settle_s: float) -> None:
        """Note which connections are held although no call is open; what is being closed may take so long."""
        if any(conn.holds for conn in self._connections):
            await asyncio.sleep(settle_s)
        for log in self._register.journal.connections:
            log.held = False
        for conn in self._connections:
            conn.log.held = conn.holds

    def moment(self) -> Moment:
        """See Reception."""
        return self._moments.take()

    def begin(self, conn: DrillConnection, received: Received) -> LiveAttempt:
        """See Reception."""
        turns = self._register.turns
        request = self._request(conn, received)
        call = turns.whose(request) if request.foreign is None else ONLY
        request = request if call == ONLY else replace(request, call=call)
        number = turns.next_of(call)
        door, fault = self._door.door_of(call) if request.foreign is None else (Open(), "")
        if isinstance(door, Open):
            ask, plan = self._planner(number, request)
            kind, ops = ask.kind, plan.ops
        else:
            plan, kind, ops = door_plan(number, door, fault), RequestKind.DOOR, late_ops(door)
        if kind.is_attempt:
            turns.take(call)
        note = "" if request.foreign is None else request.foreign.why
        log = self._journalled(conn, received, plan, kind, note, call)
        log.unaware_of = tuple(self._moments.unaware_of(conn.asked_at, call, self._register.running))
        if (copy := self._register.copy) is not None:
            copy.asked(log)
        live = LiveAttempt(log, conn.wire, ops, conn.wire.written, self._register.zero, self._loop.time(), copy=copy)
        conn.wire.on_wrote = self._on_wrote(live)
        self._lives.append(live)
        self._register.running.add(log.number)
        if isinstance(door, Refuse):
            log.evidence = "the request was reset"
            self._door.refuse([log], door.seconds)
        return live

    def _on_wrote(self, live: LiveAttempt) -> Callable[[], None]:
        """Return what is to be done after each write of an attempt."""
        stirs = self._moments.begun(live)
        watch = self.event_watches.get(live.log.call)
        if watch is None and live.copy is None:
            return stirs

        def on_wrote() -> None:
            stirs()
            live.copy_played()
            if watch is not None:
                watch.wrote(live)

        return on_wrote

    def over(self, live: LiveAttempt) -> None:
        """See Reception."""
        self._moments.stirs(live)  # an ending may be carried out later than what was written before it
        self._register.running.discard(live.log.number)
        self._door.turn()

    def failed(self, error: BaseException) -> None:
        """See Reception. Ends the run, and :meth:`stop` raises the error."""
        self._error = self._error or error
        self.looping.set()

    def _flooded(self) -> None:
        """Note that the client holds more connections than this process may have files, and end the run."""
        journal = self._register.journal
        held = sum(log.closed_t is None for log in journal.connections)
        journal.flooded = f"it held {held} connections at once, and this process may open no more files{open_files()}"
        self.looping.set()

    def _request(self, conn: DrillConnection, received: Received) -> Request:
        address = self.address
        return Request(
            received.method,
            address.inside(received.path) or received.path,
            received.headers,
            received.body,
            self._epoch(),
            self.t(),
            reused=conn.reused,
            fallback=conn.log.listener != 1,
            http_1_0=received.http_1_0,
            foreign=address.foreign(received),
            places=address.places(received),
        )

    def _journalled(
        self, conn: DrillConnection, received: Received, plan: Plan, kind: RequestKind, note: str, call: int
    ) -> AttemptLog:
        """Return a request's entry of the journal, with nothing in it that differs from run to run."""
        own = self.address.port, self.address.run, self.address.other_port
        log = self._register.attempt(conn.log.number, redacted_plan(plan, *own), kind, note, call)
        log.listener = conn.log.listener
        log.method = received.method
        log.path = without_address(received.path, *own)
        log.headers = tuple((name, without_address(value, *own)) for name, value in received.headers)
        self._secrets.learn_request(log.path, log.headers)
        self._secrets.given(b"".join(op.data for op in plan.ops if isinstance(op, Write) and op.role is Role.HEAD))
        if conn.log.listener != 1:
            log.key_in = self._keys.places(received)
        elif not note:
            self._keys.told(received)
        log.body_sha256 = hashlib.sha256(received.body).hexdigest() if received.body else ""
        log.body_bytes = len(received.body)
        return log

    def _admit(self, sock: socket.socket, log: ConnectionLog, ends: Ends) -> None:
        task = self._loop.create_task(self._adopt(sock, log, ends, self.moment()))
        self._adopting.add(task)
        task.add_done_callback(self._adopting.discard)

    async def _adopt(self, sock: socket.socket, log: ConnectionLog, ends: Ends, asked_at: Moment) -> None:
        conn = DrillConnection(self, sock, log, ends, asked_at)

        def made() -> None:
            self._connections.append(conn)
            if self._door.refusing:
                conn.retire()

        conn.on_made = made
        await self._loop.connect_accepted_socket(lambda: conn, sock)

    def _retire(self) -> None:
        for conn in self._connections:
            conn.retire()
