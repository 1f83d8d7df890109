"""All workers of one command: which client has which, and what is made of their answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ssedrill.clients import CLIENTS
from ssedrill.clients.spec import load_here
from ssedrill.clock.choose import ClockWish
from ssedrill.dialects import ALL
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Availability, Client, Speaks
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.environment import bypass_proxies
from ssedrill.drivers.sink import MESSAGE_CHARS
from ssedrill.model.codec import BadValue, decode
from ssedrill.model.record import Record
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.judged import not_run, record_of, unable
from ssedrill.running.seen import NOTHING_YET, Found, NeedsOtherProcess, NotRun, Seen, SoFar
from ssedrill.running.seen_json import from_json
from ssedrill.running.supervisor import births
from ssedrill.running.supervisor.worker_process import Lost, WorkerProcess
from ssedrill.running.worker.serve import Describe, Probe, Run

T = TypeVar("T")

MOST_IDLE = 16
"""Workers that wait for their client's next run; each holds its client's libraries in memory."""
IMPORT_S = 300.0
"""Real seconds after which the import of a client's module is given up."""
NET_S = 900.0
"""Real seconds after which a run is ended whose own nets have all failed; on the real clock it has its deadline.

Before it begins it may wait for runs of others that must not be disturbed.
"""
SHARED = ""
"""The home of the built-in clients, which share their workers: nobody doubts that they leave their process alone."""


DOUBT = "if the client leaves its process alone, this is a defect of ssedrill, and SSEDRILL_DEBUG=1 tells more of it"


ENDINGS = ("SystemExit", "KeyboardInterrupt", "MemoryError")
"""What nothing in the harness raises by itself."""


class HarnessFault(Exception):
    """A worker went wrong in a way that its client can't have done; ``record`` says so of the run."""

    def __init__(self, record: Record, what: str) -> None:
        super().__init__(what)
        self.record = record


class _Broke(Exception):
    """Something got out of what a worker did; ``of_client`` says that it can't be a defect of the harness."""

    def __init__(self, what: str, *, of_client: bool = False) -> None:
        super().__init__(what)
        self.of_client = of_client


class Staff:
    """The workers of one command. Thread-safe; a context manager that ends them all."""

    def __init__(self) -> None:
        self._idle: list[tuple[str, WorkerProcess]] = []  # the longest idle first
        self._lock = threading.Lock()
        self._probed: dict[str, Availability] = {}
        self._asked_now: set[WorkerProcess] = set()
        self._over = False

    def __enter__(self) -> Staff:
        """Nothing is started before it is needed; workers have this process's environment then."""
        bypass_proxies(os.environ)
        return self

    def __exit__(self, *error: object) -> None:
        """End every worker that has nothing to do, or that is still importing what nobody waits for."""
        self.close()

    def close(self) -> None:
        """The same."""
        with self._lock:
            self._over = True
            idle, self._idle = self._idle, []
            for worker in self._asked_now:
                worker.abandon()
        for _, worker in idle:
            worker.close()

    def ahead(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin to ask workers while the caller does something else; return what waits for the result, or raises.

        An SDK takes its second to import, and so do scenarios and reports.
        """
        done: Future[T] = Future()

        def begin() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # whoever waits has it
                done.set_exception(error)

        threading.Thread(target=begin, daemon=True, name="ssedrill-ahead").start()
        return done.result

    def describe(self, spec: str) -> Client:
        """Have a worker import the function that a specification, or a package, names; return the client. BadSpec."""
        if not births.POSSIBLE:
            return load_here(spec)
        try:
            answer = self._ask(spec, Describe(spec))
            if "bad_spec" in answer:
                raise BadSpec(decode(str, answer["bad_spec"], "bad_spec"))
            about = decode(str, decode(dict[str, Any], answer.get("client"), "client").get("about"), "about")
            speaks = _speaks(answer["client"].get("speaks"))
            can = frozenset(decode(list[str], answer["client"].get("can", []), "can"))
            self._probed[spec] = decode(Availability, answer.get("available"), "available")
        except BadValue:
            raise BadSpec(f"importing {spec} failed: its process said nothing that can be read") from None
        except _Broke as broke:
            raise BadSpec(f"importing {spec} failed: {broke}") from None
        driver = CLIENTS[spec].driver if spec in CLIENTS else InProcess(spec)
        return Client(spec, driver, speaks, about, can)

    def probe(self, client: Client) -> Availability:
        """Have a worker say whether a client can be run here; it is asked once."""
        if not births.POSSIBLE:
            return client.driver.probe()
        if client.name not in self._probed:
            try:
                answer = self._ask(home(client), Probe(client))
                self._probed[client.name] = decode(Availability, answer.get("available"), "available")
            except (_Broke, BadValue) as broke:
                self._probed[client.name] = Availability(False, why=f"it could not be imported: {broke}")
        client.driver.recall(self._probed[client.name])
        return self._probed[client.name]

    def drill(self, job: Job, clock: ClockWish, interrupt: Interrupt, *, again: bool = True) -> Record:
        """Run one job and judge it; raises CancelledError when the interrupt fires, HarnessFault.

        Whatever its client does to the process that it runs in costs this run and no other: if the process is dead
        before it has begun the run, that is done ``again``, in another.
        """
        if (known := unable(job)) is not None:
            return known
        where = home(job.client)
        worker = self._take(where)
        try:
            found = _found(worker, job, clock, interrupt)
            while isinstance(found, NeedsOtherProcess):  # each time it knows more
                worker.close()
                worker = WorkerProcess()
                found = _found(worker, job, clock, interrupt, found.so_far)
                worker.worn = True  # its client would need a fresh one the next time, too
            record = _judged(job, found)
        except Lost as lost:
            seen = worker.remains(str(lost))
            begun = worker.begun
            worker.close()
            if not begun and again:  # it died of something else
                return self.drill(job, clock, interrupt, again=False)
            record = _of_lost(job, seen)
        except _Broke as broke:
            worker.kill()
            if _trusted(job.client):
                worker.close()
                raise HarnessFault(not_run(job, f"internal fault: {broke}"), str(broke)) from None
            seen = worker.remains(f"its process was ended by {broke}", quoted=False)
            if not broke.of_client:
                seen.remarks = (*seen.remarks, DOUBT)
            worker.close()
            record = _of_lost(job, seen)
        except BaseException:
            worker.kill()
            worker.close()
            raise
        else:
            self._give_back(where, worker)
        return record

    def _ask(self, where: str, command: Describe | Probe) -> dict[str, Any]:
        """Return a worker's answer to a question that begins no run; raises _Broke if it dies of it twice."""
        try:
            return self._asked(where, command)
        except _Broke:
            if self._over:
                raise
        return self._asked(where, command)

    def _asked(self, where: str, command: Describe | Probe) -> dict[str, Any]:
        worker = self._take(where)
        with self._lock:
            if self._over:  # nobody waits for the answer
                worker.abandon()
            self._asked_now.add(worker)
        try:
            answer = _unbroken(worker.ask(command, Interrupt(), IMPORT_S))
        except Lost as lost:
            worker.kill()
            worker.close()
            raise _Broke(str(lost)) from None
        except BaseException:
            worker.kill()
            worker.close()
            raise
        finally:
            with self._lock:
                self._asked_now.discard(worker)
        self._give_back(where, worker)
        return answer

    def _take(self, where: str) -> WorkerProcess:
        with self._lock:
            for index, (its, worker) in enumerate(self._idle):
                if its == where:
                    del self._idle[index]
                    return worker
        return WorkerProcess()

    def _give_back(self, where: str, worker: WorkerProcess) -> None:
        surplus: WorkerProcess | None = worker
        if not worker.worn:
            with self._lock:
                self._idle.append((where, worker))
                surplus = self._idle.pop(0)[1] if len(self._idle) > MOST_IDLE or self._over else None
        if surplus is not None:
            surplus.close()


def home(client: Client) -> str:
    """Return what the clients have in common that share a worker."""
    return SHARED if CLIENTS.built_in(client.name) and CLIENTS[client.name] is client else client.spec or client.name


def _trusted(client: Client) -> bool:
    """Tell whether what goes wrong in a worker can't be this client's doing."""
    return home(client) == SHARED or not client.driver.connects_in_process


def _found(
    worker: WorkerProcess, job: Job, clock: ClockWish, interrupt: Interrupt, so_far: SoFar = NOTHING_YET
) -> Found:
    answer = _unbroken(worker.ask(Run(job, clock, so_far), interrupt, NET_S, deadline_s=job.scenario.deadline_s))
    try:
        found = from_json(answer, worker.plans(answer))
        if isinstance(found, Seen):
            found.printed = worker.printed
        return found
    except BadValue as bad:
        raise Lost(f"its process said nothing that can be read ({bad})") from None


def _of_lost(job: Job, seen: Seen) -> Record:
    """Judge a run whose worker is gone, and with it what that had learned of secrets: it is learned again."""
    seen.secrets = secrets_of(job)
    for log in seen.wire.attempts:
        seen.secrets.learn_request(log.path, log.headers)
    return record_of(job, seen, lost=True)


def _judged(job: Job, found: Seen | NotRun) -> Record:
    try:
        return record_of(job, found)
    except Exception as error:  # journals that never were
        raise _Broke(f"what it said can't be judged: {type(error).__name__}: {error}") from error


def _unbroken(answer: dict[str, Any]) -> dict[str, Any]:
    if "interrupted" in answer:  # not by us: then we would not be here
        raise Lost("its process was sent SIGTERM")
    if "broken" in answer:
        told = answer["broken"] if isinstance(answer["broken"], dict) else {}
        what = str(told.get("error", "something that it can't name"))[:MESSAGE_CHARS]
        raise _Broke(f"{what}{str(told.get('where', ''))[:MESSAGE_CHARS]}", of_client=what.startswith(ENDINGS))
    return answer


def _speaks(names: object) -> Speaks:
    """Return the dialects that a worker names, which it has checked."""
    return ALL if names == ALL else tuple(decode(list[str], names, "speaks"))
