"""Waits outside the functions that are replaced are found out, however short; hard work and imports are not."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import signal
import sys
import threading
import time
import urllib.request

import pytest

from ssedrill.clock.engine.blocked_time import BlockedTime
from ssedrill.clock.fate import NeedsRealClock
from support.virtualdrill import answer, drill

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="nobody tells waits from hard work"),
    pytest.mark.alone,  # a thread of another test that still spins in this process hides what this one waits
]
WHY = "the client waits outside virtual time"
TRIES = 20
"""A busy machine may be why a thread has not run for a few milliseconds: then nobody is blamed, in that run."""


def get(url):
    """Ask once."""
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read()


def held_lock(seconds):
    """Wait for a plain lock that the thread itself holds."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=seconds)


WAITS = {
    "lock": held_lock,
    "usleep": lambda seconds: ctypes.CDLL(None).usleep(round(seconds * 1e6)),
    "sigtimedwait": lambda seconds: signal.sigtimedwait([signal.SIGUSR2], seconds),
}


def found_out(client) -> NeedsRealClock:
    """Return the fate of a client that is found out, in one of several runs."""
    fate = None
    for _ in range(TRIES):
        fate = drill(client, [answer()]).fate
        if isinstance(fate, NeedsRealClock):
            return fate
    raise AssertionError(f"never found out: {fate}")


@pytest.mark.parametrize("seconds", [0.0015, 0.01, 0.3, 1.5])
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_wait_that_nobody_replaced(wait, seconds) -> None:
    """The run needs the real clock, and says that another virtual one would be worth while."""

    def client(url):
        get(url)
        wait(seconds)
        time.sleep(0)  # it ends here, with nothing open
        return get(url)

    fate = found_out(client)
    assert fate.because.startswith(WHY)
    assert bool(fate.worth_another) == (seconds < 1)


@pytest.mark.parametrize("seconds", [0.0015, 0.01, 0.3])
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("where", ["task", "callback"])
def test_one_in_the_thread_of_the_loop(wait, seconds, where) -> None:
    """An async client that waits like this is found out in the same way, wherever on its loop it does so."""

    async def client(url):
        loop = asyncio.get_running_loop()
        waited = loop.create_future()
        if where == "task":
            wait(seconds)
        else:
            loop.call_soon(lambda: waited.set_result(wait(seconds)))
            await waited
        await asyncio.sleep(1)

    fate = found_out(client)
    assert fate.because.startswith(WHY)
    assert fate.worth_another


def test_hard_work_in_the_thread_of_the_loop() -> None:
    """A client that only works, and has others work for it in threads, stays on the virtual clock."""

    async def client(url):
        for _ in range(5):
            hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
            await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", b"x", b"y", 20_000)
            await asyncio.to_thread(time.sleep, 3)
            await asyncio.sleep(1)
        return time.monotonic()

    assert drill(client, [answer()]).result == 1020.0


def test_a_thread_that_works_hides_no_longer_wait() -> None:
    """Beside a thread that is none of the run's and never stops, a wait of tenths of a second shows all the same."""
    over = threading.Event()
    worker = threading.Thread(target=lambda: [sum(range(1000)) for _ in iter(over.is_set, True)])
    worker.start()

    def client(url):
        held_lock(0.6)
        time.sleep(0)
        return get(url)

    try:
        fate = drill(client, [answer()]).fate
    finally:
        over.set()
        worker.join()
    assert isinstance(fate, NeedsRealClock)
    assert fate.because.startswith(WHY)


def test_hard_work() -> None:
    """A client that only works, and waits by what is replaced, stays on the virtual clock."""

    def client(url):
        for _ in range(5):
            hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
            sum(range(300_000))
            time.sleep(1)
        return get(url)

    assert drill(client, [answer()]).result == b"{}"


LIBRARY = """
import subprocess, sys, time
time.sleep(0.05)
found = subprocess.run([sys.executable, "-c", "print('found')"], capture_output=True, text=True).stdout
"""


@pytest.mark.parametrize("ways", ["async", "blocking"])
def test_what_an_import_does(tmp_path, monkeypatch, ways) -> None:
    """A library that waits, and starts a process, when it is imported in a client's turn, takes no virtual time."""
    (tmp_path / f"slow_library_{ways}.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)

    def imports():
        began = time.monotonic()
        return __import__(f"slow_library_{ways}").found, time.monotonic() - began

    def blocking(url):
        get(url)
        return imports()

    async def with_asyncio(url):
        return imports()

    assert drill(with_asyncio if ways == "async" else blocking, [answer()]).result == ("found\n", 0.0)


def test_a_wait_after_an_import(tmp_path, monkeypatch) -> None:
    """Only the import itself is excused, not what the client does in the same turn."""
    (tmp_path / "slow_library_again.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)

    def client(url):
        __import__("slow_library_again")
        held_lock(0.05)
        time.sleep(0)
        return get(url)

    fate = drill(client, [answer()]).fate
    assert isinstance(fate, NeedsRealClock)
    assert fate.because.startswith(WHY)


def test_blocked_time() -> None:
    """A thread that sleeps has been blocked for as long, one that computes has not."""
    blocked = BlockedTime()
    blocked.begin()
    time.sleep(0.05)
    assert blocked.seconds() > 0.04
    blocked.begin()
    sum(range(2_000_000))
    assert blocked.seconds() < 0.01
    blocked.close()
