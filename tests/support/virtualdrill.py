"""A small scripted HTTP server on the virtual loop, and a drill of one client against it."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import os
from dataclasses import dataclass, field

from ssedrill.clock.fate import Fate, NeedsRealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import value_of

SILENCE = object()
"""A step of a script: say nothing until the client leaves."""


def answer(status=200, body=b"{}", kind="application/json", **headers):
    """Return the bytes of a whole response; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Drill:
    """What came of a drill; all times are virtual seconds since its beginning."""

    journal: list = field(default_factory=list)
    result: object = None
    error: BaseException | None = None
    ended: float = 0.0
    clock: VirtualClock | None = None
    fate: Fate | None = None

    @property
    def requests(self):
        """The moments at which requests arrived."""
        return [entry[0] for entry in self.journal if entry[1] == "request"]

    @property
    def connections(self):
        """How many connections the client made."""
        return len({entry[2] for entry in self.journal})

    def digest(self):
        """Return a hash of everything that was seen."""
        seen = [self.journal, repr(self.result), repr(self.error), self.ended]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


class Server:
    """Gives the n-th request the n-th step of the script: bytes, a float to wait, or SILENCE; the last one holds."""

    def __init__(self, drill, script):
        self.drill, self.script, self.conns, self.served = drill, script, 0, 0
        self.clock = drill.clock
        self.start_t = drill.clock.now()

    def note(self, *what):
        """Write into the journal with the time."""
        self.drill.journal.append((round(self.clock.now() - self.start_t, 6), *what))

    async def connection(self, reader, writer):
        """Serve one connection."""
        self.conns += 1
        number = self.conns
        try:
            while await self._request(reader, number):
                step = self.script[min(self.served, len(self.script)) - 1]
                for part in step if isinstance(step, tuple) else (step,):
                    if part is SILENCE:
                        await reader.read()
                        return
                    if isinstance(part, (int, float)):
                        await asyncio.sleep(part)
                    else:
                        writer.write(part)
                        await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.note("left", number)
            writer.close()

    async def _request(self, reader, number):
        head = await reader.read(1)
        if not head:
            return False
        head += await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        self.served += 1
        keys = [line for line in lines if line.startswith("idempotency-key")]
        self.note("request", number, lines[0], hashlib.sha256(body).hexdigest()[:8], keys)
        return True


def drill(client, script, *, seed=1, deadline=None, **clock_options):
    """Run an async or blocking client against a script on a new virtual clock.

    The client takes the server's URL; its return value and its exception are kept, and what became of the run.
    It is done again if that is worth it, as it is for a record. Raises NotDone if the client did not come to an end
    at all.
    """
    tries = 0
    while True:
        done = _drill_once(client, script, seed, deadline, clock_options)
        if not isinstance(done.fate, NeedsRealClock) or done.fate.worth_another <= tries:
            break
        tries += 1
    ended = isinstance(done.fate, NeedsRealClock) and done.fate.worth_another
    if done.error is None and not ended:
        value_of(done.fate)
    return done


def _drill_once(client, script, seed, deadline, clock_options):
    clock = VirtualClock(seed=seed, **clock_options)
    done = Drill(clock=clock)

    async def main():
        server = Server(done, script)
        listening = await asyncio.start_server(server.connection, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

        async def coroutine():
            done.result = await client(url)

        def blocking():
            done.result = client(url)

        hosted = clock.in_loop(coroutine) if inspect.iscoroutinefunction(client) else clock.in_thread(blocking)
        try:
            try:
                await asyncio.wait_for(hosted, deadline)
            except Exception as error:
                done.error = error
            done.ended = round(clock.now() - server.start_t, 6)
            await asyncio.sleep(1)  # for connections that were just made or left
        finally:
            listening.close()

    done.fate = clock.run(main)
    return done


def drill_program(argv, script, *, seed=1, env=None, deadline=5000.0):
    """Run a program against a script; the result is its exit code and the pieces of its output with their times.

    Raises NotDone if the program can't be on the virtual clock.
    """
    clock = VirtualClock(seed=seed)
    done = Drill(clock=clock)

    async def main():
        loop = asyncio.get_running_loop()
        server = Server(done, script)
        listening = await asyncio.start_server(server.connection, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        said, closed = [], loop.create_future()

        def hear():
            data = os.read(read_fd, 65536)
            if data:
                said.append((round(clock.now() - server.start_t, 6), data.decode()))
            else:
                loop.remove_reader(read_fd)
                closed.set_result(None)

        loop.add_reader(read_fd, hear)
        try:  # whatever comes of it, nothing stays open
            process = await clock.start_program(
                [part.replace("{url}", url) for part in argv],
                {**os.environ, **(env or {})},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_fd,
                stderr=write_fd,
            )
            os.close(write_fd)
            write_fd = -1
            code = await asyncio.wait_for(process.wait(), deadline)
            await closed
            done.result = (code, said)
            done.ended = round(clock.now() - server.start_t, 6)
            await asyncio.sleep(1)  # for connections that were just left
        finally:
            listening.close()
            loop.remove_reader(read_fd)
            os.close(read_fd)
            if write_fd >= 0:
                os.close(write_fd)

    done.fate = clock.run(main)
    value_of(done.fate)
    return done
