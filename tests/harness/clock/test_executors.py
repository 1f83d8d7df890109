"""Functions that a client gives to executors run on virtual time, as many at a time as the executor has threads."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import value_of

MINE = threading.local()


class Traced(ThreadPoolExecutor):
    """An executor with ways of its own."""

    def submit(self, call, /, *args, **options):
        """Say what is asked for, and do it."""
        self.asked = getattr(self, "asked", 0) + 1
        return super().submit(call, *args, **options)


def on_a_loop(client):
    """Return what an async function returns on the virtual clock, and the virtual seconds that it took."""
    result = []

    async def main():
        result.append(await client())

    clock = VirtualClock()
    value_of(clock.run(lambda: clock.in_loop(main)))
    return result[0], clock.now() - 1000.0


async def sleeps(pool, times):
    """Have a pool sleep for a second so many times."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(pool, time.sleep, 1) for _ in range(times)))


@pytest.mark.parametrize(("workers", "took"), [(1, 6.0), (2, 3.0), (4, 2.0), (6, 1.0)])
def test_an_executor_has_as_many_slots_as_threads(workers, took):
    """Six sleeps of a second take as long as in that many threads, and nothing blocks when the pool is left."""

    async def client():
        with ThreadPoolExecutor(workers) as pool:
            await sleeps(pool, 6)

    assert on_a_loop(client) == (None, took)


def test_the_default_executor_is_the_same_on_every_machine():
    """It has 32 slots, however many processors there are; one that the client sets has its own number."""

    async def client():
        await sleeps(None, 33)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 1) for _ in range(3)))

    assert on_a_loop(client) == (None, 5.0)


def test_results_errors_and_cancellations_arrive():
    """What waited for a slot gives its result or its error; what was cancelled meanwhile is not run at all."""
    ran = []

    async def client():
        loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(1)
        first = loop.run_in_executor(pool, time.sleep, 1)
        never = loop.run_in_executor(pool, ran.append, "never")
        error = loop.run_in_executor(pool, int, "x")
        last = loop.run_in_executor(pool, lambda: (ran.append("last"), "result")[1])
        never.cancel()
        told = await asyncio.gather(first, never, error, last, return_exceptions=True)
        return [type(one) if isinstance(one, BaseException) else one for one in told]

    assert on_a_loop(client)[0] == [None, asyncio.CancelledError, ValueError, "result"]
    assert ran == ["last"]


def test_an_executor_with_ways_of_its_own_is_used_as_it_is():
    """A subclass is asked, an initializer runs in the threads, a closed pool refuses; time stays virtual."""

    async def client():
        loop = asyncio.get_running_loop()
        traced = Traced(1)
        await sleeps(traced, 3)
        began = ThreadPoolExecutor(1, initializer=lambda: setattr(MINE, "name", "begun"))
        name = await loop.run_in_executor(began, lambda: MINE.name)
        closed = ThreadPoolExecutor(1)
        closed.shutdown()
        with pytest.raises(RuntimeError, match="shutdown"):
            await loop.run_in_executor(closed, time.sleep, 1)
        return traced.asked, name

    assert on_a_loop(client) == ((3, "begun"), 3.0)
