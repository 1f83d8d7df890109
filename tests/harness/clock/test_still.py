"""A run whose time stands still is ended in real time, whatever happens in it meanwhile."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest

from ssedrill.clock.engine import watchdog
from ssedrill.clock.engine.progress import Limits, Progress
from ssedrill.clock.engine.watchdog import Watchdog
from ssedrill.clock.errors import Halt
from ssedrill.clock.fate import Done, NeedsRealClock
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import NotDone
from support.patience import HANG_S
from support.virtualdrill import answer, drill

NEEDS_PROGRAMS = pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
COUNTS_NOTHING = Limits(still_s=0.5, idle_turns=10**9, busy_turns=10**9, reads=10**9)
WHY = "0.5 s of real time passed while the run's time stood still"


async def knocks(url):
    """Connects to nothing, again and again, without a pause."""
    while True:
        with suppress(OSError):
            await asyncio.open_connection("127.0.0.1", 1)


def knocks_blocking(url):
    """The same in a thread."""
    while True:
        with suppress(OSError), socket.socket() as sock:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", 1))


async def knocks_on(url):
    """The same, whatever it is told."""
    while True:
        with suppress(BaseException):
            await asyncio.open_connection("127.0.0.1", 1)


def reads_the_clock(url):
    """Looks at the clock and gives way by turns."""
    while True:
        time.monotonic()
        time.sleep(0)


async def asks_once(url):
    """Does what it should."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await asyncio.sleep(600)
    writer.close()
    return (await reader.readline()).decode()


def fate_of(client, limits):
    """Return what became of a run, though the client may not even have come to an end."""
    try:
        return drill(client, [answer()], limits=limits).fate
    except NotDone as not_done:
        return not_done.fate


@pytest.mark.parametrize("client", [knocks, knocks_blocking, knocks_on, reads_the_clock])
def test_a_run_in_which_time_stands_still(client) -> None:
    """It is to be done again on the real clock, though no count has caught the client."""
    assert fate_of(client, COUNTS_NOTHING) == NeedsRealClock(WHY)


@pytest.mark.parametrize("busy", [True, False])
def test_a_busy_machine_may_be_why(monkeypatch, busy) -> None:
    """What seconds alone have told against a client is worth another virtual run only beside other work."""
    monkeypatch.setattr("ssedrill.clock.virtual.virtual_clock.machine_is_busy", lambda: busy)
    blocked = threading.Lock()
    blocked.acquire()
    waits = fate_of(lambda url: blocked.acquire(timeout=20), Limits(blocked_s=0.3))
    assert isinstance(waits, NeedsRealClock)
    assert waits.worth_another == busy
    assert fate_of(reads_the_clock, COUNTS_NOTHING) == NeedsRealClock(WHY, worth_another=busy)


def test_a_run_in_which_time_moves() -> None:
    """A client that waits for minutes of the run's time is none of those."""
    done = drill(asks_once, [answer()], limits=COUNTS_NOTHING)
    assert isinstance(done.fate, Done)
    assert (done.result, done.ended) == ("HTTP/1.1 200 X\r\n", 600.0)


@NEEDS_PROGRAMS
def test_its_processes_are_ended_too(tmp_path) -> None:
    """A program that connects again and again does not outlive the run that was ended for it."""
    noted = tmp_path / "pid"
    code = (
        f"import os, socket\nopen({str(noted)!r}, 'w').write(str(os.getpid()))\n"
        "while True:\n    try: socket.create_connection(('127.0.0.1', 1))\n    except OSError: pass"
    )

    async def main() -> None:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.DEVNULL)
        process = await clock.start_program([sys.executable, "-c", code], dict(os.environ), **pipes)
        await process.wait()

    clock = VirtualClock(limits=COUNTS_NOTHING)
    assert clock.run(main) == NeedsRealClock(WHY)
    end = time.monotonic() + HANG_S
    while noted.exists() and os.path.exists(f"/proc/{noted.read_text()}") and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{noted.read_text() if noted.exists() else 'none'}")


@pytest.fixture
def looks(monkeypatch):
    """Return a function that lets seconds of real time pass and the watchdog look, and the progress that it sees."""
    now = [1000.0]
    monkeypatch.setattr(watchdog, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep))
    monkeypatch.setattr(watchdog, "used_s", lambda ident: 0.0)
    monkeypatch.setattr(watchdog, "queued_s", lambda ident: 0.0)
    progress = Progress()
    dog = Watchdog(progress, lambda where: None)

    def look(seconds: float, *, jumps: bool = False) -> str | None:
        for _ in range(round(seconds * 10)):
            now[0] += 0.1
            progress.turn += 1
            if jumps:
                progress.passed(float(progress.turn))
            dog.check()
        return progress.overdue

    return look, progress


def test_the_limit_is_one_of_standing_still(looks) -> None:
    """Minutes of real time are nobody's business as long as the run's time moves; 20 s without are too many."""
    look, _ = looks
    assert look(100.0, jumps=True) is None
    assert look(19.5) is None
    assert look(0.2, jumps=True) is None
    assert look(19.5) is None
    assert look(1.0) == "20 s of real time passed while the run's time stood still"


def test_a_run_that_is_to_end_has_no_time_left(looks) -> None:
    """Once it is to hurry, moving the run's time on does not help it."""
    look, progress = looks
    assert look(5.0, jumps=True) is None
    progress.hurry()
    assert look(0.6, jumps=True) is not None


def test_whoever_looks_at_the_clock_then_is_halted() -> None:
    """A thread that would go on for ever with its turn hears of it when it next looks at the clock."""
    progress = Progress()
    progress.read()
    progress.overdue = "why"
    with pytest.raises(Halt, match="why"):
        progress.read()


def test_a_hurried_run_ends_whatever_it_does() -> None:
    """A client that no cancelling reaches does not hold up a run that is to end now."""
    clock = VirtualClock()
    threading.Timer(0.3, clock.hurry).start()

    async def main() -> None:
        while True:
            with suppress(BaseException):
                await asyncio.sleep(0.001)

    assert isinstance(clock.run(main), NeedsRealClock)
