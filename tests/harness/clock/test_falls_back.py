"""Clients that do what virtual time does not reach get the real clock, and the record says why."""

from __future__ import annotations

import _thread
import asyncio
import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import replace

import httpx
import pytest

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.running.job import Job
from ssedrill.running.jobs import run_jobs
from support.patience import HANG_S

SCENARIO = "healthy"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Let no test hear of threads that another has left."""
    monkeypatch.setattr("ssedrill.clock.reuse.TAINTED", set())


def text_of(line):
    """Return the text of a line of the stream, or nothing."""
    return json.loads(line[6:]).get("text", "") if line.startswith("data: {") else ""


def read(target):
    """Read the whole stream, blocking."""
    with urllib.request.urlopen(target.url, timeout=target.patience_s) as answer:
        return [text for line in answer if (text := text_of(line.decode()))]


async def stream(target):
    """Read the stream as one should."""
    async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream("GET", target.url) as answer:
        async for line in answer.aiter_lines():
            if text := text_of(line):
                yield text


async def cancels_everybody(target):
    """Cancels all tasks of its loop: on a loop of its own these would be only its own."""
    async for text in stream(target):
        yield text
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task():
            task.cancel()


async def stops_the_loop(target):
    """Stops its loop, as if nobody else were on it."""
    async for text in stream(target):
        yield text
    asyncio.get_running_loop().stop()


FETCH = """
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=300).read().decode())
"""


def runs_a_program(target):
    """Has the stream read by another process."""
    done = subprocess.run([sys.executable, "-c", FETCH, target.url], capture_output=True, text=True, timeout=HANG_S)
    yield from filter(None, map(text_of, done.stdout.splitlines()))


async def runs_a_program_async(target):
    """Has the stream read by another process, which asyncio starts."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", FETCH, target.url, stdout=subprocess.PIPE)
    said, _ = await process.communicate()
    for text in filter(None, map(text_of, said.decode().splitlines())):
        yield text


def runs_a_command(target):
    """Lets a shell work for a moment."""
    os.system("true")
    yield from read(target)


def forks(target):
    """Has something done by a copy of its process."""
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    yield from read(target)


def starts_a_bare_thread(target):
    """Starts a thread behind the back of ``threading``."""
    said: queue.Queue[list[str]] = queue.Queue()
    _thread.start_new_thread(lambda: said.put(read(target)), ())
    yield from said.get(timeout=5)


async def blocks_with_a_timeout(target):
    """Reads a socket, blocking, on the loop that the server would need to answer."""
    for text in read(target):
        yield text


async def waits_for_a_thread(target):
    """Waits for a thread of its own on the loop that the server would need."""
    done, said = threading.Event(), []
    threading.Thread(target=lambda: (said.extend(read(target)), done.set()), daemon=True).start()
    if not done.wait(5):
        raise TimeoutError("the thread took too long")
    for text in said:
        yield text


def waits_in_c(target):
    """Waits for a lock that is nobody's, with a timeout of its own that is not long."""
    lock, said = threading.Lock(), []
    lock.acquire()
    threading.Thread(target=lambda: (said.extend(read(target)), lock.release()), daemon=True).start()
    if not lock.acquire(timeout=5):
        raise TimeoutError("the lock took too long")
    yield from said


def watches_the_clock(target):
    """Waits for a moment by looking at the clock."""
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        pass
    yield from read(target)


async def gives_way(target):
    """Waits for a task by giving way until it is done."""

    async def collect():
        return [text async for text in stream(target)]

    task = asyncio.create_task(collect())
    while not task.done():  # noqa: ASYNC110 - that is what it does
        await asyncio.sleep(0)
    for text in task.result():
        yield text


@pytest.mark.parametrize(
    ("client", "why"),
    [
        (cancels_everybody, "the client cancelled tasks that are not its own"),
        (stops_the_loop, "the client stopped the event loop that it shares with everybody"),
        (runs_a_program, "the client starts a process"),
        (runs_a_program_async, "the client starts a process"),
        (runs_a_command, "the client starts a process"),
        (forks, "the client starts a process"),
        (starts_a_bare_thread, "the client starts a thread by means of its own"),
        (blocks_with_a_timeout, "the client blocks the event loop that it shares with everybody"),
        (waits_for_a_thread, "the client blocks the event loop that it shares with everybody"),
        (waits_in_c, "the client waits outside virtual time, in body > run_blocking > _show > waits_in_c"),
        (watches_the_clock, "the client polls: looked at the clock 100000 times without letting time pass"),
        (
            gives_way,
            "the client polls: 20000 turns of the event loop in which neither time nor data moved",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_virtual_time_does_not_reach(client, why) -> None:
    """The run is done on the real clock, where the client gets everything, and the note tells why."""
    (record,) = run_jobs([job(client)])
    assert record.notes[:1] == [f"on the real clock: {why}"]
    assert (record.clock, record.outcome, record.error) == ("real", "clean", None), record.summary


def test_a_client_that_polls_where_real_time_takes_too_long() -> None:
    """If the scenario may take longer than anybody waits for, the run stays virtual, and is stopped as it was."""
    long = replace(job(watches_the_clock).scenario, deadline_s=200.0)
    (record,) = run_jobs([replace(job(watches_the_clock), scenario=long)])
    assert (record.clock, record.outcome) == ("virtual", "not-tested")
    assert record.notes == ["looked at the clock 100000 times without letting time pass"]


@pytest.mark.parametrize(("times", "clock"), [(1, "virtual"), (9, "real")])
def test_a_short_wait_may_have_been_the_machine(times, clock) -> None:
    """A run that was blocked for milliseconds is tried on the virtual clock once more, and then in real time."""
    left = [times]

    def blocked(target):
        left[0] -= 1
        if left[0] >= 0:
            lock = threading.Lock()
            lock.acquire()
            lock.acquire(timeout=0.05)
        time.sleep(0)  # it ends here, with nothing open
        yield from read(target)

    (record,) = run_jobs([job(blocked)])
    assert (record.clock, record.outcome) == (clock, "clean")
    why = "on the real clock: the client waits outside virtual time, for milliseconds at a time"
    assert record.notes == ([why] if clock == "real" else [])


def test_a_nap_on_the_loop_stays_virtual() -> None:
    """A client that sleeps on its loop, blocking, waits for nothing but time: that needs no real clock."""

    async def naps(target):
        async for text in stream(target):
            time.sleep(0.01)  # noqa: ASYNC251 - that is its fault
            yield text

    (record,) = run_jobs([job(naps)])
    assert (record.clock, record.outcome, record.notes) == ("virtual", "clean", [])


def job(client):
    """Return the job of a client in this file."""
    return Job(find([SCENARIO])[0], Client("client", InProcess(client), ("eventsource",)), "eventsource")
