"""What a worker does: it is told jobs and says what it saw of them. It judges nothing.

What comes from the supervisor is trusted, and pickled. What goes to it is JSON: a client may have had a hand in it.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import io
import json
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from time import sleep  # as it is now: a client may replace the module's
from typing import Any, NoReturn

from ssedrill.clients.spec import parse_spec
from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Client
from ssedrill.model.attempt_json import Plans
from ssedrill.running import frames
from ssedrill.running.black_box import BoxWriter
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.one_run import see
from ssedrill.running.seen import NOTHING_YET, SoFar
from ssedrill.running.seen_json import to_json
from ssedrill.running.worker.health import Health
from ssedrill.running.worker.memory import limit_memory

BEAT_S = 0.5
KEPT_PLANS = 400
"""A worker that has more plans than this forgets them and tells them anew, so that its memory stays bounded, and that
of its supervisor."""
OOM_SCORE = b"500"
"""When memory runs out the system is to end a worker, not the supervisor."""


@dataclass(frozen=True)
class Surroundings:
    """What a worker finds around it: what its supervisor has."""

    folder: str
    environment: dict[str, str]
    path: list[str]
    argv: list[str]


@dataclass(frozen=True)
class Describe:
    """Import a client by its specification, and say what it is."""

    spec: str


@dataclass(frozen=True)
class Probe:
    """Say whether a client can be run here."""

    client: Client


@dataclass(frozen=True)
class Run:
    """Do a job, and say what was seen of it."""

    job: Job
    clock: ClockWish
    so_far: SoFar = NOTHING_YET


def serve(commands: int, answers: int, box: int) -> NoReturn:
    """Do what comes over ``commands`` until nobody can send any more."""
    atexit._clear()  # what was registered before the fork is not this process's business
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt, me = Interrupt(), os.getpid()
    signal.signal(signal.SIGTERM, lambda signum, frame: interrupt.fire())
    try:
        if (first := frames.receive(commands)) is not None:
            _settle_in(pickle.loads(first))
            worker = _Worker(BoxWriter(box, Plans()), interrupt)
            os.close(box)
            while (command := frames.receive(commands)) is not None and not interrupt.fired:
                answer = worker.answer(pickle.loads(command))
                if os.getpid() != me:  # a copy that the client has made of this process
                    os._exit(0)
                if interrupt.fired:  # too late for the run to notice: it was told to end all the same
                    answer = {"interrupted": True}
                frames.send(answers, json.dumps(answer).encode("ascii"))
        atexit._run_exitfuncs()
    except OSError as error:
        _last_words(f"the descriptors of the process are not what they were: {error}")
    except BaseException as error:
        _last_words(f"nothing goes on in the process after {type(error).__name__}: {error}")
    os._exit(0)


def _last_words(text: str) -> NoReturn:
    os.write(2, f"{text}\n".encode("utf-8", "backslashreplace"))
    os._exit(1)


def _settle_in(around: Surroundings) -> None:
    os.environ.clear()
    os.environ.update(around.environment)
    with suppress(OSError):  # it is gone: then nobody has it
        os.chdir(around.folder)
    sys.path[:] = around.path
    sys.argv[:] = around.argv
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 (for as long as the process lives)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8", "backslashreplace", line_buffering=True)
        for number in (1, 2)
    )
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]
    with suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:
        file.write(OOM_SCORE)
    limit_memory()


class _Worker:
    def __init__(self, box: BoxWriter, interrupt: Interrupt) -> None:
        self._box = box
        self._interrupt = interrupt
        self._clients: dict[str, Client] = {}
        self._health: Health | None = None
        self._folder = os.getcwd()
        threading.Thread(target=_beat, args=(box.beat,), daemon=True, name="ssedrill-heartbeat").start()

    def answer(self, command: Describe | Probe | Run) -> dict[str, Any]:
        """Do one thing; whatever goes wrong with it is an answer too."""
        try:
            match command:
                case Describe(spec):
                    return self._describe(spec)
                case Probe(client):
                    return {"available": asdict(self._known(client).driver.probe())}
                case Run(job, clock, so_far):
                    return self._run(job, clock, so_far)
        except asyncio.CancelledError:
            if self._interrupt.fired:
                return {"interrupted": True}
            return _broken(asyncio.CancelledError("the run was cancelled by nobody"))
        except BaseException as error:  # a client's SystemExit too
            return _broken(error)

    def _known(self, client: Client) -> Client:
        """Return the client that this process has under the name: what it imports is no part of any run."""
        if client.name not in self._clients:
            with _importing():
                client.driver.module()
            self._clients[client.name] = client
        return self._clients[client.name]

    def _describe(self, spec: str) -> dict[str, Any]:
        try:
            with _importing():
                client = self._clients[spec] = parse_spec(spec)
        except BadSpec as bad:
            return {"bad_spec": str(bad)}
        return {
            "client": {"speaks": client.speaks, "about": client.description, "can": sorted(client.can)},
            "available": asdict(client.driver.probe()),
        }

    def _run(self, job: Job, clock: ClockWish, so_far: SoFar) -> dict[str, Any]:
        job = replace(job, client=self._known(job.client))
        if self._health is None:
            self._health = Health()
        box, plans = self._box, self._box.plans
        found = see(job, clock=clock, interrupt=self._interrupt, movable=True, so_far=so_far, copy=box)
        answer: dict[str, Any] = to_json(found, plans)
        new = [digest for digest in plans.bodies if digest not in box.known]
        answer["plans"] = {digest: plans.bodies[digest] for digest in new}
        box.known.update(new)
        if len(box.known) > KEPT_PLANS:
            box.plans, box.known = Plans(), set()
            answer["forgets"] = True
        with suppress(OSError):
            os.chdir(self._folder)
        answer["worn"] = self._health.worn()
        return answer


@contextmanager
def _importing() -> Iterator[None]:
    """Leave what is made meanwhile out of all collections: with an SDK imported a full one takes 0.15 s.

    It stays as it is while it is made, too: there is next to nothing to be collected, and much to look through.
    """
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        yield
    finally:
        gc.freeze()
        if gc.get_threshold()[0] == 0:  # or the module has a wish of its own
            gc.set_threshold(*before)


def _broken(error: BaseException) -> dict[str, Any]:
    """Return what got out of a run: the client's doing, or a defect of ours."""
    told = traceback.format_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {os.path.basename(place[0].filename)}:{place[0].lineno}" if place else ""
    if os.environ.get("SSEDRILL_DEBUG") == "1":
        os.write(2, "".join(told).encode("utf-8", "backslashreplace"))
    return {"broken": {"error": "".join(traceback.format_exception_only(error)).strip(), "where": where}}


def _beat(beat: Callable[[], None]) -> None:
    while True:
        beat()
        sleep(BEAT_S)
