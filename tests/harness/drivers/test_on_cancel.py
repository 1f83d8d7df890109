"""What a client leaves to be called when it is told to stop may block, or raise: nobody else is held up by it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager

import pytest

from broken_clients import sessions
from ssedrill.model.record import Outcome
from support.drilled_calls import came, run, scenario

STOPS = pytest.mark.parametrize("stop", ['at = "75 ms"', "after_event = 4", "after_token = 5"])


def leaves(function, blocking):
    """Return a client that leaves this to be called when a call is told to stop."""
    if blocking:

        @contextmanager
        def session(target):
            with sessions.right_sync(target) as made:

                def call(target):
                    target.on_cancel(function)
                    yield from made(target)

                yield call

    else:

        @asynccontextmanager
        async def session(target):
            async with sessions.right(target) as made:

                async def call(target):
                    target.on_cancel(function)
                    async for text in made(target):
                        yield text

                yield call

    return session


def is_closed_already():
    """Raise as a socket does."""
    raise OSError("it is closed already")


def is_misspelt():
    """Raise as a defect of the adapter does."""
    return closse  # type: ignore[name-defined] # noqa: F821


@STOPS
@pytest.mark.parametrize("blocking", [False, True], ids=["async", "blocking"])
def test_what_it_raises_is_the_clients(stop, blocking, capfd):
    """An error of it is heard by nobody, a defect is a crash; nothing is printed, and nobody else harmed."""
    drilled = scenario(f"cancel = {{ {stop} }}", "")
    assert came(run(leaves(is_closed_already, blocking), drilled)) == [Outcome.CANCELLED, Outcome.CLEAN]
    assert came(run(leaves(is_misspelt, blocking), drilled)) == [Outcome.CRASHED, Outcome.CLEAN]
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_what_blocks_holds_up_nobody_else(clock):
    """Closing an answer waits for whoever is reading it: the server goes on, and so does the call beside it."""
    over, went_on = threading.Event(), []

    @contextmanager
    def waits_for_the_other(session):
        with sessions.right_sync(session) as made:

            def call(target):
                target.on_cancel(lambda: went_on.append(over.wait(10.0)))
                yield from made(target)
                over.set()

            yield call

    drilled = scenario('cancel = { at = "75 ms" }', 'start = "with-previous"')
    record = run(waits_for_the_other, drilled, clock)
    assert (came(record), record.clock, went_on) == ([Outcome.CANCELLED, Outcome.CLEAN], clock, [True])


def test_an_async_client_is_told_on_its_own_loop():
    """What it leaves may be for that loop alone, on the real clock too."""
    loops = []
    drilled = scenario('cancel = { at = "75 ms" }')
    record = run(leaves(lambda: loops.append(asyncio.get_running_loop()), False), drilled, "real")
    assert (came(record), len(loops)) == ([Outcome.CANCELLED], 1)
