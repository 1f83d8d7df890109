"""What a player plays on: the protocol, and a real socket as one of the two things that fulfil it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Literal, Protocol

from ssedrill.clock.consumption import ConsumedBy, Consumption
from ssedrill.server.kernel.sock_diag import Ends, unacknowledged

ASK_EVERY_S = 0.05
"""How often the kernel is asked in passing; endings and faults that depend on the answer always ask."""
LATE_S, ASK_ALTHOUGH_LATE_S = 0.001, 0.25
"""A stream that is behind its timetable asks less often: asking takes as long as writing does."""

LINGER_NONE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing sends a reset."""


class Wire(Protocol):
    """The bare operations on a connection. Waiting ones are cancelled when the client leaves."""

    def now(self) -> float:
        """Return the time in seconds, from any zero."""

    @property
    def paused(self) -> bool:
        """The kernel has not taken all of what was sent."""

    def send(self, data: bytes) -> bool:
        """Write one segment; tell whether the kernel took it all at once.

        If not, the client has left, and :meth:`closed` says so, or the rest follows as soon as there is room.
        """

    def closed(self) -> bool:
        """Tell whether the client has left; the last segment may then not have been written."""

    def wrote(self, count: int) -> None:
        """Take note of so many bytes that were sent; to be told before anything else is done with the wire."""

    async def drained(self) -> None:
        """Return when the kernel has taken everything."""

    async def breathe(self) -> None:
        """Let others have a turn."""

    async def until(self, when: float) -> None:
        """Return when it is this late, but never without giving others a turn."""

    async def consumed(self) -> None:
        """Return when the client has read everything written so far, as far as that can be known."""

    async def left(self) -> None:
        """Wait for the client to leave or the drill to end."""

    def fin(self) -> None:
        """Close in an orderly way."""

    def half_close(self) -> None:
        """Send FIN and go on reading."""

    def reset(self) -> None:
        """Abort with a reset."""


class SocketWire:
    """A connection of an asyncio transport. Counts bytes over the whole life of the connection.

    What the kernel takes at once goes to the socket without the transport, which is a tenth of the cost of a write;
    the transport gets what is left, and finds out what is wrong if something is.
    """

    def __init__(
        self, transport: asyncio.Transport, sock: socket.socket, consumption: Consumption, ends: Ends
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._consumption = consumption
        self._ends = ends
        self._resumed: asyncio.Future[None] | None = None
        self._send = sock.send
        # Not methods of ours: a call less for every segment.
        self.closed, self.now = transport.is_closing, self._loop.time
        self.paused = False
        self.written = 0
        self.read = 0  # what the client is known to have read
        self.seen = 0  # of these bytes it is known whether the client has read them
        self._looked_at = self._asked_at = self.now()
        self._written_then = 0
        self.consumed_by: ConsumedBy = "unknown"
        self.ended: Literal["fin", "reset"] | None = None  # how we closed it
        self.half_closed = False
        self._client_ended = False
        self.on_wrote: Callable[[], None] | None = None  # whoever keeps a copy of what was played
        self._socket = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # No high-water mark: "paused" then means "the kernel did not take all of it", a segment never melts into
        # the next one in a buffer of ours, and memory is bounded by one segment.
        transport.set_write_buffer_limits(high=0)

    def send(self, data: bytes) -> bool:
        """See Wire."""
        try:
            taken = 0 if self.paused else self._send(data)
        except OSError:
            taken = 0  # no room, or nobody there
        if taken == len(data):
            return True
        self._transport.write(data[taken:])
        return False

    def wrote(self, count: int) -> None:
        """See Wire."""
        self.written += count
        if self.on_wrote is not None:
            self.on_wrote()

    def write(self, data: bytes) -> None:
        """Send one segment outside of a plan."""
        self.send(data)
        if not self.closed():
            self.wrote(len(data))

    def pause(self) -> None:
        """The transport holds bytes that the kernel did not take."""
        self.paused = True

    def resume(self) -> None:
        """The transport holds no bytes any more."""
        self.paused = False
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)

    async def drained(self) -> None:
        """See Wire."""
        while self.paused:
            self._resumed = self._loop.create_future()
            await self._resumed

    async def breathe(self) -> None:
        """See Wire."""
        await asyncio.sleep(0)

    async def until(self, when: float) -> None:
        """See Wire."""
        if when <= self.now():
            await asyncio.sleep(0)
        else:
            woken: asyncio.Future[None] = self._loop.create_future()
            timer = self._loop.call_at(when, _wake, woken)
            try:
                await woken
            finally:
                timer.cancel()
        now = self.now()
        if now - self._asked_at >= (ASK_EVERY_S if now - when <= LATE_S else ASK_ALTHOUGH_LATE_S):
            self.look()

    async def consumed(self) -> None:
        """See Wire."""
        await self.drained()
        await self.watch(idle=False)

    async def watch(self, *, idle: bool = True) -> None:
        """Follow what the client reads until it has read everything written so far."""
        if self.read < self.written:
            how = await self._consumption.wait(self.look, self.written, idle=idle)
            if how != "unknown":
                self.consumed_by = how

    def known(self) -> int:
        """Return how many bytes the client may know of: those it has read or, if nobody can tell, all."""
        if self._client_ended or self.ended is not None or self.read >= self.written:
            return self.written
        read = self._consumption.sample(self._ends)
        return self.written if read is None else read

    def look(self, *, last: bool = False) -> int | None:
        """Ask what the client has read, and keep the answer; before the first byte and after its end there is none.

        What is unread when it has hardly been written proves nothing: only bytes that had been there at a look some
        time ago, or that are still unread at the ``last`` look, are held to have been left unread.
        """
        if self._client_ended or not self.written:
            return self.read
        self._asked_at = self.now()
        read = self._consumption.sample(self._ends)
        if read is None:
            return None
        self.read = max(self.read, min(read, self.written))
        self.consumed_by = "sock_diag"
        if last:
            self.seen = self.written
        elif self.now() - self._looked_at >= self._consumption.proof_s:
            self.seen = self._written_then
            self._looked_at, self._written_then = self.now(), self.written
        return read

    def look_at_eof(self) -> None:
        """Ask when the client's FIN has come.

        Linux sends a reset if a program closes a socket with unread bytes, so an orderly end says that the
        program had read all that its kernel had been given.
        """
        if self.look(last=True) is None and not self.paused and unacknowledged(self._socket) == 0:
            self.read = self.seen = self.written
            self.consumed_by = "eof"
        self._client_ended = True

    async def left(self) -> None:
        """See Wire."""
        self.wrote(0)
        await self.watch()
        await self._loop.create_future()

    def fin(self) -> None:
        """See Wire."""
        self.look()
        self.ended = self.ended or "fin"
        self._transport.close()

    def half_close(self) -> None:
        """See Wire."""
        self.half_closed = True
        if not self._transport.is_closing():
            self._transport.write_eof()

    def reset(self) -> None:
        """See Wire."""
        self.look()
        if not self._transport.is_closing():
            self.ended = "reset"
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
            self._transport.abort()

    def drop(self) -> None:
        """Close without ceremony: the client has left, or the drill is over."""
        self._transport.abort()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
