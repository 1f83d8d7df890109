"""What only several runs can tell: whether waits grow on average, and whether they differ from run to run."""

from __future__ import annotations

import random

import pytest

from broken_clients import carriers, sessions
from ssedrill.clients.from_function import client_of
from ssedrill.loading.load import load_text
from ssedrill.model.record import RecordFile, Repeats
from ssedrill.reporting.formats import html, junit, markdown, to_json
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from ssedrill.running.repeats import repeats_of
from support.repeats import times

TOML = """
name = "repeats"
about = "Three failures."
dialects = ["openai-chat"]
patience = "2 s"
deadline = "60 s"
[stream]
tokens = 2
[[attempt]]
faults = [{ status = { code = 503 } }]
[[attempt]]
faults = [{ status = { code = 503 } }]
[[attempt]]
faults = [{ status = { code = 503 } }]
[[attempt]]
[must]
outcome = ["recovered"]
[should]
backoff = "grows"
jitter = "varies"
"""


def client_with(pause):
    """Return a client that waits ``pause(n, rng)`` seconds after the n-th failure, by a generator of its seed."""

    async def client(target):
        rng = random.Random(target.seed)
        async for text in carriers.waits(lambda n: pause(n, rng))(target):
            yield text

    return client_of(client, "subject")


def repeats(pause, runs=10, *, toml=TOML):
    """Return what so many runs say together, and the runs."""
    scenario, client = load_text(toml), client_with(pause)
    jobs = [Job(scenario, client, "openai-chat", seed, seed) for seed in range(runs)]
    records = [drill(job, clock="virtual") for job in jobs]
    (found,) = repeats_of(jobs, records)
    return {check.id: check for check in found.checks}, found, records


@pytest.mark.parametrize(
    ("pause", "backoff", "jitter"),
    [
        (lambda n, rng: rng.uniform(0, 0.5 * 2**n), "ok", "ok"),  # full jitter
        (lambda n, rng: 0.5 * 2**n * (1 - 0.25 * rng.random()), "ok", "ok"),  # as the SDKs have it
        (lambda n, rng: 0.5 * 2**n, "ok", "broken"),
        (lambda n, rng: 0.5, "broken", "broken"),
        (lambda n, rng: rng.uniform(0.5, 0.7) * 2**-n, "broken", "ok"),
    ],
)
def test_growth_and_jitter(pause, backoff, jitter):
    """Each is told apart from the other, and full jitter is not blamed for a wait that was shorter."""
    checks, _, _ = repeats(pause)
    assert (checks["backoff"].status, checks["jitter"].status) == (backoff, jitter), checks


@times(1, 10)
def test_chance_is_not_taken_for_growth(times):
    """Waits from one range grow in half of the runs: that passes in none of so many tens of them."""
    for start in range(times):
        checks, _, _ = repeats(lambda n, rng, start=start: random.Random(start + n + rng.random()).uniform(0, 1))
        assert checks["backoff"].status in ("broken", "does-not-apply")


def test_too_few_runs_prove_nothing():
    """They are not asked; under [must] that is no pass, though each run by itself is one."""
    checks, found, records = repeats(lambda n, rng: 0.5 * 2**n, 3, toml=TOML.replace("[should]\n", ""))
    assert {check.status for check in checks.values()} == {"not-asked"}
    assert (found.verdict, {record.verdict for record in records}) == ("not-tested", {"pass"})
    assert "it takes 10 (--repeat)" in checks["backoff"].got


def test_of_several_calls_each_has_waits_of_its_own():
    """Requests of one lie between those of another; and what a group of calls asks is asked of that group."""
    own = '[[call]]\n[call.must]\noutcome = ["recovered"]\njitter = "varies"'
    beside = '[[call]]\n[[call]]\nstart = "with-previous"\nwait = "200 ms"'
    scenario = load_text(TOML.replace("[stream]", f"{own}\n{beside}\n[stream]"))
    client = client_of(sessions.asks_again(0.5, 4), "subject")
    jobs = [Job(scenario, client, "openai-chat", seed, seed) for seed in range(10)]
    (found,) = repeats_of(jobs, [drill(job, clock="virtual") for job in jobs])
    assert [(check.id, check.severity, check.status) for check in found.checks] == [
        ("jitter", "must", "broken"),
        ("backoff", "should", "broken"),
        ("jitter", "should", "broken"),
    ]
    assert all("0.500 s" in check.got for check in found.checks)


def test_it_is_written_and_read():
    """A record file holds it, and so do the formats that a CI reads; a file without it has nothing new."""
    _, found, records = repeats(lambda n, rng: 0.5, toml=TOML.replace("[should]\n", ""))
    file = RecordFile({}, records, repeats=[found])
    assert to_json.from_text(to_json.to_text(file)).repeats == [found]
    assert '"repeats": [' not in to_json.to_text(RecordFile({}, records))
    assert found.verdict == "fail"
    assert "MUST jitter: expected varies, got 0.500 s, 0.500 s" in junit.to_text(file).replace("&#10;", "\n")
    assert "MUST jitter" in markdown.to_text(file)
    page = html.to_text(file)
    assert "Over the repeats" in page
    assert "MUST jitter: expected varies, got 0.500 s, 0.500 s" in page
    assert "Over the repeats" not in html.to_text(RecordFile({}, records))


def test_nothing_asked_nothing_said():
    """A scenario that asks nothing over repeats has no such answer."""
    scenario = load_text(TOML.replace('[should]\nbackoff = "grows"\njitter = "varies"\n', ""))
    job = Job(scenario, client_with(lambda n, rng: 0.1), "openai-chat")
    assert repeats_of([job], [drill(job, clock="virtual")]) == []
    assert Repeats("a", "b", "c", 0, []).verdict == "pass"
