"""The virtual and the real clock agree: the same word, the same counts, the same times but for real time's noise."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.jobs import plan_jobs, run_jobs
from ssedrill.load import builtin_scenarios, find
from ssedrill.record import Record
from ssedrill.run import Job

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
BUSY_OPERATIONS = 1000
"""A run of more operations than this keeps a core busy: eight at a time would starve each other."""
WASTED_ON_THE_WAY = 20
"""Tokens that a server may write before it hears that the client has left (measured: 4), 5 ms each."""
WHOLE_SECONDS = {"rate-limited-retry-after-date": 1.0}
"""Where an HTTP date says when to come back, the wait depends on where in its second the run begins."""


@pytest.fixture(autouse=True)
def _no_chance(monkeypatch):
    """Take the chance out of the SDKs' back-off, which no seed reaches on the real clock; import them beforehand."""
    for client in CLIENTS:
        client.driver.probe()
    for module in ("anthropic._base_client", "openai._base_client"):
        monkeypatch.setattr(f"{module}.random", lambda: 0.5)


def operations(record: Record) -> int:
    """Return how many operations the server carried out."""
    return sum(len(attempt.played) for attempt in record.wire.attempts)


def times(record: Record) -> dict[str, float | None]:
    """Return the times that a report shows of a run, by name."""
    found = {
        "recovery": record.recovery.total_s,
        "elapsed": record.elapsed_s,
        "first token": record.ttft_s,
        "longest silence": record.longest_silence_s,
        "waited as asked": record.retry_after.waited_s,
    }
    return found | {f"gap {number}": gap for number, gap in enumerate(record.gaps_s, 1)}


def differences(virtual: Record, real: Record) -> Iterable[str]:
    """Yield how the real run differs from the virtual one by more than real time explains."""
    assert (virtual.clock, real.clock) == ("virtual", "real")
    for name in FACTS:
        if (one := getattr(virtual, name)) != (other := getattr(real, name)):
            yield f"{name}: {one} on the virtual clock, {other} on the real one"
    errors = [record.error and record.error.error_class for record in (virtual, real)]
    if errors[0] != errors[1]:
        yield f"error: {errors[0]} on the virtual clock, {errors[1]} on the real one"
    left_early = any(attempt.left and attempt.done_t is None for attempt in real.wire.attempts)
    if not 0 <= real.wasted_tokens - virtual.wasted_tokens <= (WASTED_ON_THE_WAY if left_early else 0):
        yield f"wasted: {virtual.wasted_tokens} on the virtual clock, {real.wasted_tokens} on the real one"
    exact, noisy = times(virtual), times(real)
    if {name for name, t in exact.items() if t is not None} != {name for name, t in noisy.items() if t is not None}:
        yield f"times: {exact} on the virtual clock, {noisy} on the real one"
        return
    for name, t in exact.items():
        if t is None:
            continue
        later = noisy[name] - t
        most = LATER_S + PER_OPERATION_S * operations(virtual) + WHOLE_SECONDS.get(real.scenario, 0)
        if not -EARLIER_S <= later <= most:
            yield f"{name}: {t:.3f} s on the virtual clock, {later:+.3f} s on the real one (at most {most:.3f} s)"


def disagreements(jobs: list[Job]) -> list[str]:
    """Run the jobs on both clocks, the real one only where that is quick; return what differs, cell by cell."""
    exact = run_jobs(jobs, clock="virtual")
    short = [(job, record) for job, record in zip(jobs, exact, strict=True) if record.elapsed_s < LONGEST_S]
    short.sort(key=lambda pair: -pair[1].elapsed_s)  # the long ones first, so that they end together
    told = []
    for busy, workers in ((False, 8), (True, 1)):
        batch = [(job, record) for job, record in short if (operations(record) > BUSY_OPERATIONS) == busy]
        real = run_jobs([job for job, _ in batch], clock="real", workers=workers)
        for (job, virtual), record in zip(batch, real, strict=True):
            cell = f"{job.scenario.name}, {job.client.name}, {job.dialect}"
            told += [f"{cell}: {difference}" for difference in differences(virtual, record)]
    assert short
    return told


def test_a_sample_agrees():
    """Resets, refusals, back-off, silence and bad data are the same on both clocks, for clients of every kind."""
    clients = [client for client in CLIENTS if client.name in SAMPLED and client.driver.probe().available]
    jobs = plan_jobs(find(SAMPLE), clients)
    one_each = {(job.scenario.name, job.client.name): job for job in jobs}
    assert disagreements(list(one_each.values())) == []


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_everything_agrees():
    """Every scenario of less than twenty seconds is the same on both clocks, with every client and dialect."""
    clients = [client for client in CLIENTS if client.driver.probe().available]
    assert disagreements(plan_jobs(builtin_scenarios(), clients)) == []


def test_a_disagreement_is_seen(record_pair):
    """The comparison tells another outcome, another count, a time that is too late and one that is too early."""
    virtual, real = record_pair
    assert list(differences(virtual, real)) == []
    real.requests += 1
    real.elapsed_s += 1.0
    real.ttft_s -= 0.2
    assert [told.split(":")[0] for told in differences(virtual, real)] == ["requests", "elapsed", "first token"]


@pytest.fixture
def record_pair():
    """Run one quick cell on both clocks."""
    jobs = plan_jobs(find(["healthy"]), [CLIENTS[0]], dialects=["eventsource"])
    return (*run_jobs(jobs, clock="virtual"), *run_jobs(jobs, clock="real"))
