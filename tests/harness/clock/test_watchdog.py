"""The watchdog barks at who waits, and not at who gets no processor or waits for the harness."""

from __future__ import annotations

import threading
import time

import pytest

from ssedrill.clock.engine import watchdog
from ssedrill.clock.engine.progress import Limits, Progress
from ssedrill.clock.engine.watchdog import Watchdog
from support.patience import HANG_S


@pytest.fixture
def watched():
    """Yield a progress whose thread just waits, and the list of what the watchdog says of it."""
    progress, barked, end = Progress(Limits(blocked_s=0.5)), [], threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert thread.ident is not None
    progress.runner = thread.ident
    with Watchdog(progress, barked.append):
        yield progress, barked
    end.set()
    thread.join()


def test_who_waits_is_named(watched) -> None:
    """A thread that has its turn and waits is told of."""
    _, barked = watched
    end = time.monotonic() + HANG_S
    while not barked and time.monotonic() < end:
        time.sleep(0.01)
    assert barked[0].endswith("wait")


def test_who_gets_no_processor_is_not(watched, monkeypatch) -> None:
    """The time in which a thread could run but for the other work of the machine does not count."""
    _, barked = watched
    monkeypatch.setattr(watchdog, "queued_s", lambda ident: time.monotonic())
    time.sleep(1.5)
    assert barked == []


def test_the_harness_may_wait(watched) -> None:
    """While the harness itself is at work in a client's turn (it builds, it asks programs), nobody is to blame."""
    progress, barked = watched
    with progress.harness_at_work():
        time.sleep(1.5)
    assert barked == []
