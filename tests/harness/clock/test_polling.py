"""Clients that poll the clock: how much they may do until they are found out or moved on, counted, not timed."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from ssedrill.clock.engine.progress import COARSEST_S, FINE_STEPS, Limits
from ssedrill.clock.errors import Spinning
from ssedrill.clock.fate import NeedsRealClock
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import run_virtually
from support.virtualdrill import answer, drill_program

WHY_NOT = why_not_preloadable([sys.executable])
programs = pytest.mark.skipif(WHY_NOT is not None, reason=f"no virtual programs: {WHY_NOT}")

LOOKS, LOOKS_OF_A_POLLER = 50_000, 1000
"""As the preloaded library has them: looks at one instant until time creeps on by a millisecond, and from then on."""
WAIT_FOR_NOTHING = 10
"""As many looks is a wait of no length."""


@pytest.mark.parametrize("nap_s", [0.000_05, 0.000_005])
def test_short_sleeps_without_end_become_coarser(nap_s):
    """A wait made of very short sleeps takes a bounded number of steps, and ends hardly late."""

    async def main():
        loop, steps = asyncio.get_running_loop(), 0
        end = loop.time() + 1.0
        while loop.time() < end:
            await asyncio.sleep(nap_s)
            steps += 1
        return steps, loop.time() - end

    steps, late = run_virtually(main)
    assert 3 * FINE_STEPS < steps <= 3 * FINE_STEPS + 1.0 / COARSEST_S
    assert 0 <= late < COARSEST_S


def test_short_sleeps_are_exact_up_to_there():
    """A client that sleeps shortly now and then is woken to the moment, however often it does."""

    async def main():
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for _ in range(2 * FINE_STEPS):
            await asyncio.sleep(0.000_02)
        first = loop.time() - begin
        for _ in range(5):
            await asyncio.sleep(0.01)
            for _ in range(FINE_STEPS // 2):
                await asyncio.sleep(0.000_02)
        return first, loop.time() - begin - first

    first, rest = run_virtually(main)
    assert first > 2 * FINE_STEPS * 0.000_02  # that was too often
    assert rest == pytest.approx(5 * (0.01 + FINE_STEPS // 2 * 0.000_02), abs=1e-9)


def blocking(poll):
    """Return the fate of a run whose blocking client polls for a second, and how often it did."""
    polled = 0

    def client():
        nonlocal polled
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            polled += 1
            poll()

    clock = VirtualClock()

    async def main():
        with pytest.raises(Spinning):
            await clock.in_thread(client)

    return clock.run(main), polled


@pytest.mark.parametrize(
    ("poll", "most"),
    [(lambda: None, Limits().reads), (lambda: time.sleep(0), Limits().idle_turns)],
    ids=["read", "sleep 0"],
)
def test_who_polls_is_found_out_by_counts(poll, most):
    """The run asks for the real clock after a number of polls that takes a fraction of a second anywhere."""
    fate, polled = blocking(poll)
    assert isinstance(fate, NeedsRealClock)
    assert fate.because.startswith("the client polls")
    assert polled <= most + 1 <= 100_001


def polled_by_a_program(nap, ms):
    """Return how often a program polls until so many milliseconds are over."""
    code = (
        "import select, time\n"
        f"end, polled = time.monotonic() + {ms / 1000} - 1e-9, 0\n"
        f"while time.monotonic() < end: polled += 1; {nap}\n"
        "print(polled)"
    )
    return int(drill_program([sys.executable, "-c", code], [answer()]).result[1][0][1])


@programs
@pytest.mark.parametrize(
    ("nap", "looks"),
    [("pass", 1), ("time.sleep(0)", 1 + WAIT_FOR_NOTHING), ("select.select([], [], [], 0)", 1 + WAIT_FOR_NOTHING)],
    ids=["read", "sleep 0", "select 0"],
)
def test_time_creeps_on_for_a_program(nap, looks):
    """The first millisecond takes many looks at the clock, each one after it few."""
    assert polled_by_a_program(nap, 30) <= (LOOKS + 29 * LOOKS_OF_A_POLLER) / looks + 30
    assert polled_by_a_program(nap, 1) > LOOKS / looks - 1000  # so many are no haste of its own


@programs
def test_a_program_that_waits_again_polls_no_more():
    """After a wait of its own a program may look at the clock very often again before the clock moves for it."""
    code = (
        "import time\n"
        "end = time.monotonic() + 0.005\n"
        "while time.monotonic() < end: pass\n"
        "time.sleep(1)\n"
        "now = time.monotonic()\n"
        "print(all(time.monotonic() == now for _ in range(40_000)))"
    )
    assert drill_program([sys.executable, "-c", code], [answer()]).result[1][0][1] == "True\n"
