"""A client's function as a program: it takes its target from the environment, and says what it shows in JSON lines.

It is run under another environment's Python (see ``bootstrap``), and imports nothing that needs more than the
standard library.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ssedrill.clock.python.randomness import of_random
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.drivers.in_process.client_session import ClientSession
from ssedrill.drivers.in_process.function_call import FunctionCall, tell_failure
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.token_journal import TokenKind

CLAIMS = ("done", "error", "unsupported")


class OneLoop(RealClock):
    """Time as it comes: who asked for this program has put it on the run's clock."""

    async def in_loop(self, client: Callable[[], Awaitable[None]]) -> None:
        """Run an async client here: the program has nothing else to do."""
        await client()

    async def in_thread(self, client: Callable[[], None]) -> None:
        """Run a blocking client in one of the program's threads."""
        await asyncio.get_running_loop().run_in_executor(None, client)


class Printed(Sink):
    """Says what the client gives its application at once, and keeps nothing of it."""

    def __init__(self, say: Callable[[Mapping[str, object]], None], of_call: Mapping[str, int]) -> None:
        super().__init__(now=lambda: 0.0)
        self.claimed = False
        self._print = say
        self._of_call = of_call

    def add(self, kind: TokenKind, text: str = "", error_class: str = "", bases: tuple[str, ...] = ()) -> bool:
        """Say one thing; the application's own process knows whether it stops reading at it."""
        said: Mapping[str, object]
        match kind:
            case "error":
                said = {"error": text, "class": [error_class or "Error", *bases]}
            case "done" | "restart":
                said = {kind: True}
            case "usage":
                said = {kind: json.loads(text)}
            case _:
                said = {kind: text}
        self.claimed |= kind in CLAIMS
        self._print({**self._of_call, **said})
        return False

    def crash(self, how: str) -> None:
        """End as a program does that dies: without a claim, with its last words on standard error."""
        print(how, file=sys.stderr, flush=True)
        os._exit(1)


def main(function: Callable[..., Any], abilities: Sequence[str]) -> None:
    """Make the calls that the environment, or standard input, speaks of."""
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print is not what the client shows
    lock = threading.Lock()

    def say(what: Mapping[str, object]) -> None:
        line = json.dumps(what).encode() + b"\n"
        with lock:
            while line:
                line = line[os.write(out, line) :]

    random.seed(of_random(int(os.environ["SSEDRILL_SEED"])))  # as in process: back-off with jitter waits as long
    say({"can": [word for word in abilities if word]})
    asyncio.run(_several(function, say) if "SSEDRILL_CALLS" in os.environ else _one(function, say))


async def _one(function: Callable[..., Any], say: Callable[[Mapping[str, object]], None]) -> None:
    """Make the only call; SIGINT calls it off."""
    target = Target(**_facts(), prompt=os.environ["SSEDRILL_PROMPT"], sink=Printed(say, {}))
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, target.sink.switch.pull)
    session = ClientSession(function, target.session(), OneLoop())
    await session.open()
    await _make(session, target)
    await session.close()


async def _several(function: Callable[..., Any], say: Callable[[Mapping[str, object]], None]) -> None:
    """Make the calls that standard input names, and call off those that it names, until it ends."""
    count, loop = int(os.environ["SSEDRILL_CALLS"]), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(count + 1))
    sinks: dict[int, Printed] = {}
    made: set[asyncio.Task[None]] = set()
    of_all = SessionTarget(**_facts(), calls=count, sink=Printed(say, {}))
    session = ClientSession(function, of_all, OneLoop())
    await session.open()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, lines), sys.stdin)
    async for line in lines:
        told = json.loads(line)
        if "cancel" in told:
            sinks[told["cancel"]].switch.pull()
            continue
        number = told["call"]
        sinks[number] = Printed(say, {"call": number})
        own = _facts() | {name: told[name] for name in ("url", "prompt", "fallback_url") if name in told}
        target = Target(**own, call=number, calls=count, sink=sinks[number])
        made.add(loop.create_task(_make(session, target)))
    await asyncio.gather(*made)
    await session.close()


async def _make(session: ClientSession, target: Target) -> None:
    """Make one call. What is called off claims nothing; if there are several, it has to be said that it has ended."""
    sink = target.sink
    assert isinstance(sink, Printed)
    try:
        call = FunctionCall(session.function(), target)
    except BaseException as error:
        tell_failure(sink, error)
        return
    session.hears(call, target)
    await session.hosting(call)
    if target.calls > 1 and not sink.claimed:
        sink.add("error", "called off", "CancelledError")


def _facts() -> dict[str, Any]:
    """Return what the environment tells of the target."""
    env = {name.removeprefix("SSEDRILL_").lower(): said for name, said in os.environ.items()}
    told: dict[str, Any] = {name: env[name] for name in ("url", "dialect", "scenario", "api_key")}
    told |= {name: float(env[name]) for name in ("patience_s", "deadline_s")}
    told |= {"seed": int(env["seed"]), "fallback_url": env.get("fallback_url", "")}
    return told | {"wants": frozenset(filter(None, env["wants"].split(",")))}
