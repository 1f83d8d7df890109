"""No wait ends before its time, by any clock of the run and by any arithmetic of floats."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from ssedrill.clock.engine.moments import STEP, after, at_or_after, nearest, seconds
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import run_virtually, value_of

DELAYS = st.floats(1e-6, 1e5) | st.decimals(0, 1000, places=3).map(float)
MOMENTS = st.integers(10**12, 10**17)


@given(now=MOMENTS, delay=DELAYS)
@example(now=1000_500_000_000_000, delay=0.05)
def test_a_moment_after(now, delay) -> None:
    """Whoever adds the delay to the float of now finds that the moment has come, and that little more has passed."""
    moment = after(now, delay)
    assert seconds(moment) >= seconds(now) + delay
    assert moment - now - delay * 1e12 <= STEP + moment * 2**-51


@given(when=st.floats(0, 1e6))
def test_a_moment_asked_for(when) -> None:
    """A timer for a moment lands there, not before it, and a moment of the clock's own is exactly itself."""
    moment = at_or_after(when)
    assert when <= seconds(moment) <= when + 2e-9
    assert at_or_after(seconds(moment)) == at_or_after(seconds(at_or_after(seconds(moment))))


@pytest.mark.parametrize("ten_ms", range(0, 5000, 170))
def test_what_is_written_in_decimals(ten_ms) -> None:
    """Moments that somebody writes down in decimals have nothing behind them."""
    assert nearest(1000 + ten_ms / 100) == 1000 * 10**12 + ten_ms * 10**10


async def hosted(clock, wait, ways):
    """Return what the client saw, an async one or a blocking one."""
    said = []

    async def async_client() -> None:
        said.append(await wait())

    def blocking_client() -> None:
        said.append(wait())

    await (clock.in_loop(async_client) if ways == "async" else clock.in_thread(blocking_client))
    return said[0]


@pytest.mark.parametrize("began", [0.0, 0.01, 0.11, 0.3, 7.77, 23.5])
@pytest.mark.parametrize(("step", "count"), [(0.05, 20), (0.1, 10), (0.02, 100), (0.01, 300), (0.001, 1000)])
@pytest.mark.parametrize("ways", ["async", "blocking"])
def test_waiting_for_a_moment_in_small_steps(began, step, count, ways) -> None:
    """A client that sleeps until so many whole seconds have passed does so as often as needed, not once more."""
    whole = round(step * count)

    def blocking() -> int:
        time.sleep(began)
        end, slept = time.monotonic() + whole, 0
        while time.monotonic() < end:
            time.sleep(step)
            slept += 1
        return slept

    async def with_asyncio() -> int:
        await asyncio.sleep(began)
        end, slept = time.monotonic() + whole, 0
        while time.monotonic() < end:
            await asyncio.sleep(step)
            slept += 1
        return slept

    clock = VirtualClock()
    assert value_of(clock.run(lambda: hosted(clock, with_asyncio if ways == "async" else blocking, ways))) == count


CLOCKS = ["monotonic", "perf_counter", "time", "monotonic_ns", "perf_counter_ns", "time_ns"]


@pytest.mark.parametrize("clock_name", CLOCKS)
def test_no_sleep_ends_early_by_any_clock(clock_name) -> None:
    """What a clock shows after a sleep is never less than what it showed before it, and the sleep."""

    def early() -> list[float]:
        look, found = getattr(time, clock_name), []
        for n in range(1, 400):
            length = n * 0.0031
            before = look()
            time.sleep(length)
            due = before + (round(length * 1e9) if clock_name.endswith("_ns") else length)
            if look() < due:
                found.append(length)
        return found

    clock = VirtualClock()
    assert value_of(clock.run(lambda: hosted(clock, early, "blocking"))) == []


def test_a_timer_that_is_set_again_until_its_moment_is_over() -> None:
    """A timer that finds its moment just come, and sets itself for it again, comes to its end."""

    async def main() -> int:
        loop, over, fired = asyncio.get_running_loop(), asyncio.Event(), 0
        due = loop.time() + 75

        def check() -> None:
            nonlocal fired
            fired += 1
            if loop.time() <= due:
                loop.call_at(due, check)
            else:
                over.set()

        loop.call_at(due, check)
        await over.wait()
        return fired

    assert run_virtually(main) == 2


def test_aiohttp_keep_alive() -> None:
    """A server of aiohttp's closes an idle connection when its time has come, on a clock that stops right there."""

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def main() -> float:
        app = web.Application()
        app.router.add_get("/", hello)
        runner = web.AppRunner(app, keepalive_timeout=75)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        reader, writer = await asyncio.open_connection(*site._server.sockets[0].getsockname()[:2])
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        began = asyncio.get_running_loop().time()
        await reader.read(-1)
        ended = asyncio.get_running_loop().time()
        writer.close()
        await runner.cleanup()
        return round(ended - began, 6)

    assert run_virtually(main) == pytest.approx(75, abs=1)
