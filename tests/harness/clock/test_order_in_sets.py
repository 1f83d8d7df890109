"""What is waited for together, and comes at one moment, comes out of a set in the order in which it was made."""

from __future__ import annotations

import asyncio
import concurrent.futures as pools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ssedrill.clock.fate import Done
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import run_virtually, value_of

MANY = 24
"""In the order of addresses so many would be in order once in 10**23 times."""


def in_a_thread(client):
    """Return what a blocking function returns on the virtual clock, of as many runs as a busy machine needs."""
    while True:
        clock, result = VirtualClock(), []
        fate = clock.run(lambda: clock.in_thread(lambda: result.append(client())))  # noqa: B023 - it is over by then
        if isinstance(fate, Done) or not fate.worth_another:
            value_of(fate)
            return result[0]


def test_tasks():
    """``asyncio.wait`` gives a set of them."""

    async def main():
        tasks = [asyncio.create_task(asyncio.sleep(1, number)) for number in range(MANY)]
        done, _ = await asyncio.wait(tasks)
        return (
            [task.result() for task in done],
            len({*tasks, *tasks}),
            asyncio.all_tasks() == {asyncio.current_task()},
        )

    assert run_virtually(main) == (list(range(MANY)), MANY, True)


def test_tasks_that_are_cancelled_together():
    """A group cancels those that are left in the order of a set."""
    cancelled = []

    async def waits(number):
        try:
            await asyncio.sleep(9)
        finally:
            cancelled.append(number)

    async def fails():
        await asyncio.sleep(1)
        raise KeyError

    async def main():
        async with asyncio.TaskGroup() as group:
            for number in range(MANY):
                group.create_task(waits(number))
            group.create_task(fails())

    async def caught():
        try:
            await main()
        except* KeyError:
            pass

    run_virtually(caught)
    assert cancelled == list(range(MANY))


def test_futures_of_the_loop():
    """Those of its executor, too."""

    async def main():
        loop = asyncio.get_running_loop()
        done, _ = await asyncio.wait([loop.run_in_executor(None, lambda n=n: n) for n in range(MANY)])
        return [future.result() for future in done]

    assert run_virtually(main) == list(range(MANY))


@pytest.mark.parametrize(
    ("taken", "order"),
    [
        (lambda futures: pools.wait(futures).done, 1),
        (pools.as_completed, 1),
        (lambda futures: time.sleep(2) or pools.as_completed(futures), -1),
    ],
    ids=["wait", "as completed", "completed before"],
)
def test_futures_of_a_pool(taken, order):
    """A blocking client that waits for many at once is the same in each process; some are taken from the end."""

    def client():
        with ThreadPoolExecutor(MANY) as pool:
            futures = [pool.submit(lambda n=n: time.sleep(1) or n) for n in range(MANY)]
            return [future.result() for future in taken(futures)]

    assert in_a_thread(client) == list(range(MANY))[::order]


def test_a_task_factory_of_the_clients_own():
    """It is used, as on any loop."""

    class Own(asyncio.Task):
        pass

    async def main():
        asyncio.get_running_loop().set_task_factory(lambda loop, coro, **options: Own(coro, loop=loop, **options))
        task = asyncio.create_task(asyncio.sleep(0))
        await task
        return type(task)

    assert run_virtually(main) is Own
