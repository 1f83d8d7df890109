"""The virtual loop by itself: order, exactness, and what it says when nothing can happen."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from ssedrill.clock.engine.errors import Stuck
from ssedrill.clock.engine.loop import BUFFER
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import run_virtually, value_of

SNDBUF = (socket.SOL_SOCKET, socket.SO_SNDBUF)


def test_time_stands_still_while_anything_runs():
    """Giving way a thousand times takes no time at all."""

    async def main():
        loop = asyncio.get_running_loop()
        for _ in range(1000):
            await asyncio.sleep(0)
        return loop.time()

    assert run_virtually(main, start=5.0) == 5.0


def test_sums_of_small_waits_are_exact():
    """Ten thousand waits of 5 ms end at 50 s, to the microsecond."""

    async def main():
        loop = asyncio.get_running_loop()
        for _ in range(10_000):
            await asyncio.sleep(0.005)
        return loop.time()

    assert round(run_virtually(main) - 1000.0, 6) == 50.0


def test_a_timer_never_fires_early():
    """When a timer fires, its moment has come: a client that looks again must not have to wait again."""

    async def main():
        loop = asyncio.get_running_loop()
        early = []
        for n in range(1, 500):
            when = loop.time() + n / 7.0
            fired = loop.create_future()
            loop.call_at(when, fired.set_result, None)
            await fired
            early.append(loop.time() < when)
        return any(early)

    assert not run_virtually(main)


def test_what_arrives_goes_before_timers_and_timers_in_order():
    """At one instant data are read first; timers due together fire in the order they were set."""

    async def main():
        loop = asyncio.get_running_loop()
        seen = []
        a, b = socket.socketpair()
        with a, b:
            loop.add_reader(b, lambda: (seen.append("data"), loop.remove_reader(b)))
            for name in ("first", "second", "third"):
                loop.call_at(loop.time() + 1.0, seen.append, name)
            loop.call_at(loop.time() + 0.5, a.send, b"x")
            await asyncio.sleep(2)
        return seen

    assert run_virtually(main) == ["data", "first", "second", "third"]


def test_sockets_are_reported_in_the_order_they_were_registered():
    """Files that are ready together come in order of registration, whatever their numbers."""

    async def main():
        loop = asyncio.get_running_loop()
        pairs = [socket.socketpair() for _ in range(8)]
        order = [5, 2, 7, 0, 3, 6, 1, 4]
        seen = []
        for i in order:
            loop.add_reader(pairs[i][1], lambda i=i: (seen.append(i), loop.remove_reader(pairs[i][1])))
        for _, (a, _b) in enumerate(pairs):
            a.send(b"x")
        await asyncio.sleep(1)
        for a, b in pairs:
            a.close()
            b.close()
        return seen

    assert run_virtually(main) == [5, 2, 7, 0, 3, 6, 1, 4]


def test_a_deadlock_is_described():
    """If nothing can ever happen, the error says of each task what it waits for, in the same words every time."""

    async def inner():
        await asyncio.get_running_loop().create_future()

    async def outer():
        await inner()

    async def main():
        task = asyncio.get_running_loop().create_task(outer())
        await task

    said = set()
    for _ in range(3):
        with pytest.raises(Stuck) as caught:
            run_virtually(main)
        said.add(str(caught.value))
    assert len(said) == 1
    assert "outer waits in" in said.pop()


def test_waiting_names_the_tasks_at_a_deadline():
    """At a deadline a drill can ask what everybody is waiting for."""
    clock = VirtualClock()

    async def stubborn():
        await asyncio.Event().wait()

    async def main():
        task = asyncio.get_running_loop().create_task(stubborn())
        await asyncio.sleep(30)
        try:
            return clock.task_traces()
        finally:
            task.cancel()

    (said,) = value_of(clock.run(main))
    assert "stubborn waits in" in said
    assert said.endswith("Event.wait")
    assert "0x" not in said


def test_sockets_have_fixed_buffers_and_no_delay():
    """Connected and accepted sockets hold nothing back and do not tune their buffers: both go by real time."""

    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
            listener.setblocking(False)
            client.setblocking(False)
            await loop.sock_connect(client, listener.getsockname())
            accepted, _ = await loop.sock_accept(listener)
            with accepted:
                return [
                    [s.getsockopt(*which) for which in ((socket.IPPROTO_TCP, socket.TCP_NODELAY), SNDBUF)]
                    for s in (client, accepted)
                ]

    (one, two) = run_virtually(main)
    assert one == two
    assert one[0] != 0
    assert one[1] in (BUFFER, 2 * BUFFER)


def test_idle_comes_before_time_moves():
    """A waiter for idleness goes on at the same instant, but after everybody who can run."""

    async def main():
        loop = asyncio.get_running_loop()
        seen = []

        async def busy():
            for _ in range(50):
                await asyncio.sleep(0)
            seen.append(("busy", loop.time()))

        task = loop.create_task(busy())
        await loop.idle()  # type: ignore[attr-defined]
        seen.append(("idle", loop.time()))
        loop.call_later(3, int)
        await loop.moved()  # type: ignore[attr-defined]
        seen.append(("moved", loop.time()))
        await task
        return seen

    assert run_virtually(main) == [("busy", 1000.0), ("idle", 1000.0), ("moved", 1003.0)]


def test_a_blocking_sleep_stops_everybody():
    """time.sleep in the loop's own thread lets time pass for all, as it would in reality."""

    async def main():
        loop = asyncio.get_running_loop()
        fired = []
        loop.call_later(1, lambda: fired.append(loop.time()))
        time.sleep(10)  # noqa: ASYNC251 - the subject of the test
        await asyncio.sleep(0)
        return fired

    assert run_virtually(main) == [1010.0]


def test_executors_and_worker_threads_live_on_virtual_time():
    """Blocking functions given to threads sleep side by side, in virtual time."""

    async def main():
        import anyio.to_thread

        loop = asyncio.get_running_loop()
        begin = loop.time()
        await asyncio.gather(asyncio.to_thread(time.sleep, 30), asyncio.to_thread(time.sleep, 20))
        with anyio.fail_after(100):
            await anyio.to_thread.run_sync(time.sleep, 50)
        return loop.time() - begin

    assert run_virtually(main) == 80.0
