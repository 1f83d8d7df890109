"""Clients that sabotage the process they run in, each in one way. `good` is what stands beside them."""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import json
import os
import re
import resource
import signal
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor


def good(target):
    """Shows every token and calls that the answer."""
    with urllib.request.urlopen(target.url, timeout=target.patience_s) as answer:
        for line in answer:
            if line.startswith(b"data: {") and "text" in (said := json.loads(line[6:])):
                yield said["text"]


async def exits_in_a_task(target):
    """Has a watchdog of its own, as applications do, which ends the program."""

    async def watchdog():
        sys.exit(0)

    task = asyncio.create_task(watchdog())
    await asyncio.sleep(1)
    yield str(task)


async def exits_in_a_callback(target):
    """Has its loop call sys.exit."""
    asyncio.get_running_loop().call_soon(sys.exit, 3)
    await asyncio.sleep(1)
    yield "never"


async def is_interrupted(target):
    """Has a task that raises what Ctrl-C raises."""

    async def interrupts():
        raise KeyboardInterrupt

    task = asyncio.create_task(interrupts())
    await asyncio.sleep(1)
    yield str(task)


async def stops_the_loop(target):
    """Stops the event loop that it runs on."""
    yield "x"
    asyncio.get_running_loop().stop()
    await asyncio.sleep(1)


def exits_at_once(target):
    """Ends the process in the middle of the answer, without a word."""
    for number, piece in enumerate(good(target)):
        yield piece
        if number == 4:
            os._exit(0)


def says_why(target):
    """The same, but says why."""
    print("gauge: the reactor is too hot", file=sys.stderr)
    os._exit(7)
    yield ""


def segfaults(target):
    """Reads what nobody may read."""
    yield "x"
    ctypes.string_at(0)


def kills_itself(target):
    """Is killed, as by a system that is out of memory."""
    yield "x"
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def kills_its_parent(target):
    """Kills the process above its own."""
    yield "x"
    os.kill(os.getppid(), signal.SIGKILL)
    while True:  # it takes a moment, in real time
        pass


def ends_its_group(target):
    """Ends the process group that it is in."""
    yield "x"
    os.killpg(0, signal.SIGTERM)
    time.sleep(60)


def closes_descriptors(target):
    """Closes what it has not opened."""
    yield "x"
    os.closerange(3, 1024)
    yield from good(target)


def writes_everywhere(target):
    """Writes into whatever is open."""
    yield "x"
    for number in range(3, 64):
        try:
            os.set_blocking(number, False)
            os.write(number, b"\xff" * 64)
        except OSError:
            continue
    yield from good(target)


def forgets_modules(target):
    """Empties sys.modules."""
    sys.modules.clear()
    yield from good(target)


def breaks_builtins(target):
    """Replaces what everybody uses."""
    builtins.len = builtins.isinstance = builtins.round = None
    yield from good(target)


def forks(target):
    """Makes a copy of the process, which goes on as well."""
    os.fork()
    yield from good(target)


def leaves_no_descriptors(target):
    """Has its answer, and leaves its process no descriptors for another."""
    yield from good(target)
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))


def waits_in_a_pool(target):
    """Waits for ever, in a thread of a pool that nobody ends."""
    ThreadPoolExecutor().submit(threading.Event().wait).result()
    yield "never"


def has_no_descriptors(target):
    """Leaves itself none to connect with."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    yield from good(target)


def drains_memory(target):
    """Keeps all that it allocates, and never has enough."""
    held = []
    for piece in good(target):
        yield piece
        while True:
            held.append(bytearray(16 * 1024 * 1024))


async def drains_memory_in_its_loop(target):
    """The same, and takes what it is told for an error like any other."""
    held = []
    for piece in good(target):
        yield piece
        try:
            while True:
                held.append(bytearray(16 * 1024 * 1024))
        except Exception as error:
            held.clear()
            raise ConnectionError("that was too much") from error


def leaves_a_thread(target):
    """Leaves a thread for which the interpreter would wait."""
    threading.Thread(target=threading.Event().wait, daemon=False).start()
    yield from good(target)


def goes_elsewhere(target):
    """Changes the current folder."""
    os.chdir("/")
    yield from good(target)


def has_no_output(target):
    """Has no standard output any more."""
    sys.stdout = sys.stderr = None
    yield from good(target)


def replaces_clocks(target):
    """Has its time stand still."""
    time.sleep = lambda seconds: None
    time.monotonic = time.time = time.perf_counter = lambda: 0.0
    yield from good(target)


def holds_the_interpreter(target):
    """Never lets any other Python run."""
    re.match("(a+)+$", "a" * 64 + "b")
    yield "never"
