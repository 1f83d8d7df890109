"""What a clock says became of a run."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio.to_thread
import pytest

from ssedrill.clock import reuse
from ssedrill.clock.fate import Done, NeedsFreshProcess, NeedsRealClock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import settled

BROKEN = NeedsFreshProcess("threads of the client's own ended with an earlier run in this process")
IN_REAL_TIME = NeedsFreshProcess("threads of the client's own have lived in real time since an earlier run")
CANCELLED = NeedsRealClock("the client cancelled tasks that are not its own")


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Let no test hear of threads that another has left."""
    monkeypatch.setattr(reuse, "TAINTED", set())
    monkeypatch.setattr(reuse, "LEFT", set())


def virtually(function, module=""):
    """Return what becomes of a virtual run that calls a function in a thread."""

    def run():
        clock = VirtualClock()
        return clock.run(lambda: clock.in_thread(function), module=module)

    return settled(run)


async def main():
    """Return something."""
    return "said"


def keeps_a_thread():
    """Start a thread that waits for work, as a client's module does in its first run, and never end it."""
    threading.Thread(target=queue.Queue().get, daemon=True).start()


def keeps_a_pool():
    """Make a pool, as a client's module does in its first run, and do not shut it down."""
    keeps_a_pool.pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]
    assert keeps_a_pool.pool.submit(len, "four").result() == 4  # type: ignore[attr-defined]


async def cancels_itself():
    """End as a coroutine does that somebody has cancelled."""
    raise asyncio.CancelledError


@pytest.mark.parametrize("clock", [RealClock, VirtualClock])
def test_a_run_that_is_done_has_its_value(clock) -> None:
    """What the coroutine returned is in the fate, on either clock."""
    assert clock().run(main, module="m") == Done("said")


@pytest.mark.parametrize("clock", [RealClock, VirtualClock])
def test_what_the_coroutine_raises_comes_out(clock) -> None:
    """An error of the harness's own is no fate of the run."""

    async def fails():
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        clock().run(fails)


def test_threads_that_end_with_the_run_taint_the_module() -> None:
    """A module whose thread has ended is run by neither clock, unless that is asked for; others are run."""
    assert virtually(keeps_a_thread, module="kept") == Done(None)
    for make in (VirtualClock, RealClock):
        assert make().run(main, module="kept") == BROKEN
        assert make().run(main, module="kept", although_tainted=True) == Done("said")
        assert make().run(main, module="another") == make().run(main) == Done("said")


def test_a_pool_taints_nothing() -> None:
    """A pool that lost its threads starts others, so that its module can be run again."""
    assert virtually(keeps_a_pool, module="pooled") == Done(None)
    assert set() == reuse.TAINTED
    assert virtually(keeps_a_pool, module="pooled") == Done(None)


def test_threads_of_a_real_run_are_not_for_virtual_ones() -> None:
    """What a run on the real clock has left behind lives in real time: only a real run goes on with it."""
    clock = RealClock()
    assert clock.run(lambda: clock.in_thread(keeps_a_pool), module="pooled") == Done(None)
    assert clock.run(lambda: clock.in_thread(keeps_a_thread), module="kept") == Done(None)
    assert RealClock().run(main, module="kept") == VirtualClock().run(main, module="pooled") == Done("said")
    assert VirtualClock().run(main, module="kept") == IN_REAL_TIME


def test_anyios_threads_end_with_the_task_that_they_work_for() -> None:
    """They are told to when the run is over, and are not taken for threads that were ended before their time."""
    clock = VirtualClock()

    async def asks():
        assert await anyio.to_thread.run_sync(len, "four") == 4

    assert clock.run(lambda: clock.in_loop(asks), module="anyio's") == Done(None)
    assert set() == reuse.TAINTED


def test_a_run_whose_error_comes_out_taints_the_module_too() -> None:
    """However the run ended, the threads have ended with it."""
    clock = VirtualClock()

    async def fails():
        await clock.in_thread(threading.Thread(target=time.sleep, args=(1000,), daemon=True).start)
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        clock.run(fails, module="pooled")
    assert VirtualClock().run(main, module="pooled") == BROKEN


def test_a_client_of_no_module_taints_nothing() -> None:
    """Clients that are programs share no name that could be tainted."""
    assert virtually(keeps_a_thread) == Done(None)
    assert set() == reuse.TAINTED


def test_who_cancelled_it_decides() -> None:
    """A run that nobody hurried was cancelled by its client; one that was hurried was ended by the harness."""
    assert VirtualClock().run(cancels_itself) == CANCELLED
    clock = VirtualClock()
    clock.hurry()
    with pytest.raises(asyncio.CancelledError):
        clock.run(cancels_itself)


def test_only_the_virtual_clock_counts_connects() -> None:
    """Without a count of its own a clock says so, instead of counting nothing."""
    assert RealClock().connects is None
    assert VirtualClock().connects(80) == 0
