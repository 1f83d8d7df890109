"""The truth panel: clients whose behaviour is known by construction each get exactly their outcome and numbers."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from broken_clients import crashes, honest, sinners
from broken_clients.again import PAUSE_S
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.drivers.target import Target
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record, Status, Verdict
from ssedrill.reporting.views.token_strip import strip
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.records import value_of

RESET = "faults = [{ reset = { after_token = 12 } }]"
BAD_JSON = "faults = [{ malformed_json = { after_token = 6, kind = 'not-json' } }]"
LIMITED = "faults = [{ status = { code = 429, retry_after = '1 s' } }]"
UNAUTHORIZED = "faults = [{ status = { code = 401 } }]"

MUST = """
[must]
outcome = ["clean", "recovered", "degraded", "failed-loudly"]
requests = "<= 6"
"""
MUST_WAIT = f"""{MUST}retry_after = "kept"
[should]
overslept = "<= 1 s"
"""


def scenario(
    *attempts: str,
    regenerate: str = "same",
    text: str = "ascii",
    must: str = MUST,
    deadline: str = "60 s",
    **settings: str,
):
    """Return a small scenario: 40 tokens, 2 ms apart, and what each attempt meets; the last one is healthy."""
    extra = "\n".join(f"{key} = {value}" for key, value in settings.items())
    blocks = "\n".join(f"[[attempt]]\n{faults}" for faults in attempts)
    source = f"""
name = "panel"
about = "For the truth panel."
dialects = ["eventsource", "anthropic-messages", "openai-chat"]
patience = "3 s"
deadline = "{deadline}"
{extra}
[stream]
tokens = 40
every = "2 ms"
regenerate = "{regenerate}"
text = "{text}"
{blocks}
{must}
"""
    return load_text(source, "panel.toml")


def in_process(function) -> Client:
    """Wrap a scripted client under a name that tells nothing."""
    return Client("subject", InProcess(function), ("eventsource", "anthropic-messages", "openai-chat"))


def run(function, drilled, dialect: str = "eventsource", clock: str = "real") -> Record:
    """Drill a scripted client."""
    return drill(Job(drilled, in_process(function), dialect), clock=clock)


def broken(record: Record) -> set[str]:
    """Return the ids of the broken checks."""
    return {check.id for check in record.checks if check.status is Status.BROKEN}


ONCE = scenario(RESET, "")
ONCE_BRIEFLY = scenario(RESET, "", deadline="6 s")
"""For a client that hangs until then."""
ONCE_FRESH = scenario(RESET, "", regenerate="fresh")
BAD = scenario(BAD_JSON, "")
WAIT = scenario(LIMITED, "", must=MUST_WAIT)
DENIED = scenario(UNAUTHORIZED, must='[must]\noutcome = ["failed-loudly"]\nrequests = "== 1"')
SPLIT = scenario('faults = [{ fragment = { at = "utf8" } }]', text="thai")
LATE = scenario("faults = [{ reset = { after_token = 30 } }]", "")

PANEL = [
    # client, scenario, dialect, outcome, broken checks, numbers
    (honest.resumes, ONCE_FRESH, "eventsource", "recovered", set(), {"requests": 2, "recovered_by": "resumed"}),
    (honest.continues, ONCE_FRESH, "anthropic-messages", "recovered", set(), {"recovered_by": "continued"}),
    (honest.continues, ONCE_FRESH, "openai-chat", "recovered", set(), {"wasted_tokens": 0}),
    (
        honest.restarts,
        ONCE_FRESH,
        "anthropic-messages",
        "recovered",
        set(),
        {"recovered_by": "restarted", "withdrawn": 12, "wasted_tokens": 12, "duplicates": 0},
    ),
    (honest.holds_back, ONCE_FRESH, "openai-chat", "recovered", set(), {"recovered_by": "held-back", "withdrawn": 0}),
    (honest.raises, ONCE, "eventsource", "failed-loudly", set(), {"requests": 1, "lost": 0}),
    (honest.waits_as_told, WAIT, "openai-chat", "recovered", set(), {"requests": 2, "recovered_by": "retried"}),
    (sinners.shows_twice, ONCE, "openai-chat", "duplicated", {"outcome"}, {"duplicates": 12, "spliced": 0}),
    (
        sinners.shows_twice,
        ONCE_FRESH,
        "openai-chat",
        "spliced",
        {"outcome"},
        {"duplicates": 12, "spliced": 40, "lost": 0},
    ),
    (sinners.loses_three, ONCE, "eventsource", "truncated-silently", {"outcome"}, {"lost": 3, "duplicates": 0}),
    (sinners.swaps_two, LATE, "eventsource", "failed-dirty", {"outcome"}, {"reordered": 1, "duplicates": 0}),
    (sinners.takes_eof_for_the_end, ONCE, "anthropic-messages", "truncated-silently", {"outcome"}, {"lost": 28}),
    (sinners.swallows_bad_json, BAD, "openai-chat", "truncated-silently", {"outcome"}, {"lost": 1, "requests": 1}),
    (honest.raises, BAD, "openai-chat", "failed-loudly", set(), {"lost": 0, "requests": 1}),
    (sinners.retries_without_waiting, WAIT, "openai-chat", "recovered", {"retry_after"}, {"requests": 2}),
    (sinners.oversleeps, WAIT, "openai-chat", "recovered", {"overslept"}, {"requests": 2}),
    (sinners.retries_401, DENIED, "openai-chat", "failed-loudly", {"requests"}, {"requests": 3}),
    (honest.raises, DENIED, "openai-chat", "failed-loudly", set(), {"requests": 1}),
    (sinners.hangs, ONCE_BRIEFLY, "eventsource", "hung", {"outcome"}, {"requests": 1}),
    (sinners.prints_garbage, LATE, "eventsource", "failed-dirty", {"outcome"}, {"corrupted": 1, "lost": 0}),
    (sinners.prints_garbage, scenario(""), "eventsource", "corrupted", {"outcome"}, {"corrupted": 1, "lost": 0}),
    (sinners.garbles, SPLIT, "openai-chat", "corrupted", {"outcome"}, {"corrupted": 40, "lost": 0}),
    (honest.raises, SPLIT, "openai-chat", "clean", set(), {"corrupted": 0}),
    (sinners.never_connects, ONCE, "eventsource", "not-tested", {"fault-met"}, {"requests": 0}),
    (sinners.leaves_early, ONCE, "eventsource", "not-tested", {"fault-met"}, {"requests": 1}),
    (sinners.leaves_early, scenario(""), "eventsource", "truncated-silently", {"outcome"}, {"lost": 35}),
    (sinners.shows_wrong_then_raises, ONCE, "eventsource", "failed-dirty", {"outcome"}, {"duplicates": 1}),
]


def assert_marks_add_up(record):
    """The marks of the tokens, which reports show, and the numbers say the same."""
    marks = Counter(mark for box in strip(record) for mark in box.token.marks)
    counted = record.numbers
    assert (marks["duplicate"], marks["reordered"]) == (counted.duplicates, counted.reordered)
    assert (marks["corrupted"], marks["spliced"]) == (counted.corrupted, counted.spliced)
    assert marks["withdrawn"] == counted.withdrawn
    assert marks["missing"] <= counted.lost  # what came after "complete" is lost, but it came


@pytest.mark.parametrize("clock", ["real", "virtual"])
@pytest.mark.parametrize(
    ("client", "drilled", "dialect", "outcome", "checks", "numbers"),
    PANEL,
    ids=[f"{row[0].__name__}-{row[2]}-{row[3]}" for row in PANEL],
)
def test_each_gets_its_outcome_and_numbers(client, drilled, dialect, outcome, checks, numbers, clock):
    """A client known by construction gets exactly its outcome, its numbers and its broken checks, on either clock."""
    record = run(client, drilled, dialect, clock)
    assert record.clock == clock
    assert record.outcome == outcome, record.summary
    assert broken(record) == checks
    assert {name: value_of(record, name) for name in numbers} == numbers
    assert_marks_add_up(record)


def test_a_loop_is_cut_short_and_named():
    """A client that asks without a limit is stopped at the scenario's bound, long before its deadline."""
    endless = scenario(RESET, max_requests="8", deadline="1 h")
    record = run(sinners.loops, endless)
    assert record.outcome is Outcome.LOOPING
    assert record.numbers.requests == 9
    assert record.numbers.elapsed_s < endless.deadline_s / 10


@pytest.mark.parametrize(
    ("how", "said"), [("abort", "signal 6"), ("exit", "exit code 3"), ("early", "signal 6")], ids=str
)
def test_a_crash_is_a_crash(how, said):
    """A program that dies without a claim has crashed, however it died; before the fault, the run proves nothing."""
    argv = [sys.executable, str(Path(crashes.__file__)), how]
    client = Client("subject", Program(argv), ("eventsource",))
    clock = "virtual" if how == "early" else "real"  # on a busy machine the fault may overtake a program that is slow
    record = drill(Job(ONCE, client, "eventsource"), clock=clock)
    if how == "early":
        assert record.clock == "virtual"
        assert record.outcome is Outcome.NOT_TESTED
        return
    assert record.outcome is Outcome.CRASHED
    assert said in record.summary
    assert record.verdict is Verdict.FAIL


@pytest.mark.parametrize("clock", ["real", "virtual"])
def test_recovery_time_is_what_a_stopwatch_in_the_client_says(clock):
    """The harness's recovery time is the client's own: exactly in virtual time, and never less than it waited.

    How near it comes on the real clock is measured by `make bench`.
    """
    stopwatch: dict[str, float] = {}

    async def timed(target: Target) -> AsyncIterator[str]:
        count = 0
        async for text in honest.resumes(target):
            count += 1
            if count == 12:
                stopwatch["last old"] = time.monotonic()
            if count == 13:
                stopwatch["first new"] = time.monotonic()
            yield text

    record = run(timed, ONCE, clock=clock)
    assert record.outcome is Outcome.RECOVERED
    recovery = record.numbers.recovery
    assert recovery.total_s is not None
    parts = (recovery.detect_s, recovery.wait_s, recovery.connect_s, recovery.first_token_s)
    assert sum(part or 0.0 for part in parts) == pytest.approx(recovery.total_s, abs=1e-5)
    assert recovery.total_s >= PAUSE_S
    if clock == "virtual":
        assert recovery.total_s == pytest.approx(stopwatch["first new"] - stopwatch["last old"], abs=1e-6)


EVERY_S = 0.002
EXACT = [
    # client, scenario, dialect, the pause before it asks again, and what comes before the first new token
    (honest.resumes, ONCE_FRESH, "eventsource", PAUSE_S, EVERY_S),
    (honest.continues, ONCE_FRESH, "openai-chat", PAUSE_S, EVERY_S),
    (honest.restarts, ONCE_FRESH, "openai-chat", PAUSE_S, 13 * EVERY_S),
    (honest.holds_back, ONCE_FRESH, "openai-chat", PAUSE_S, 40 * EVERY_S),
    (honest.waits_as_told, WAIT, "openai-chat", 1.0, EVERY_S),
    (sinners.oversleeps, WAIT, "openai-chat", 3.5, EVERY_S),
]


@pytest.mark.parametrize(("client", "drilled", "dialect", "pause", "stream"), EXACT)
def test_virtual_recovery_times_are_exact(client, drilled, dialect, pause, stream):
    """On the virtual clock, recovery takes what the client waits and what the stream takes, to the microsecond."""
    record = run(client, drilled, dialect, "virtual")
    assert record.clock == "virtual", record.notes
    recovery = record.numbers.recovery
    assert recovery.total_s == pytest.approx(pause + stream, abs=1e-6)
    # After a reset nobody sees what the client does until it says so or asks again: that is one span or the other.
    assert recovery.detect_s + recovery.wait_s == pytest.approx(pause, abs=1e-6)
    assert recovery.connect_s == 0
    assert recovery.first_token_s == pytest.approx(stream, abs=1e-6)


def test_nobody_is_judged_by_name():
    """Broken and honest clients swap their names and keep their verdicts."""
    for function, name, outcome in (
        (honest.resumes, "takes_eof_for_the_end", Outcome.RECOVERED),
        (sinners.takes_eof_for_the_end, "reference", Outcome.TRUNCATED_SILENTLY),
    ):
        client = replace(in_process(function), name=name)
        assert drill(Job(ONCE, client, "eventsource"), clock="real").outcome is outcome
