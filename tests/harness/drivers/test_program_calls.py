"""Programs that make several calls over one session: good ones, and some that sin in one way each, on both clocks."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record, Status, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.formats.to_json import fingerprint
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.repeats import times

PROGRAMS = Path(__file__).parent.parent.parent / "broken_clients"
WHY_NOT = why_not_preloadable([sys.executable])
NEEDS_NODE = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
NEEDS_VIRTUAL = pytest.mark.skipif(WHY_NOT is not None, reason=f"no virtual programs: {WHY_NOT}")
VIRTUAL = pytest.param("virtual", marks=NEEDS_VIRTUAL)
CLOCKS = pytest.mark.parametrize("clock", [VIRTUAL, "real"])
LANGUAGES = pytest.mark.parametrize("language", ["python", pytest.param("node", marks=NEEDS_NODE)])
ANY = '["clean", "cancelled", "recovered", "failed-loudly"]'
RESET = "[[call.attempt]]\nfaults = [{ reset = { after_token = 8 } }]\n[[call.attempt]]"
BUSY = "[[call.attempt]]\nfaults = [{ status = { code = 503 } }]\n[[call.attempt]]"
CLEAN, CANCELLED, CRASHED, HUNG = Outcome.CLEAN, Outcome.CANCELLED, Outcome.CRASHED, Outcome.HUNG


def scenario(*groups: str, must: str = f"outcome = {ANY}", deadline: str = "20 s", patience: str = "2 s") -> Scenario:
    """Return a scenario of 20 tokens with these groups of calls."""
    calls = "\n".join(f"[[call]]\n{group}" for group in groups)
    head = f'name = "calls"\nabout = "Calls."\ndialects = "all"\npatience = "{patience}"\ndeadline = "{deadline}"'
    return load_text(f'{head}\n[stream]\ntokens = 20\nevery = "10 ms"\n{calls}\n[[attempt]]\n[must]\n{must}\n')


def command(sin: str = "", language: str = "python") -> str:
    """Return what the program is started by."""
    by, file = {"python": (sys.executable, "program_calls.py"), "node": ("node", "program_calls.mjs")}[language]
    return f"cmd:{by} {PROGRAMS / file} {sin}".strip()


def run(drilled: Scenario, sin: str = "", clock: str = "virtual", language: str = "python") -> Record:
    """Drill a program."""
    return drill(Job(drilled, parse_spec(command(sin, language)), "eventsource", 0), clock=clock)


def came(record: Record) -> list[Outcome]:
    """Return what came of each call."""
    return [call.outcome for call in record.calls]


@CLOCKS
@LANGUAGES
def test_calls_known_by_construction(clock, language):
    """Calls in sequence and at once, healthy and cut, over one process: each is judged by its own."""
    groups = ("", 'count = 4\nwait = "1 s"', f"count = 3\n{RESET}", f'count = 2\nstart = "with-previous"\n{BUSY}', "")
    record = run(scenario(*groups), clock=clock, language=language)
    assert came(record) == [*[CLEAN] * 5, *[Outcome.RECOVERED] * 5, CLEAN], record.summary
    assert [call.numbers.requests for call in record.calls] == [1] * 5 + [2] * 5 + [1]
    assert [call.numbers.withdrawn for call in record.calls] == [0] * 5 + [8] * 3 + [0] * 3
    assert (record.clock, record.verdict, record.notes) == (clock, Verdict.PASS, [])
    assert record.numbers.requests == 16
    assert len(record.wire.connections) < 16  # they shared a pool


@LANGUAGES
@pytest.mark.parametrize(
    ("clock", "cancel"),
    [
        pytest.param("virtual", 'at = "75 ms"', marks=NEEDS_VIRTUAL),
        *(pytest.param("virtual", cancel, marks=NEEDS_VIRTUAL) for cancel in ("after_token = 5", "after_event = 4")),
        *(("real", cancel) for cancel in ("after_token = 5", "after_event = 4")),
    ],
)
def test_a_call_is_called_off(clock, language, cancel):
    """It is over at once, its connection closed; the others, beside it and after it, are unharmed."""
    drilled = scenario(f"cancel = {{ {cancel} }}", 'start = "with-previous"', "")
    record = run(drilled, clock=clock, language=language)
    stopped = record.calls[0]
    assert came(record) == [CANCELLED, CLEAN, CLEAN], record.summary
    assert stopped.cancel.over_s < 1.0
    assert stopped.cancel.closed_s < 1.0
    assert (stopped.cancel.left_open, stopped.cancel.requests_after) == (0, 0)


# ---- told to stop


@CLOCKS
@pytest.mark.parametrize(
    ("language", "sin", "outcome"),
    [
        ("python", "cancels 8", CANCELLED),
        pytest.param("python", "goes-on 8", HUNG),
        pytest.param("node", "waits-it-out 8", HUNG, marks=NEEDS_NODE),
    ],
)
def test_called_off_while_it_waits_to_ask_again(clock, language, sin, outcome):
    """A program that is not over within its patience is judged, not excused; it is told by its number."""
    drilled = scenario(f'cancel = {{ at = "4 s" }}\n{BUSY}', "")
    record = run(drilled, sin, clock, language)
    assert came(record) == [outcome, CLEAN], record.summary


@CLOCKS
@pytest.mark.parametrize(
    ("client", "fault", "sins"),
    [
        ("", "{ coalesce = {} }", False),
        ("shows-on", "{ stall = { after_token = 5 } }", True),
    ],
)
def test_what_is_shown_after_the_stop(clock, client, fault, sins):
    """What a program had printed before it could hear of the stop is not held against it; what comes later is."""
    stopped = f"cancel = {{ after_token = 5 }}\n[[call.attempt]]\nfaults = [{fault}]"
    record = run(scenario(stopped, "", must=f'outcome = {ANY}\ncancel_shown = "== 0"'), client, clock)
    assert came(record) == [CANCELLED, CLEAN], record.summary
    assert (record.calls[0].cancel.shown_after >= len("still here")) is sins
    assert record.verdict is (Verdict.FAIL if sins else Verdict.PASS)


def test_text_after_the_claim_is_not_lost():
    """What a program shows of a call after it has said how that ended is not heard, and so nothing is proved."""
    record = run(scenario("", ""), "late")
    assert came(record) == [Outcome.NOT_TESTED, CLEAN]  # the second was the last, and the program ended
    assert record.calls[0].tokens.unkept_bytes == len("and one more thing")
    assert record.notes == ["showed text of call 1 after it had said how that ended"]


# ---- bad lines


@CLOCKS
@pytest.mark.parametrize(
    ("sin", "what"),
    [("no-call", "no call"), *((sin, "a call that has not begun") for sin in ("unknown-call", "wrong-type"))],
)
def test_text_of_no_call(clock, sin, what):
    """It may have been shown to any application: it is noted, and counts against all calls that were open."""
    record = run(scenario("", "count = 2"), sin, clock)
    assert came(record) == [Outcome.NOT_TESTED] * 3
    assert record.notes[0].startswith(f"line 2 of the program's output is of {what}: '{{\"text\"")
    assert record.notes[-1] == "60 lines of the program's output were not understood"
    assert all(call.tokens.unkept_bytes for call in record.calls)
    assert [call.claim for call in record.calls] == ["complete"] * 3


@CLOCKS
def test_a_flood_on_standard_output(clock):
    """Two megabytes of nonsense between the lines keep no call from being heard."""
    record = run(scenario("count = 2"), "floods", clock)
    assert came(record) == [CLEAN] * 2
    assert record.notes[-1] == "40 lines of the program's output were not understood"


# ---- programs that die, hang, or do not listen


@CLOCKS
@LANGUAGES
def test_a_program_that_dies(clock, language):
    """It takes the calls that are open with it, and those that come after."""
    drilled = scenario("", 'count = 2\ncancel = { at = "15 s" }', "count = 2")
    record = run(drilled, "dies-in-2", clock, language)
    assert came(record) == [CLEAN, *[CRASHED] * 4], record.summary
    assert {call.tokens.crashed for call in record.calls[1:]} == {"exit code 7, no claim"}
    assert record.verdict is Verdict.FAIL


@CLOCKS
def test_a_line_that_death_cuts(clock):
    """Text in it counts as not kept, for the call that was open."""
    record = run(scenario("", ""), "half-a-line", clock)
    assert came(record) == [CRASHED, CRASHED]
    assert record.calls[0].tokens.unkept_bytes == len('{"call": 1, "text": "half')


@pytest.mark.parametrize(
    ("sin", "outcome"),
    [("dies-at-once", Outcome.NOT_TESTED), ("hangs-at-once", Outcome.NOT_TESTED), ("127", Outcome.UNSUPPORTED)],
)
def test_a_program_that_never_asks(sin, outcome):
    """Nothing was tested; by exit code 127 it says that it can't do what is asked."""
    record = run(scenario("count = 2", ""), sin)
    assert came(record) == [outcome] * 3
    assert not record.wire.attempts


@CLOCKS
def test_a_call_that_hangs(clock):
    """It is stopped at its deadline, and the program told so; it lives on for the others."""
    silent = "[[call.attempt]]\nfaults = [{ stall = { after_token = 3 } }]"
    record = run(scenario("", silent, "", deadline="4 s"), "hangs-in-2", clock)
    assert came(record) == [CLEAN, HUNG, CLEAN], record.summary
    assert record.calls[1].tokens.stopped_t - record.calls[1].began_t >= 4.0
    [hung] = [one for one in record.wire.attempts if one.call == 2]
    assert record.calls[1].tokens.stopped_t <= hung.left_t < record.calls[2].ended_t


@CLOCKS
def test_a_program_that_does_not_read(clock):
    """However many calls it is not told of, nobody waits for it longer than their deadlines."""
    record = run(scenario("", "count = 1000", deadline="3 s"), "deaf", clock)
    assert record.calls[0].outcome is CLEAN
    assert {call.outcome for call in record.calls[1:]} == {HUNG}  # no request of theirs ever came, and it can ask
    assert record.verdict.bad
    assert all(call.tokens.stopped for call in record.calls[1:])
    assert "after the end of its input" in record.notes[0]


@CLOCKS
@pytest.mark.parametrize("sin", ["closes-input", "closes-unread"])
def test_a_program_that_closes_its_input(clock, sin):
    """What it can't be told of it can't make: it has crashed in these calls, without a deadline being waited for.

    Whether it closes before it is told of them, or after that without having read it.
    """
    record = run(scenario("", "count = 2", deadline="60 s"), sin, clock)
    assert came(record) == [CLEAN, CRASHED, CRASHED]
    assert record.calls[1].ended_t - record.calls[1].began_t < 10.0
    assert "closed its standard input" in record.calls[1].summary


@pytest.mark.parametrize(
    ("sin", "note"),
    [
        ("lingers", "the program went on for 2 s after the end of its input and was ended"),
        ("exits-with-4", "exit code 4 after the last call"),
    ],
)
def test_the_end_of_the_input(sin, note):
    """After the last call a program has two seconds to go; what it said of its calls stands."""
    record = run(scenario("", ""), sin)
    assert (came(record), record.notes) == ([CLEAN, CLEAN], [note])


# ---- who can


@pytest.mark.parametrize(
    ("sin", "groups", "why"),
    [
        ("cant", [""] * 2, "it makes one call, and the scenario has 2 over one session"),
        ("calls-only", ["", "cancel = { after_token = 5 }"], "none of them can be called off"),
        ("calls-only", [""] * 2, None),
        ("cant", ["cancel = { after_token = 5 }"], None),
    ],
)
def test_who_can_not_is_not_run(sin, groups, why):
    """A program says in its first line what it can; without that a scenario of several calls is not for it."""
    record = run(scenario(*groups), sin)
    if why is None:
        assert record.outcome is not Outcome.UNSUPPORTED
    else:
        assert (record.outcome, record.clock, record.wire.attempts) == (Outcome.UNSUPPORTED, "none", [])
        assert why in record.summary


# ---- records


@NEEDS_VIRTUAL
@LANGUAGES
@times(3, 20)
def test_one_seed_one_record(language, times):
    """Calls at once, called off and cut, again and again: the record is the same, byte for byte."""
    drilled = scenario(
        "count = 3\ncancel = { after_token = 5 }",
        f'count = 3\nstart = "with-previous"\n{RESET}',
        f'cancel = {{ at = "500 ms" }}\n{BUSY}',
        "count = 2",
    )
    assert len({fingerprint(run(drilled, language=language)) for _ in range(times)}) == 1


# ---- what it leaves behind


@CLOCKS
@LANGUAGES
def test_who_closes_what_nobody_reads_leaves_nothing_open(clock, language):
    """Its pool is none of that: it may keep connections for the next call until it is told that there is none."""
    drilled = scenario("count = 2\ncancel = { after_token = 5 }", "", must='run_open_connections = "== 0"')
    record = run(drilled, "", clock, language)
    assert (came(record), record.verdict) == ([CANCELLED, CANCELLED, CLEAN], Verdict.PASS)
    [check] = record.checks
    # On the real clock a program may be gone before it can be looked at; that is said, and is no pass of the check.
    assert (check.status, check.got) == (Status.OK, "0") or (clock, check.status) == ("real", Status.DOES_NOT_APPLY)


@CLOCKS
def test_what_a_program_still_holds_is_seen_before_its_end(clock):
    """Its end closes the sockets: it is looked at while it lives."""
    drilled = scenario(
        "count = 2\ncancel = { after_token = 5 }", must=f'outcome = {ANY}\nrun_open_connections = "== 0"'
    )
    record = run(drilled, "keeps", clock)
    assert (came(record), record.verdict) == ([CANCELLED, CANCELLED], Verdict.FAIL)
    assert [(check.status, check.got) for check in record.checks] == [(Status.BROKEN, "2")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_what_cannot_be_measured_is_no_pass():
    """A program that makes one call ends with it."""
    drilled = scenario("", must='outcome = ["clean"]\nrun_open_connections = "== 0"')
    record = drill(Job(drilled, parse_spec("raw:curl -sN {url}"), "eventsource", 0), clock="real")
    assert came(record) == [CLEAN]
    assert [check.status for check in record.checks] == [Status.DOES_NOT_APPLY]
