"""Slots in the page of threads that were killed hold nobody up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from ssedrill.clock.engine.progress import Limits, Progress
from ssedrill.clock.programs.broker import Broker
from ssedrill.clock.programs.page_layout import NEVER, PAGE_WORDS, SLOT_WORDS
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.programs.shared_page import SharedPage
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import value_of
from support.virtualdrill import answer, drill_program

pytestmark = pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")


@pytest.fixture
def page():
    """Yield a page that shows 1000 s."""
    page = SharedPage(10**12, 0, 1)
    yield page
    page.close()


@pytest.fixture
def killed():
    """Return the number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def take_slot(page, pid, deadline, *, valid=1, ack=0):
    """Write a slot as a thread does that waits."""
    first = PAGE_WORDS["slots"].start
    for name, value in (("owner", pid << 32 | pid), ("deadline", deadline), ("ack", ack), ("valid", valid)):
        page._words[first + SLOT_WORDS[name].start] = value


def test_a_slot_of_nobody_is_no_moment_to_wait_for(page, killed) -> None:
    """When no program is left, what one of them has waited for does not hold the clock at that moment for ever."""
    take_slot(page, killed, 10**12 + 5)
    broker = Broker(page, Progress())
    assert not broker.alive()
    assert broker.next_s() == float("inf")
    broker.close()


@pytest.mark.parametrize(("valid", "ack"), [(0, 0), (1, 0), (1, 7)], ids=["half-written", "confirmed", "behind"])
def test_it_is_freed_while_others_live(page, killed, valid, ack) -> None:
    """A program beside it is found quiet, and the slot is free again, in whatever state it was left."""
    take_slot(page, killed, NEVER, valid=valid, ack=ack)
    assert page.taken()
    broker = Broker(page, Progress(Limits(busy_s=5.0)))
    broker.alive = lambda: True  # type: ignore[method-assign]
    page._set("connected", 1)
    broker.settle()
    assert page.taken() == []
    broker.close()


SERVICE = """
import os, signal, subprocess, sys, time
for _ in range(3):
    child = subprocess.Popen([sys.executable, '-c', '''
import threading, time
for n in range(4): threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
time.sleep(1e6)
'''])
    time.sleep(0.5)
    child.kill()
    child.wait()
    time.sleep(1)
print('over')
"""


def test_a_service_that_is_killed() -> None:
    """A program that starts others with threads, and kills them while they wait, goes on in its own time."""
    done = drill_program([sys.executable, "-c", SERVICE], [answer()])
    assert done.result == (0, [(4.5, "over\n")])


def test_one_that_is_killed_last() -> None:
    """If the killed one was the last, the run's time moves on all the same."""

    async def main() -> float:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.DEVNULL)
        argv = [sys.executable, "-c", "import time; time.sleep(1e6)"]
        process = await clock.start_program(argv, dict(os.environ), **pipes)
        await asyncio.sleep(1)
        process.kill()
        await process.wait()
        await asyncio.sleep(1000)
        return clock.now()

    clock = VirtualClock()
    assert value_of(clock.run(main)) == 2001.0
