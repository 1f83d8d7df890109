"""Clients that are functions of this process, well behaved and otherwise."""

import asyncio
import gc
import sys
import threading
import time
from functools import partial

import pytest

from ssedrill.clock.errors import Spinning
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.drivers.in_process.client_session import kind_of
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target, Unsupported
from support.fates import value_of
from support.patience import HANG_S, LONGER_THAN_ANY_TEST_S
from support.tinyserver import drive


async def shows(target):
    """Yield two pieces."""
    yield "a"
    await asyncio.sleep(0)
    yield "b"


def shows_sync(target):
    """Yield two pieces."""
    yield "a"
    yield "b"


async def shows_nothing(target):
    """Do nothing, asynchronously."""


class Callable:
    """A client that is an object."""

    async def __call__(self, target):
        """Yield two pieces."""
        yield "a"
        yield "b"


@pytest.mark.parametrize("client", [shows, shows_sync, Callable(), partial(shows), lambda target: iter("ab")])
def test_pieces_then_done(client):
    """What a client yields is shown in order, and returning is its claim."""
    told = drive(InProcess(client))
    assert [(entry.n, entry.kind, entry.text) for entry in told.journal.entries] == [
        (1, "text", "a"),
        (2, "text", "b"),
        (3, "done", ""),
    ]


@pytest.mark.parametrize("client", [shows_nothing, lambda target: None])
def test_a_client_may_show_nothing(client):
    """A function that only returns has claimed an empty answer."""
    assert drive(InProcess(client)).kinds == ["done"]


def test_async_clients_are_told_from_blocking_ones():
    """Only a client that awaits belongs on a loop."""
    assert [kind_of(one).is_async for one in (shows, Callable(), partial(shows), shows_nothing)] == [True] * 4
    assert not kind_of(shows_sync).is_async


def raising(error, *, blocking):
    """Return a client that shows something and raises this."""

    async def client(target):
        yield "a"
        raise error

    def client_sync(target):
        yield "a"
        raise error

    return client_sync if blocking else client


@pytest.mark.parametrize(
    "error",
    [
        ValueError("http://127.0.0.1:4711/stream"),
        asyncio.CancelledError("mine"),
        GeneratorExit(),
        StopIteration(),
        ExceptionGroup("two", [OSError("x"), KeyError("y")]),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("blocking", [False, True])
def test_whatever_is_raised_is_an_error(error, blocking):
    """Nothing that a client raises is a success or gets out, and addresses are taken out of the message."""
    told = drive(InProcess(raising(error, blocking=blocking)))
    assert told.text == "a"
    assert told.kinds == ["error"]
    name, message = told.error
    assert name in (type(error).__name__, "RuntimeError")  # what a generator makes of StopIteration
    assert "4711" not in message
    if isinstance(error, ExceptionGroup):
        assert "OSError: x" in message


@pytest.mark.parametrize(
    ("error", "told"), [(SystemExit(3), "SystemExit: 3"), (KeyboardInterrupt(), "KeyboardInterrupt")]
)
@pytest.mark.parametrize("blocking", [False, True])
def test_what_ends_an_application_is_a_crash(error, told, blocking):
    """Who calls such a client and catches every Exception is ended by it: that is no honest failure."""
    seen = drive(InProcess(raising(error, blocking=blocking)))
    assert (seen.text, seen.kinds, seen.journal.crashed) == ("a", [], told)


def test_a_client_that_cancels_itself_has_failed():
    """A client that calls off its own task has not completed."""

    async def client(target):
        yield "a"
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    assert drive(InProcess(client)).error[0] == "CancelledError"


def test_error_without_a_message():
    """An error whose text can't be had is still an error."""

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no")

    def client(target):
        raise Mute

    assert drive(InProcess(client)).error[0] == "Mute"


def test_unsupported_is_an_answer():
    """A client may say that it can't do this."""

    async def client(target):
        raise Unsupported("no such dialect here")
        yield ""

    told = drive(InProcess(client))
    assert [(entry.kind, entry.text) for entry in told.journal.entries] == [("unsupported", "no such dialect here")]


def test_unsupported_after_text_is_an_error():
    """A client that has shown text has begun: what it raises then is an error, whatever it is called."""

    async def client(target):
        yield "a"
        raise Unsupported("sorry")

    told = drive(InProcess(client))
    assert (told.text, told.kinds, told.error) == ("a", ["error"], ("Unsupported", "sorry"))


@pytest.mark.parametrize("piece", [b"a", None, 5, ["a"]])
@pytest.mark.parametrize("blocking", [False, True])
def test_pieces_must_be_text(piece, blocking):
    """Yielding anything but text is the client's mistake, and the message says what would be right."""

    async def client(target):
        yield piece

    def client_sync(target):
        yield piece

    told = drive(InProcess(client_sync if blocking else client))
    assert told.kinds == []
    assert told.journal.crashed.startswith("BadClient: the client must yield the text")


def test_returning_the_text_is_a_mistake():
    """A client that returns its text, or an async generator from a plain function, is told so."""

    async def returns(target):
        return "text"

    assert drive(InProcess(returns)).journal.crashed.startswith("BadClient")
    assert "async def" in drive(InProcess(lambda target: shows(target))).journal.crashed


def test_restarts_and_retries_are_noted():
    """What a client tells its application by way of the target stands among the pieces."""

    async def client(target):
        yield "a"
        target.retry("dropped by 127.0.0.1:5")
        target.restart()
        yield "b"

    told = drive(InProcess(client))
    assert [(entry.kind, entry.text) for entry in told.journal.entries] == [
        ("text", "a"),
        ("retry", "dropped by <host>"),
        ("restart", ""),
        ("text", "b"),
        ("done", ""),
    ]


async def _forever(target, *, swallow):
    yield "a"
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            yield "after the end"
            if not swallow:
                raise


async def polite(target):
    """Wait for ever, and try to speak when cancelled."""
    async for piece in _forever(target, swallow=False):
        yield piece


async def stubborn(target):
    """Swallow every cancellation."""
    async for piece in _forever(target, swallow=True):
        yield piece


async def rewrites(target):
    """Turn its cancellation into an error of its own."""
    yield "a"
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        raise ConnectionError("cancelled") from None


async def ignores_exit(target):
    """Go on yielding when it is closed."""
    while True:
        try:
            yield "a"
            await asyncio.sleep(0.01)
        except GeneratorExit:
            yield "never"


RELEASED = threading.Event()
"""Set when the run of a client that blocks is over: it is still blocking then."""


def _endless(target):
    while True:
        yield "a"


async def endless(target):
    """Yield for ever without a pause."""
    while True:
        yield "a"


async def blocks_its_loop(target):
    """Block the thread that it runs in."""
    yield "a"
    RELEASED.wait(HANG_S)


def sleeps(target):
    """Block for longer than anybody waits."""
    yield "a"
    RELEASED.wait(HANG_S)
    yield "late"


def sleeps_virtually(target):
    """Block for longer than anybody waits, in a way that virtual time reaches."""
    yield "a"
    time.sleep(LONGER_THAN_ANY_TEST_S)


@pytest.mark.parametrize(
    "client", [polite, stubborn, rewrites, ignores_exit, endless, _endless, blocks_its_loop, sleeps]
)
def test_deadline_ends_the_run(client):
    """At the deadline the run is over and nothing is heard any more, whatever the client does about it."""
    RELEASED.clear()
    told = drive(InProcess(client), deadline_s=0.3)  # it comes back, though the client does not
    RELEASED.set()
    journal = told.journal
    assert journal.stopped
    assert journal.stopped_t >= 0.3
    assert told.kinds == []
    assert told.text.strip("a") == ""
    assert all(entry.t <= journal.stopped_t for entry in journal.entries)


@pytest.mark.parametrize("client", [polite, stubborn, rewrites, ignores_exit, sleeps_virtually])
def test_the_deadline_is_kept_exactly(client):
    """In virtual time a run ends at the deadline and at no other moment."""
    journal = drive(InProcess(client), deadline_s=0.3, clock=VirtualClock()).journal
    assert (journal.stopped, journal.stopped_t) == (True, 0.3)


def test_an_abandoned_thread_ends_when_it_wakes_up():
    """A blocking client that was given up does not live on: it might disturb a later drill."""
    given_up, ended = threading.Event(), threading.Event()
    went_on = []

    def client(target):
        try:
            yield "a"
            given_up.wait(HANG_S)
            went_on.append(True)
        finally:
            ended.set()

    told = drive(InProcess(client), deadline_s=0.1)
    assert "abandoned" in told.journal.notes[0]
    given_up.set()
    assert ended.wait(HANG_S)
    assert went_on == []


def test_a_blocking_loop_does_not_block_the_server():
    """A client that blocks its own loop leaves the loop that waits for it alone: that one lets it go on."""
    blocked, ticked = threading.Event(), threading.Event()

    async def client(target):
        blocked.set()
        assert ticked.wait(HANG_S)
        yield "a"

    async def main():
        clock = RealClock()

        async def tick():
            while not blocked.is_set():  # noqa: ASYNC110 (another thread sets it)
                await asyncio.sleep(0.001)
            for _ in range(20):
                await asyncio.sleep(0.001)
            ticked.set()

        ticking = asyncio.create_task(tick())
        sink = Sink(clock.now)
        await InProcess(client).run(Target("", "eventsource", "", 1, 2 * HANG_S, sink), clock)
        await ticking
        return [entry.kind for entry in sink.journal.entries]

    assert value_of(RealClock().run(main)) == ["text", "done"]


def test_cancelling_the_run_stops_the_client():
    """When a run is called off, its client is cancelled and not heard any more."""
    seen = []

    async def client(target):
        yield "a"
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main():
        clock = RealClock()
        sink = Sink(clock.now)
        run = asyncio.create_task(InProcess(client).run(Target("", "eventsource", "", 1, HANG_S, sink), clock))
        while not sink.journal.entries:  # noqa: ASYNC110 (the sink tells nobody)
            await asyncio.sleep(0.01)
        run.cancel()
        await asyncio.wait({run})
        return run.cancelled(), [entry.kind for entry in sink.journal.entries], sink.journal.stopped

    assert value_of(RealClock().run(main)) == (True, ["text"], False)
    assert seen == ["cancelled"]


def test_client_left_overs_do_not_delay_the_end():
    """A background task that a client forgot is cancelled with its loop."""

    tasks = []

    async def client(target):
        tasks.append(asyncio.create_task(asyncio.sleep(LONGER_THAN_ANY_TEST_S)))
        yield "a"

    told = drive(InProcess(client))
    assert told.kinds == ["done"]
    assert tasks[0].cancelled()


def test_a_lazy_function_is_probed():
    """A function given by name is imported by the probe, which says what is missing."""
    found = InProcess("no_such_module:f", install="pip install it").probe()
    assert not found.available
    assert "no_such_module" in found.why
    assert "pip install it" in found.why
    assert "no_such_module" not in sys.modules
    good = InProcess("ssedrill.clients.reference.client:reference", distribution="httpx").probe()
    assert good.available
    assert good.version


def test_a_function_that_is_missing_is_a_crash():
    """A run without a probe before it does not fall over either."""
    told = drive(InProcess("no_such_module:f"))
    assert told.kinds == []
    assert told.journal.crashed.startswith("BadSpec: ")


def test_what_goes_wrong_while_a_run_is_ended_from_outside_is_not_told_to_the_loop():
    """Ctrl-C while a client spins leaves no traceback of a task whose exception nobody asked for."""

    class SpinningClock(RealClock):
        async def in_loop(self, client):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise Spinning("used the processor") from None

    async def run():
        told = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["message"]))
        target = Target("http://127.0.0.1:9/", "eventsource", "x", 1.0, 60.0, Sink(lambda: 0.0))
        task = asyncio.create_task(InProcess(shows).run(target, SpinningClock()))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        del task
        gc.collect()
        return told

    assert asyncio.run(run()) == []
