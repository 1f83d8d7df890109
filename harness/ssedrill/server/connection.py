"""One connection: reads its requests one after the other and has each of them served by a player."""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable
from typing import Protocol

from ssedrill.clock.consumption import Consumption
from ssedrill.model.wire_journal import ClientLeft, ConnectionLog
from ssedrill.server.http1.request_reader import Malformed, Received, RequestReader
from ssedrill.server.kernel.sock_diag import Ends
from ssedrill.server.known import Moment
from ssedrill.server.live_attempts import LiveAttempt
from ssedrill.server.player import play
from ssedrill.server.turnstile import Turnstile
from ssedrill.server.wire import SocketWire
from ssedrill_faults import http1

AHEAD_BYTES = 64 * 1024
"""What a client may send while its last request is still being answered; the rest is counted and dropped."""


class Reception(Protocol):
    """What a connection asks of its server."""

    consumption: Consumption
    turnstile: Turnstile
    keep_alive_s: float | None

    def t(self) -> float:
        """Return the time of the run."""

    def moment(self) -> Moment:
        """Take note of what the client may know of each attempt at this moment."""

    def begin(self, conn: DrillConnection, received: Received) -> LiveAttempt:
        """Give a complete request its attempt number and its plan."""

    def over(self, live: LiveAttempt) -> None:
        """Nothing more will happen in this attempt."""

    def failed(self, error: BaseException) -> None:
        """The harness itself went wrong."""


class DrillConnection(asyncio.Protocol):
    """An accepted connection that is being served."""

    wire: SocketWire

    def __init__(
        self, server: Reception, sock: socket.socket, log: ConnectionLog, ends: Ends, asked_at: Moment
    ) -> None:
        self._server = server
        self._socket = sock
        self._ends = ends
        self._reader = RequestReader()
        self._came = b""  # and waits for its turn
        self._ahead = b""
        self._live: LiveAttempt | None = None  # the last attempt
        self._busy = False  # it is being played
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None  # ends it if nothing comes
        self.log = log
        self.asked_at = asked_at
        """When the request was first seen to be under way: what the client may have known then (see Reception).

        That is, of the first one, when its connection was there.
        """
        self.on_made: Callable[[], None] | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def reused(self) -> bool:
        """The connection has carried a request before the one that is just being begun."""
        return self._live is not None

    @property
    def holds(self) -> bool:
        """It is open, and its client has an answer on it that has not come, or was not read, to its end."""
        if self._live is None or self.log.closed_by is not None or self.wire.ended is not None:
            return False
        return self._busy or self.wire.known() < self.wire.written

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self.wire = SocketWire(transport, self._socket, self._server.consumption, self._ends)
        if self.on_made is not None:
            self.on_made()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._stop_idling()
        if self.wire.half_closed or self.wire.ended:
            self.log.late_bytes += len(data)
        elif self._busy:
            if not self._ahead:
                self.asked_at = self._server.moment()
            room = AHEAD_BYTES - len(self._ahead)
            self._ahead += data[:room]
            self.log.late_bytes += max(0, len(data) - room)
        else:
            waits = bool(self._came)
            self._came += data
            if not waits:
                if self.reused and not self._reader.begun:
                    self.asked_at = self._server.moment()
                self._server.turnstile.pass_through(self._take)

    def eof_received(self) -> bool:
        """See asyncio.Protocol. Our half is ours to close, so asyncio is told to leave it alone."""
        self._take()
        self.wire.look_at_eof()
        if self._reader.begun:
            self.log.note = self.log.note or "left in the middle of a request"
        self._client_left("eof")
        self.wire.drop()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._stop_idling()
        self._take()
        if self.log.closed_by is None and self.wire.ended is not None:
            self.log.closed_by, self.log.how = "server", self.wire.ended
            self.log.closed_t = self._server.t()
        elif self.log.closed_by is None:
            self._client_left("reset")
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self.wire.pause()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self.wire.resume()

    def retire(self) -> None:
        """Close the connection if nothing is being served on it."""
        if not (self._busy or self.wire.half_closed or self.wire.ended or self.closed.done()):
            self.wire.fin()

    async def end(self) -> None:
        """End the drill on this connection: look a last time at what the client has read, then let go."""
        self._take()
        self.wire.look(last=True)
        if self.log.closed_by is None and self.wire.ended is None:
            self.log.closed_by, self.log.how = "server", "drill-end"
            self.log.closed_t = self._server.t()
            if self._reader.begun:
                self.log.note = self.log.note or "its request had not ended when the drill did"
        self.wire.drop()
        self._stop_task()
        await self.closed
        if self._task is not None:
            await asyncio.wait({self._task})

    def _take(self) -> None:
        """Read what has come; nothing if that was done before its turn, as the client had left."""
        came, self._came = self._came, b""
        if self.wire.half_closed or self.wire.ended:
            self.log.late_bytes += len(came)
        elif came:
            self._feed(came)

    def _feed(self, data: bytes) -> None:
        try:
            received = self._reader.feed(data)
        except Malformed as error:
            self.log.note = f"malformed request: {error}; answered {error.status} and closed"
            self._reader = RequestReader()
            self.wire.write(http1.refusal(error.status))
            self.wire.fin()
            return
        if received is None:
            if self._reader.go_on():
                self.wire.write(http1.CONTINUE)
            return
        self._ahead = self._reader.rest
        self._reader = RequestReader()
        self.wire.look()
        self._stop_task()
        try:
            self._live = self._server.begin(self, received)
        except Exception as error:
            self._server.failed(error)
            self.wire.reset()
            return
        self._busy = True
        self._task = asyncio.get_running_loop().create_task(self._serve(self._live, received.wants_close))
        self._task.add_done_callback(functools.partial(self._served, self._live))

    async def _serve(self, live: LiveAttempt, wants_close: bool) -> None:
        if await play(live.ops, self.wire, live.notes, live.began):
            live.done()
        self._busy = False
        self._server.over(live)
        if wants_close and not self.wire.half_closed:
            self.wire.fin()
        if self._ahead and not self.wire.ended:
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            if self._server.keep_alive_s is not None:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._server.keep_alive_s, self.retire)
            await self.wire.watch()

    def _go_on(self) -> None:
        """Serve what the client has sent ahead."""
        if not (self._busy or self.wire.half_closed or self.wire.ended or self.log.closed_by):
            ahead, self._ahead = self._ahead, b""
            self._feed(ahead)

    def _client_left(self, how: ClientLeft) -> None:
        self._stop_task()
        if self.log.closed_by is None:
            self.log.closed_by, self.log.how, self.log.closed_t = "client", how, self._server.t()
        if self._live is not None:
            self._live.left(how)

    def _stop_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _stop_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _served(self, live: LiveAttempt, task: asyncio.Task[None]) -> None:
        """Clear up after a task that has ended, been cancelled, or was cancelled before it began."""
        if live is self._live:
            self._busy = False
        self._server.over(live)
        if not task.cancelled() and (error := task.exception()):
            self._server.failed(error)
