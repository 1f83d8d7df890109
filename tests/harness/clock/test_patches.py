"""What is replaced for a drill's threads, and that nobody else notices."""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import inspect
import json
import os
import queue
import random
import secrets
import select
import socket
import sys
import threading
import time
import types
import uuid

import httpx
import httpx_sse
import pytest

from ssedrill.clock.python.overrides import Dispatcher
from ssedrill.clock.virtual.virtual_clock import NEW_YEAR
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.fates import run_virtually
from support.patience import HANG_S

WATCHED = (
    (time, ("monotonic", "monotonic_ns", "perf_counter", "time", "time_ns", "sleep", "gmtime", "localtime")),
    (random, ("random", "uniform", "randint", "choice")),
    (random.Random, ("seed",)),
    (os, ("urandom", "fork", "system")),
    (select, ("select", "poll", "epoll")),
    (queue, ("SimpleQueue",)),
    (socket.socket, ("recv", "send", "sendall", "connect")),
    (threading, ("_allocate_lock",)),
    (threading.Thread, ("start", "join")),
    (datetime.datetime, ("now", "utcnow")),
)


def bindings():
    """Return what is bound to the watched names."""
    return {(str(owner), name): inspect.getattr_static(owner, name) for owner, names in WATCHED for name in names}


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_everything_is_put_back(error):
    """Whatever ends a run, every name is bound to what it was bound to before."""
    before = bindings()
    during = {}

    async def main():
        during.update(bindings())
        if error:
            raise error

    if error:
        with pytest.raises(error):
            run_virtually(main)
    else:
        run_virtually(main)
    assert bindings() == before
    assert all(during[key] is not before[key] for key in before)
    assert not any(isinstance(vars(m).get("monotonic"), Dispatcher) for m in list(sys.modules.values()) if m)


def test_names_imported_before_follow_the_clock():
    """A module that imported a function by name sees the virtual time too, and the real one afterwards."""
    module = types.ModuleType("imported_by_name")
    exec("from time import monotonic, sleep as nap, time as wall", module.__dict__)
    sys.modules[module.__name__] = module
    real = module.monotonic

    async def main():
        module.nap(12)
        return module.monotonic(), module.wall()

    try:
        assert run_virtually(main, start=100.0) == (112.0, NEW_YEAR + 12)
        assert module.monotonic is real
    finally:
        del sys.modules[module.__name__]


def test_names_imported_during_a_run_work_afterwards():
    """A module first imported while a run is on keeps a dispatcher, which then shows the real time."""
    module = types.ModuleType("imported_late")

    async def main():
        exec("from time import monotonic", module.__dict__)
        return module.monotonic()

    assert run_virtually(main, start=77.0) == 77.0
    assert time.monotonic() <= module.monotonic() <= time.monotonic()
    assert run_virtually(main, start=78.0) == 78.0


class _Poser:
    """Says that it is a module and has nothing that modules have, as cffi's libraries do."""

    __slots__ = ()

    @property
    def __class__(self):
        return types.ModuleType


class _Rude:
    """Raises at every question."""

    def __getattribute__(self, name):
        raise RuntimeError(f"nobody may ask for {name}")


class _RudeModule(types.ModuleType):
    """A module that raises at every question, its own dictionary included."""

    def __getattribute__(self, name):
        raise RuntimeError(f"nobody may ask for {name}")


class _Lazy(types.ModuleType):
    """A module that is loaded when it is first asked for anything."""

    asked = 0

    def __getattribute__(self, name):
        _Lazy.asked += 1
        return super().__getattribute__(name)


@pytest.mark.parametrize("made", [_Poser, _Rude, lambda: _RudeModule("rude"), lambda: None, lambda: 7, object])
def test_whatever_stands_among_the_modules_is_borne(made, monkeypatch):
    """Looking through sys.modules never fails: its entries are other people's, and some are no modules at all."""
    monkeypatch.setitem(sys.modules, "somebody_elses", made())

    async def main():
        time.sleep(3)  # noqa: ASYNC251 - it is what the test is about
        return time.monotonic()

    assert run_virtually(main, start=5.0) == 8.0


def test_a_lazy_module_is_not_loaded(monkeypatch):
    """Looking through the modules asks none of them for anything."""
    monkeypatch.setitem(sys.modules, "lazy", _Lazy("lazy"))
    _Lazy.asked = 0

    async def main():
        time.sleep(1)  # noqa: ASYNC251 - the same

    run_virtually(main)
    assert _Lazy.asked == 0


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_a_client_that_imports_cryptography_is_drilled(clock):
    """Its cffi library is in sys.modules, poses as a module and has no ``__dict__``."""
    import cryptography.hazmat.bindings._rust  # noqa: F401

    assert "_openssl.lib" in sys.modules

    async def client(target):
        async with httpx.AsyncClient() as http, httpx_sse.aconnect_sse(http, "GET", target.url) as source:
            async for event in source.aiter_sse():
                if event.event == "end":
                    return
                if event.data:  # the block that holds only retry: has none
                    yield json.loads(event.data)["text"]

    job = Job(find(["healthy"])[0], Client("crypto", InProcess(client), ("eventsource",)), "eventsource")
    record = drill(job, clock=clock)
    assert (record.outcome, record.clock) == ("clean", clock), record.summary


def test_other_threads_see_real_time_and_real_randomness():
    """While a run is on, a thread that is not part of it has the real clock, real sleeps and its own randomness."""
    seen = {}
    ready, done = threading.Event(), threading.Event()
    began, epoch = time.monotonic(), time.time()

    def bystander():
        ready.wait(HANG_S)
        begin = time.monotonic()
        time.sleep(0.02)
        seen.update(slept=time.monotonic() - begin, epoch=time.time(), drawn=random.random())
        seen.update(date=datetime.datetime.now().timestamp())
        done.set()

    thread = threading.Thread(target=bystander)
    thread.start()
    real_wait = done.wait
    random.seed(5)
    expected = random.Random(5).random()

    async def main():
        random.random()
        ready.set()
        for _ in range(200):
            time.sleep(3600)  # noqa: ASYNC251 - virtual
            if done.is_set():
                break
            os.sched_yield()
        return time.monotonic()

    run_virtually(main)
    assert real_wait(HANG_S)
    thread.join()
    assert 0.02 <= seen["slept"] <= time.monotonic() - began
    assert epoch <= seen["epoch"] <= seen["date"] + 1e-6  # which has microseconds
    assert seen["date"] <= time.time()
    assert seen["drawn"] == expected


def test_runs_side_by_side_do_not_mix():
    """Several virtual runs at once, each in a thread of its own, keep their own time and randomness."""
    results = {}

    def one(n):
        async def main():
            for _ in range(20):
                await asyncio.sleep(n)
            return time.monotonic(), random.random()

        results[n] = run_virtually(main, start=n * 1000.0, seed=n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: t for n, (t, _) in results.items()} == {n: n * 1000.0 + 20 * n for n in range(1, 9)}
    assert len({drawn for _, drawn in results.values()}) == 8
    assert not isinstance(time.monotonic, Dispatcher)


def test_randomness_is_seeded():
    """Everything that clients draw from is the same for the same seed, and another for another."""

    async def main():
        return random.random(), random.uniform(1, 2), str(uuid.uuid4()), secrets.token_hex(4), os.urandom(3)

    same = {run_virtually(main, seed=3) for _ in range(3)}
    assert len(same) == 1
    assert run_virtually(main, seed=4) not in same


def test_generators_without_a_seed_are_seeded():
    """A client's own generators, and ones that it seeds by nothing, draw from the run's randomness too."""

    async def main():
        random.seed()
        return random.random(), random.Random().random(), random.Random(None).random(), random.Random(5).random()

    same = {run_virtually(main, seed=3) for _ in range(3)}
    assert len(same) == 1
    drawn = same.pop()
    assert len(set(drawn)) == 4
    assert drawn[3] == random.Random(5).random()
    assert run_virtually(main, seed=4)[:3] != drawn[:3]
    assert random.Random().random() != random.Random().random()


def test_the_states_of_real_generators_are_left_alone():
    """A run does not reshuffle the process's own random numbers."""
    random.seed(1)
    expected = random.Random(1).random()

    async def main():
        return [random.random() for _ in range(10)]

    run_virtually(main)
    assert random.random() == expected


@pytest.mark.skipif(sys.platform != "linux", reason="the numbers are those of Linux")
@pytest.mark.parametrize("clock", [0, 1, 4, 5, 6, 7, 11])
def test_every_clock_of_the_kernel_is_the_runs(clock):
    """The coarse ones and the raw one, too: who waits by one of them would wait for ever on a clock that jumps."""

    async def main():
        before = time.clock_gettime(clock), time.clock_gettime_ns(clock)
        await asyncio.sleep(1.5)
        return time.clock_gettime(clock) - before[0], time.clock_gettime_ns(clock) - before[1]

    assert run_virtually(main) == (1.5, 1_500_000_000)


def test_all_clocks_agree():
    """Seconds, nanoseconds, broken-down and POSIX clocks all show the same moment."""

    async def main():
        await asyncio.sleep(1.5)
        return (
            time.monotonic(),
            time.monotonic_ns(),
            time.perf_counter(),
            time.time(),
            time.time_ns(),
            time.clock_gettime(time.CLOCK_MONOTONIC),
            time.gmtime()[:6],
            time.gmtime(0)[:6],
            time.mktime(time.strptime(time.ctime())),
            time.mktime(time.strptime(time.asctime())),
            float(time.strftime("%s")),
            time.strftime("%Y", time.gmtime(0)),
        )

    assert run_virtually(main) == (
        1001.5,
        1_001_500_000_000,
        1001.5,
        NEW_YEAR + 1.5,
        1_767_225_601_500_000_000,
        1001.5,
        (2026, 1, 1, 0, 0, 1),
        (1970, 1, 1, 0, 0, 0),
        NEW_YEAR + 1,
        NEW_YEAR + 1,
        NEW_YEAR + 1,
        "1970",
    )


class Day(datetime.datetime):
    """A date of somebody's own."""


@pytest.mark.filterwarnings("ignore:.*utcnow.*:DeprecationWarning")  # clients ask by it all the same
def test_dates_are_told_by_the_virtual_clock():
    """Every way to ask what day it is shows the virtual one, in a subclass too, and the real one afterwards."""
    seen = []

    def ask():
        seen.append(
            [
                datetime.datetime.now(datetime.UTC).timestamp(),
                datetime.datetime.now(tz=datetime.timezone(datetime.timedelta(hours=5))).timestamp(),
                datetime.datetime.now().timestamp(),
                datetime.datetime.utcnow().replace(tzinfo=datetime.UTC).timestamp(),
                datetime.datetime.today().timestamp(),
                Day.now(datetime.UTC).timestamp(),
            ]
        )
        return type(Day.now()), datetime.datetime.utcnow().tzinfo, datetime.date.today().year

    async def main():
        await asyncio.sleep(1.25)
        return ask()

    assert run_virtually(main) == (Day, None, 2026)
    assert seen == [[NEW_YEAR + 1.25] * 6]
    before = time.time()
    assert ask()[:2] == (Day, None)
    assert all(before - 1e-6 <= moment <= time.time() for moment in seen[1])


def test_a_client_that_counts_to_a_date_waits_as_told():
    """Retry-After as a date, minus datetime.now(): the wait is the one that the server asked for."""

    async def client(target):
        async with httpx.AsyncClient() as http:
            while True:
                answer = await http.get(target.url)
                if answer.status_code == 200:
                    break
                until = email.utils.parsedate_to_datetime(answer.headers["retry-after"])
                await asyncio.sleep((until - datetime.datetime.now(datetime.UTC)).total_seconds())
        for line in answer.text.splitlines():
            if line.startswith("data: {"):
                yield json.loads(line[6:]).get("text", "")

    (scenario,) = find(["rate-limited-retry-after-date"])
    job = Job(scenario, Client("counts-to-a-date", InProcess(client), ("eventsource",)), "eventsource")
    record = drill(job, clock="virtual")
    assert (record.outcome, record.verdict) == ("recovered", "pass"), record.summary
    assert record.numbers.gaps_s == [2.0]
