"""The virtual and the real clock agree: the same word, the same counts, the same times but for real time's noise.

How late real time makes everything hangs on what else the machine does: only slow tests compare times.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from copy import deepcopy

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.loading.choose import find
from ssedrill.loading.load import builtin_scenarios
from ssedrill.model.record import Record
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs, run_jobs
from support.records import value_of

LONGEST_S = 20.0
"""What takes longer than this on the virtual clock is not run on the real one."""

SAMPLE = (
    "reset-mid-stream",
    "overloaded-529-twice",
    "connection-refused-then-up",
    "clean-end-without-terminal",
    "malformed-json-once",
    "stall-mid-stream",
    "done-then-linger",
)
SAMPLED = ("reference", "anthropic", "anthropic-sync", "openai-stream-helper-sync", "aiohttp-plain", "curl")

FACTS = (
    "outcome",
    "verdict",
    "claim",
    "requests",
    "duplicates",
    "lost",
    "reordered",
    "corrupted",
    "spliced",
    "withdrawn",
    "recovered_by",
)

# Measured over all 764 cells on two cores: the real times are up to 0.37 s later, whatever their length (eight
# clients at a time start at once and share a core), and up to 1.4 ms for each operation besides, as a wait is rounded
# up to a millisecond and the kernel is asked whether a byte was read.
LATER_S, PER_OPERATION_S = 0.5, 0.003
EARLIER_S = 0.1
"""Measured: 0.05 s. curl looks at its speed at the seconds of its own clock, which begins late too."""
AGAIN = 2
"""How often a time that is off is measured anew."""
BUSY_OPERATIONS = 300
"""A run of more operations than this keeps a core busy: eight at a time would starve each other."""
WASTED_ON_THE_WAY = 20
"""Tokens that a server may write before it hears that the client has left (measured: 4), 5 ms each."""


def grain_s(record: Record) -> float:
    """Return how coarse the client's own measure of a wait is: which side of a step it falls on is chance."""
    if record.scenario == "rate-limited-retry-after-date":
        return 1.0  # an HTTP date has whole seconds
    if record.error and "Operation too slow" in record.error.message:
        return 2.0  # curl looks at its speed once a second, and sometimes late (measured: 7, 8; 10, 11, 12 s)
    return 0.0


@pytest.fixture(autouse=True)
def _like_and_like(monkeypatch):
    """Take out what only the real clock has: back-off by a chance that no seed reaches, imports, and the collector.

    A full collection looks through all that the SDKs have defined and stops every run of the process for 0.15 s and
    more, in which a server falls behind and then sends the rest of its answer at once.
    """
    for client in CLIENTS.values():
        client.driver.probe()
    # The virtual clock looks through a module once: before the patch, or it would not find the name after it.
    run_jobs(plan_jobs(find(["healthy"]), [CLIENTS["reference"]], dialects=["eventsource"]), clock="virtual")
    for module in ("anthropic._base_client", "openai._base_client"):
        monkeypatch.setattr(f"{module}.random", lambda: 0.5)
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def operations(record: Record) -> int:
    """Return how many operations the server carried out."""
    return sum(len(attempt.played) for attempt in record.wire.attempts)


def times(record: Record) -> dict[str, float | None]:
    """Return the times that a report shows of a run, by name."""
    found = {
        "recovery": record.numbers.recovery.total_s,
        "elapsed": record.numbers.elapsed_s,
        "first token": record.numbers.ttft_s,
        "longest silence": record.numbers.longest_silence_s,
        "waited as asked": record.numbers.retry_after.waited_s,
    }
    return found | {f"gap {number}": gap for number, gap in enumerate(record.numbers.gaps_s, 1)}


def other_facts(virtual: Record, real: Record) -> Iterable[str]:
    """Yield what the real run came to, or counted, that the virtual one did not."""
    assert (virtual.clock, real.clock) == ("virtual", "real")
    one = {name: value_of(virtual, name) for name in FACTS} | {"error": virtual.error and virtual.error.error_class}
    other = {name: value_of(real, name) for name in FACTS} | {"error": real.error and real.error.error_class}
    one["times"], other["times"] = (
        [name for name, t in times(run).items() if t is not None] for run in (virtual, real)
    )
    for name in one:
        if one[name] != other[name]:
            yield f"{name}: {one[name]} on the virtual clock, {other[name]} on the real one"
    exact, found = virtual.numbers.wasted_tokens, real.numbers.wasted_tokens
    if found != exact and not (found > exact and left_early(real)):
        yield f"wasted: {exact} on the virtual clock, {found} on the real one"


def left_early(record: Record) -> bool:
    """Tell whether the client left while it was being answered."""
    return any(attempt.left and attempt.done_t is None for attempt in record.wire.attempts)


def other_times(virtual: Record, real: Record) -> Iterable[str]:
    """Yield the times of the real run that are later than noise explains, or earlier; and what was sent meanwhile."""
    exact, found = virtual.numbers.wasted_tokens, real.numbers.wasted_tokens
    if left_early(real) and found - exact > WASTED_ON_THE_WAY:
        yield f"wasted late: {exact} on the virtual clock, {found} on the real one"
    noisy, grain = times(real), grain_s(virtual)
    most = LATER_S + PER_OPERATION_S * operations(virtual) + grain
    for name, exact in times(virtual).items():
        found = noisy[name]
        if exact is not None and found is not None and not -EARLIER_S - grain <= found - exact <= most:
            yield f"{name}: {exact:.3f} s on the virtual clock, {found - exact:+.3f} s on the real one ({most=:.1f})"


def disagreements(jobs: list[Job], *, in_time: bool) -> list[str]:
    """Run the jobs on both clocks, the real one only if that is quick; return what differs, cell by cell.

    If ``in_time``, the times are compared too.

    Whatever happened otherwise differs, once and for all. A time that is off is measured again while nothing else
    runs here: a machine that has other work makes it late by chance, a disagreement does so always.
    """
    exact = run_jobs(jobs, clock="virtual")
    short = [(job, record) for job, record in zip(jobs, exact, strict=True) if record.numbers.elapsed_s < LONGEST_S]
    short.sort(key=lambda pair: -pair[1].numbers.elapsed_s)  # the long ones first, so that they end together
    assert short
    told = []
    for busy, workers in ((False, 8), (True, 2)):
        batch = [(job, record) for job, record in short if (operations(record) > BUSY_OPERATIONS) == busy]
        real = run_jobs([job for job, _ in batch], clock="real", workers=workers)
        for (job, virtual), record in zip(batch, real, strict=True):
            found = list(other_facts(virtual, record))
            for _ in range(AGAIN):
                if found or not in_time or not list(other_times(virtual, record)):
                    break
                (record,) = run_jobs([job], clock="real")
                found = list(other_facts(virtual, record))
            cell = f"{job.scenario.name}, {job.client.name}, {job.dialect}"
            found += other_times(virtual, record) if in_time else ()
            told += [f"{cell}: {difference}" for difference in found]
    return told


def test_a_sample_agrees():
    """Resets, refusals, back-off, silence and bad data are the same on both clocks, for clients of every kind."""
    told = disagreements(sample(), in_time=False)
    assert not told, "\n".join(told)


@pytest.mark.slow
@pytest.mark.alone
def test_a_sample_agrees_in_time():
    """The times of these runs are the same on both clocks, but for real time's noise."""
    told = disagreements(sample(), in_time=True)
    assert not told, "\n".join(told)


def sample() -> list[Job]:
    """Return a job for each of the sampled scenarios and clients, in one dialect."""
    clients = [client for client in CLIENTS.values() if client.name in SAMPLED and client.driver.probe().available]
    jobs = plan_jobs(find(SAMPLE), clients)
    return list({(job.scenario.name, job.client.name): job for job in jobs}.values())


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(3600)
def test_everything_agrees():
    """Every scenario of less than twenty seconds is the same on both clocks, with every client and dialect."""
    clients = [client for client in CLIENTS.values() if client.driver.probe().available]
    told = disagreements(plan_jobs(builtin_scenarios(), clients), in_time=True)
    assert not told, "\n".join(told)


def test_a_disagreement_is_seen(record_pair):
    """The comparison tells another outcome, another count, a time that is too late and one that is too early."""
    virtual, real = record_pair
    assert list(other_facts(virtual, real)) == []
    same = deepcopy(virtual)
    assert list(other_times(virtual, same)) == []
    real.numbers.requests += 1
    real.numbers.gaps_s.append(1.0)
    real.numbers.wasted_tokens -= 1
    assert [told.split(":")[0] for told in other_facts(virtual, real)] == ["requests", "times", "wasted"]
    same.numbers.elapsed_s += 2.0
    same.numbers.ttft_s -= 2.0
    assert [told.split(":")[0] for told in other_times(virtual, same)] == ["elapsed", "first token"]


@pytest.fixture
def record_pair():
    """Run one quick cell on both clocks."""
    jobs = plan_jobs(find(["healthy"]), [CLIENTS["reference"]], dialects=["eventsource"])
    return (*run_jobs(jobs, clock="virtual"), *run_jobs(jobs, clock="real"))
