"""The door of a server: listens or refuses as the next attempt wants it, and ends connections that get no further."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, ClientLeft, ConnectionLog
from ssedrill.server.attempt_register import AttemptRegister
from ssedrill.server.door_plans import door_plan
from ssedrill.server.kernel.peer import Whose
from ssedrill.server.kernel.refusal import RefusalWitness, forget_connects, watch_connects
from ssedrill.server.kernel.sock_diag import Ends
from ssedrill.server.listener import Listener
from ssedrill.server.parked_sockets import ParkedSocket, close_at_door
from ssedrill_faults.plan import CloseOnAccept, Door, Mute, Open, Refuse

LOOK_S = 0.02
"""How often a door that nobody has come to yet looks whether somebody knocks."""
DOOR_HOLD_S = 0.002
"""How long a connection that is closed at the door stands: closed at once, some clients never see it made."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A time in which nobody listens."""

    over: asyncio.TimerHandle
    seconds: float
    logs: list[AttemptLog]  # one for each call that met it
    witness: RefusalWitness
    door: Refuse | None = None  # of the calls that were open; None if it came to a single request


class Doorkeeper:
    """Minds the port of one server.

    ``door_for`` returns the door of an attempt of a call, and the name of the fault that made it; without it there
    are no doors. ``admit`` takes a connection whose requests are to be read; ``retire`` closes those on which nothing
    is being served, since a server that refuses keeps none of them. A server that is down when the run begins is so
    until the client has come, and then for as long as it is to be: a program may take longer to start than the
    outage. ``whose`` tells whose a connection is: a door is for the client alone. ``full`` is called if no more
    connections can be taken, ``failed`` is told what goes wrong when nobody else is there to hear of it. With
    ``second`` there is another port with the same door; both ports may be bound already.
    """

    def __init__(
        self,
        register: AttemptRegister,
        door_for: Callable[[int, int], tuple[Door, str]] | None,
        *,
        admit: Callable[[socket.socket, ConnectionLog, Ends], None],
        retire: Callable[[], None],
        witness: Callable[[int], RefusalWitness],
        whose: Callable[[Ends], Whose],
        full: Callable[[], None],
        failed: Callable[[BaseException], None],
        port: int | socket.socket,
        second: bool | socket.socket = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._register = register
        self._door_for = door_for
        self._admit = admit
        self._retire = retire
        self._witness = witness
        self._whose = whose
        self._failed = failed
        self._listeners = [Listener(self._accepted, port, full=full)]
        if second:
            other = 0 if isinstance(second, bool) else second
            self._listeners.append(Listener(partial(self._accepted, listener=2), other, full=full))
        self._refusal: _Refusal | None = None
        self._past: list[_Refusal] = []
        self._came = False  # somebody has connected, or was refused
        self._parked: set[ParkedSocket] = set()
        self._closing: dict[socket.socket, asyncio.TimerHandle] = {}
        self._stopped = False
        self.port = self._listeners[0].port
        if door_for is not None:
            watch_connects(self.port)
        self.other_port = self._listeners[1].port if second else 0

    @property
    def refusing(self) -> bool:
        """Nobody listens at the moment, because a door says so."""
        return self._refusal is not None

    def door_of(self, call: int) -> tuple[Door, str]:
        """Return the door of the attempt of a call whose turn it is, and the fault that made it."""
        if self._door_for is None:
            return Open(), ""
        return self._door_for(self._register.turns.next_of(call), call)

    def _next_door(self) -> tuple[Door, str, list[int]]:
        """Return the first door of an open call that is not open, and the calls whose door is like it.

        No request says yet for which call it comes: with several open the doors are those of a server that is down.
        """
        if self._door_for is None:  # with a thousand open calls it matters that none of them is asked
            return Open(), "", []
        doors = [(call, *self.door_of(call)) for call in self._register.turns.open]
        shut = next(((door, fault) for _, door, fault in doors if not isinstance(door, Open)), None)
        if shut is None:
            return Open(), "", []
        return *shut, [call for call, door, fault in doors if (door, fault) == shut]

    def turn(self) -> None:
        """Set the door as the next attempt wants it; a refusal waits for the attempts before it to end."""
        if self._stopped:
            return
        door, fault, calls = self._next_door()
        if self._refusal is not None:  # a call that begins while the server is down finds it so
            if door == self._refusal.door:
                met = {log.call for log in self._refusal.logs}
                self._refusal.logs.extend(self._turned_away(0, door, fault, one) for one in calls if one not in met)
        elif isinstance(door, Refuse) and not self._register.running:
            self.refuse([self._turned_away(0, door, fault, call) for call in calls], door.seconds, door)
        else:
            for listener in self._listeners:
                listener.listen()

    def refuse(self, logs: Sequence[AttemptLog], seconds: float, door: Refuse | None = None) -> None:
        """Be a server that is down: nobody listens, and what connections there are get closed."""
        if self.refusing:
            return
        for listener in self._listeners:
            listener.refuse()
        seconds = max(seconds, 0.001)
        timer = self._loop.call_later(seconds, self._refused)
        self._refusal = _Refusal(timer, seconds, list(logs), self._witness(self.port), door)
        self._retire()

    def look(self) -> None:
        """Put down what is known by now of who has met a shut door."""
        if self._refusal is not None:
            testimony = self._refusal.witness.testimony()
            for log in self._refusal.logs:
                log.evidence = testimony or log.evidence

    def stop(self) -> None:
        """Let nobody in any more, and give up the port."""
        self._stopped = True
        for listener in self._listeners:
            listener.close()
        for refusal in self._past:
            for log in refusal.logs:
                log.evidence = refusal.witness.upheld(log.evidence)
        if self._refusal is not None:
            self._refusal.over.cancel()
            testimony = self._refusal.witness.testimony()
            for log in self._refusal.logs:
                log.evidence = testimony
            self._past.append(self._refusal)
        for refusal in self._past:
            refusal.witness.close()
        forget_connects(self.port)

    def close(self) -> None:
        """Let go of the connections that got no further than the door."""
        for parked in self._parked:
            parked.close()
        for sock, timer in self._closing.items():
            timer.cancel()
            sock.close()

    def _refused(self) -> None:
        """The time of a refusal is over."""
        assert self._refusal is not None
        if not self._came and not self._refusal.witness.seen():
            self._refusal = replace(self._refusal, over=self._loop.call_later(LOOK_S, self._look))
            return
        self._came = True
        refusal, self._refusal = self._refusal, None
        self._past.append(refusal)
        testimony = refusal.witness.testimony()
        for log in refusal.logs:
            log.evidence = testimony or log.evidence
            log.done_t = self._register.t()
        try:
            self.turn()
        except OSError as error:
            self._failed(error)

    def _look(self) -> None:
        """Begin to count the time of a refusal if somebody has come at last."""
        assert self._refusal is not None
        self._came = self._refusal.witness.seen()
        wait, then = (self._refusal.seconds, self._refused) if self._came else (LOOK_S, self._look)
        self._refusal = replace(self._refusal, over=self._loop.call_later(wait, then))

    def _turned_away(self, conn: int, door: Door, fault: str, call: int) -> AttemptLog:
        """Use up the attempt of a call whose turn it is: it ends at this door."""
        plan = door_plan(self._register.turns.take(call), door, fault)
        log = self._register.attempt(conn, plan, RequestKind.DOOR, call=call)
        if conn:
            log.listener = self._register.journal.connections[conn - 1].listener
        if self._register.copy is not None:
            self._register.copy.asked(log)
        return log

    def _accepted(self, sock: socket.socket, listener: int = 1) -> None:
        self._came = True
        log = self._register.connection(listener)
        try:
            ends = Ends(sock.getpeername(), sock.getsockname())
        except OSError:  # it was reset while it waited to be accepted
            sock.close()
            log.closed_by, log.how, log.closed_t = "client", "reset", log.t
            return
        door, fault, calls = self._next_door()
        match door:
            case Open() | Refuse():
                self._admit(sock, log, ends)
            case Mute() | CloseOnAccept():
                whose = self._whose(ends)
                if whose == "other":
                    self._send_away(sock, log)
                    return
                if whose == "unknown":
                    log.note = "whose it is could not be told: taken for the client's"
                self._end_at_door(sock, door, log, self._turned_away(log.number, door, fault, calls[0]))

    def _send_away(self, sock: socket.socket, log: ConnectionLog) -> None:
        """Close somebody else's connection; the door stays for the client."""
        sock.close()
        log.closed_by, log.how, log.closed_t = "server", "fin", self._register.t()
        log.note = "not the client's"

    def _end_at_door(
        self, sock: socket.socket, door: Mute | CloseOnAccept, conn: ConnectionLog, attempt: AttemptLog
    ) -> None:
        def left(how: ClientLeft) -> None:
            attempt.left, attempt.left_t = how, self._register.t()
            if conn.closed_by is None:
                conn.closed_by, conn.how, conn.closed_t = "client", how, self._register.t()
            self._register.running.discard(attempt.number)
            self.turn()

        def close() -> None:
            assert isinstance(door, CloseOnAccept)
            del self._closing[sock]
            self._register.running.discard(attempt.number)
            attempt.t = attempt.done_t = conn.closed_t = self._register.t()
            conn.closed_by, conn.how = "server", "reset" if door.reset else "fin"
            if parked := close_at_door(sock, left, reset=door.reset):
                self._parked.add(parked)
            self.turn()

        attempt.done_t = self._register.t()
        attempt.evidence = "the connection was accepted"
        self._register.running.add(attempt.number)
        if isinstance(door, Mute):
            self._parked.add(ParkedSocket(sock, left, reading=False))
        else:
            self._closing[sock] = self._loop.call_later(DOOR_HOLD_S, close)
