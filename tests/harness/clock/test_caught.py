"""Clients that let no time pass, or wait for what virtual time does not reach, are caught and named."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.clock.engine.errors import OutOfReach
from ssedrill.clock.engine.progress import Limits
from ssedrill.clock.errors import Spinning
from ssedrill.clock.fate import Done, NeedsRealClock
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.loading.load import builtin_scenarios
from ssedrill.running import one_run as run
from ssedrill.running.interrupt import Interrupt
from support.fates import NotDone
from support.virtualdrill import answer, drill

NEEDS_PROGRAMS = pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
QUICK = Limits(reads=20_000, idle_turns=5_000, busy_turns=20_000, cpu_s=0.3, blocked_s=0.3)


async def yields_for_ever(url):
    """Gives way, but never lets time pass."""
    while True:  # noqa: ASYNC110 - that is its fault
        await asyncio.sleep(0)


async def watches_the_clock(url):
    """Waits by looking at the clock."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        pass


async def swallows_and_spins(url):
    """Looks at the clock and takes every exception for a bad moment."""
    while True:
        with suppress(Exception):
            while True:
                time.time()


async def computes_for_ever(url):
    """Never gives way and never looks at the clock."""
    n = 0
    while True:
        n += 1


async def reconnects_for_ever(url):
    """Connects to nothing, again and again, without a pause."""
    while True:
        with suppress(OSError):
            await asyncio.open_connection("127.0.0.1", 1)


def blocking_watches_the_clock(url):
    """Waits by looking at the clock."""
    end = time.time() + 5
    while time.time() < end:
        pass


def blocking_computes_for_ever(url):
    """Never does anything that could wait."""
    n = 0
    while True:
        n += 1


def blocking_reconnects_for_ever(url):
    """Connects to nothing, again and again, without a pause."""
    while True:
        with suppress(OSError), socket.socket() as sock:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", 1))


def blocking_swallows_everything(url):
    """Can't be interrupted at all."""
    n = 0
    while n < 400_000_000:
        try:
            while n < 400_000_000:
                n += 1
        except BaseException:
            n += 60_000_000


@pytest.mark.parametrize(
    "client",
    [
        yields_for_ever,
        watches_the_clock,
        swallows_and_spins,
        computes_for_ever,
        reconnects_for_ever,
        blocking_watches_the_clock,
        blocking_computes_for_ever,
        blocking_reconnects_for_ever,
    ],
)
def test_spinning_clients_are_caught(client):
    """A client that runs on without letting time pass is stopped, and the error says how it span."""
    counted = replace(QUICK, cpu_s=60.0)  # an interrupt at any place may leave a socket open
    done = drill(client, [answer()], limits=QUICK if "computes" in client.__name__ else counted)
    assert isinstance(done.error, Spinning)
    assert str(done.error)
    assert done.ended == 0.0
    if "computes" in client.__name__:  # no clock is of any use to it
        assert done.fate == Done(None)
    else:  # it may only wait for a moment, in its way
        assert done.fate == NeedsRealClock(f"the client polls: {done.error}", otherwise=Done(None))


def test_a_thread_that_swallows_everything_is_given_up():
    """A client that no exception stops is abandoned: the harness never hangs with it."""
    done = drill(blocking_swallows_everything, [answer()], limits=QUICK)
    assert isinstance(done.error, (Spinning, OutOfReach))


def test_a_client_that_waits_out_of_reach_is_named():
    """A blocking read that virtual time does not know is reported, with the place, and does not hang the harness."""
    read_fd, write_fd = os.pipe()

    def waits_out_of_reach(url):
        os.read(read_fd, 1)

    try:
        done = drill(waits_out_of_reach, [answer()], limits=QUICK)
    finally:
        os.close(write_fd)
        os.close(read_fd)
    assert isinstance(done.error, OutOfReach)
    assert "waits_out_of_reach" in str(done.error)
    assert done.fate == NeedsRealClock(str(done.error))


def test_a_loop_that_never_comes_back_is_left_behind():
    """An async client that waits in C for ever, on the loop that the server needs, is left behind in its thread."""
    read_fd, write_fd = os.pipe()

    async def never_gives_back(url):
        os.read(read_fd, 1)

    try:
        with pytest.raises(NotDone, match=r"^the client blocks the event loop, in .*never_gives_back"):
            drill(never_gives_back, [answer()], limits=QUICK)
    finally:
        os.write(write_fd, b"x")  # let the thread that was left behind end
        time.sleep(0.2)
        os.close(write_fd)
        os.close(read_fd)


def test_blocking_the_shared_loop_is_named():
    """An async client that makes a blocking call for ever on the loop that the server needs is reported."""

    async def blocks_the_loop(url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as sock:
            sock.recv(1)

    done = drill(blocks_the_loop, [answer()])
    assert isinstance(done.error, OutOfReach)
    assert done.fate == NeedsRealClock(str(done.error))


def test_a_long_computation_is_not_spinning():
    """A client that looks at the clock often, but lets time pass in between, is left alone."""

    async def looks_often(url):
        for _ in range(40):
            for _ in range(5_000):
                time.monotonic()
            await asyncio.sleep(0.001)
        return "fine"

    assert drill(looks_often, [answer()], limits=QUICK).result == "fine"


def test_threads_that_a_client_starts_take_turns():
    """Events, queues, pools and joins between a client's own threads are waited for in virtual time."""

    def threaded(url):
        import concurrent.futures
        import queue

        begin = time.monotonic()
        event, box = threading.Event(), queue.Queue()
        assert not event.wait(60)
        worker = threading.Thread(target=lambda: (time.sleep(30), event.set(), time.sleep(5), box.put("late")))
        worker.start()
        assert event.wait(100)
        woken = time.monotonic() - begin
        said = box.get(timeout=50)
        worker.join()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(time.sleep, (10, 20)))
        return woken, said, time.monotonic() - begin

    assert drill(threaded, [answer()]).result == (90.0, "late", 115.0)


def test_a_hung_client_is_told_where_it_waits() -> None:
    """At the deadline the record names the innermost calls that the client's task was in, the library's own."""
    scenario = next(scenario for scenario in builtin_scenarios() if scenario.name == "keepalive-only")
    client = next(client for client in CLIENTS.values() if client.name == "httpx-sse")
    record = run.drill(run.Job(scenario, client, "openai-chat"), clock="virtual")
    assert record.outcome == "hung"
    assert len(record.notes) == 1
    assert record.notes[0].startswith("at the deadline: the client waits in httpcore.")


def test_a_client_that_swallows_every_cancellation_is_abandoned() -> None:
    """A run ends although its client does not: it is cancelled a few times and then left behind."""

    async def stubborn(target):
        while True:
            try:
                await asyncio.sleep(3)
            except BaseException:
                continue
        yield ""

    scenario = next(scenario for scenario in builtin_scenarios() if scenario.name == "healthy")
    client = Client("stubborn", InProcess(stubborn), scenario.dialects)
    record = run.drill(run.Job(scenario, client, "eventsource"), clock="virtual")
    assert record.outcome == "crashed"
    assert any("abandoned" in note for note in record.notes)


async def spins_async(target):
    """Never gives way."""
    computes = 0
    while True:
        computes += 1
    yield ""


def processor_s():
    """Return the processor time, in seconds, that this process and the ended ones that it started have used."""
    return sum(os.times()[:4])


def spins_blocking(target):
    """Never does anything that could wait."""
    computes = 0
    while True:
        computes += 1
    yield ""


@pytest.mark.parametrize(
    "driver",
    [
        InProcess(spins_async),
        InProcess(spins_blocking),
        pytest.param(Program([sys.executable, "-c", "while True: pass"]), marks=NEEDS_PROGRAMS),
    ],
    ids=["async", "blocking", "program"],
)
def test_an_interrupted_run_does_not_wait_for_a_client_that_spins(driver) -> None:
    """A run that is to end now bears with a client that holds it up for a moment, not for its usual patience."""
    scenario = next(scenario for scenario in builtin_scenarios() if scenario.name == "healthy")
    interrupt = Interrupt()
    timer = threading.Timer(1.0, interrupt.fire)
    timer.start()
    used = processor_s()
    with pytest.raises(asyncio.CancelledError):
        run.drill(
            run.Job(scenario, Client("spins", driver, scenario.dialects), "eventsource"),
            clock="virtual",
            interrupt=interrupt,
        )
    timer.join()
    assert processor_s() - used < Limits().cpu_s / 2


async def forgets_a_task(target):
    """Starts a task that fails, and never asks about it."""

    async def fails():
        raise RuntimeError("nobody asked")

    asyncio.get_running_loop().create_task(fails())
    await asyncio.sleep(0.01)
    yield ""


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_a_forgotten_task_makes_no_noise(clock, caplog) -> None:
    """The traceback of a client's own task that nobody asked about is not among the harness's output."""
    scenario = next(scenario for scenario in builtin_scenarios() if scenario.name == "healthy")
    client = Client("forgets", InProcess(forgets_a_task), scenario.dialects)
    run.drill(run.Job(scenario, client, "eventsource"), clock=clock)
    gc.collect()
    assert "nobody asked" not in caplog.text
