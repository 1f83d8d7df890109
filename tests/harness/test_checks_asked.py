"""A check that nothing put to the test is no pass; one that has no value is recorded, and nothing follows."""

import pytest

from broken_clients.again import again, texts
from broken_clients.line import DROPS, Refused
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

TOML = """
name = "asked"
about = "Is it asked?"
dialects = ["DIALECT"]
patience = "2 s"
deadline = "10 s"
[stream]
tokens = 8
every = "2 ms"
STREAM
[[attempt]]
faults = [FAULTS]
[[attempt]]
"""
WAIT = '{ status = { code = 429, retry_after = "400 ms", form = "decimal" } }'
HAND_WRITTEN = '{ status = { code = 429, body = "{\\"retryDelay\\": \\"0.4s\\"}" } }'
RESET = "{ reset = { after_token = 4 } }"
FRAGMENTS = "{ fragment = { size = 20 } }"
MAY_RECOVER = '[must]\noutcome = ["clean", "recovered", "failed-loudly"]\n'


def scenario(faults, expectations, *, dialect="eventsource", stream=""):
    """Return a scenario with these faults on its first attempt."""
    head = TOML.replace("FAULTS", faults).replace("DIALECT", dialect).replace("STREAM", stream)
    return load_text(head + expectations)


def back_after(pause_s):
    """Return a client that asks again after a pause, having withdrawn what it showed."""

    async def client(target):
        def failed(failure):
            target.restart()
            return pause_s

        async for text in again(lambda: texts(target), failed, after=(Refused, *DROPS)):
            yield text

    return client


async def gives_up(target):
    """Ask once."""
    async for text in texts(target):
        yield text


def run(client, clock, faults, expectations):
    """Drill a client and return the record, and the checks by their ids."""
    job = Job(scenario(faults, expectations), Client("c", InProcess(client), ("eventsource",)), "eventsource")
    record = drill(job, clock=clock)
    return record, {check.id: check for check in record.checks}


CLOCKS = pytest.mark.parametrize("clock", ["virtual", "real"])


@CLOCKS
@pytest.mark.parametrize("pause_s", [0.02, 0.6])
@pytest.mark.parametrize("severity", ["must", "should"])
@pytest.mark.parametrize("bound", ['retry_after = "kept"', 'overslept = "<= 5 s"'])
def test_a_wait_that_the_drill_cannot_read_is_not_asked(clock, pause_s, severity, bound):
    """Whoever comes back early must not pass "kept"; whoever waited proved nothing either. A SHOULD has no say."""
    table = MAY_RECOVER + (bound if severity == "must" else f"[should]\n{bound}")
    record, checks = run(back_after(pause_s), clock, HAND_WRITTEN, table)
    name = bound.split()[0]
    asked = checks[name]
    assert (asked.status, asked.severity) == ("not-asked", severity)
    assert asked.got == f"nothing asked for a wait, so {name} proves nothing"
    assert checks["outcome"].got == "recovered"
    if severity == "must":
        assert (record.outcome, record.verdict, record.recovered_by) == ("not-tested", "not-tested", None)
        assert asked.got in record.summary
    else:
        assert (record.outcome, record.verdict) == ("recovered", "pass")


@CLOCKS
@pytest.mark.parametrize(
    ("client", "status", "verdict"),
    [
        (back_after(0.6), "ok", "pass"),
        (back_after(0.02), "broken", "fail"),
        (gives_up, "does-not-apply", "pass"),
    ],
)
def test_a_wait_that_was_asked_for(clock, client, status, verdict):
    """Kept, broken, or without a next request by which to tell."""
    record, checks = run(client, clock, WAIT, f'{MAY_RECOVER}retry_after = "kept"')
    assert (checks["retry_after"].status, record.verdict) == (status, verdict)
    if status == "does-not-apply":
        assert checks["retry_after"].got == "no request followed the wait that was asked for"
        assert record.outcome == "failed-loudly"


@CLOCKS
@pytest.mark.parametrize(
    ("client", "bound", "status", "verdict"),
    [
        (back_after(0.02), "<= 1 s", "ok", "pass"),
        (back_after(0.4), "<= 300 ms", "broken", "fail"),
        (gives_up, "<= 1 s", "does-not-apply", "pass"),
    ],
)
def test_recovery(clock, client, bound, status, verdict):
    """In time, too late, or never: a client that gave up has no time of recovery, and its outcome says the rest."""
    record, checks = run(client, clock, RESET, f'{MAY_RECOVER}recovery = "{bound}"')
    assert (checks["recovery"].status, record.verdict) == (status, verdict)


@CLOCKS
def test_recovery_without_a_break_on_the_way_is_not_asked(clock):
    """A client whose answer was only cut into pieces had nothing to recover from."""
    expectations = f'[[attempt]]\nfaults = [{RESET}]\n{MAY_RECOVER}recovery = "<= 1 s"'
    record, checks = run(gives_up, clock, FRAGMENTS, expectations)
    assert checks["recovery"].status == "not-asked"
    assert (record.outcome, record.verdict) == ("not-tested", "not-tested")


def test_a_broken_must_outweighs_one_that_was_not_asked():
    """The outcome stays what it was where the run has failed anyway."""
    table = '[must]\noutcome = ["failed-loudly"]\nretry_after = "kept"'
    record, checks = run(back_after(0.02), "virtual", HAND_WRITTEN, table)
    assert checks["retry_after"].status == "not-asked"
    assert (record.outcome, record.verdict) == ("recovered", "fail")


def test_a_gap_needs_two_requests_and_no_stimulus():
    """With one request the question has no value; requests and duplicates always have one."""
    table = f'{MAY_RECOVER}gap = ">= 1 s"\nrequests = "== 1"\nduplicates = "== 0"'
    record, checks = run(gives_up, "virtual", FRAGMENTS, table)
    assert record.verdict == "pass"
    assert [checks[name].status for name in ("gap", "requests", "duplicates")] == ["does-not-apply", "ok", "ok"]


@CLOCKS
def test_a_client_that_a_door_turned_away_has_come(clock):
    """It made no request, which is a number like any other: the question of how many is asked."""
    table = f'{MAY_RECOVER}requests = "<= 4"'
    record, checks = run(gives_up, clock, "{ close_on_accept = {} }", table)
    assert (record.outcome, record.verdict, record.numbers.requests) == ("failed-loudly", "pass", 0)
    assert (checks["requests"].status, checks["requests"].got) == ("ok", "0")


NEVER_A_WAIT = [
    "{ status = { code = 503 } }",
    '{ status = { code = 503, body = "" } }',
    '{ status = { code = 503, form = "garbage" } }',
    '{ status = { code = 503, form = "past-date" } }',
    RESET,
    FRAGMENTS,
]


@pytest.mark.parametrize("severity", ["must", "should"])
@pytest.mark.parametrize("bound", ['retry_after = "kept"', 'overslept = "<= 1 s"'])
@pytest.mark.parametrize("faults", NEVER_A_WAIT)
def test_refused_if_nothing_can_ask_for_a_wait(faults, bound, severity):
    """What can be known when the file is read is told there, by the key and with what would be right."""
    table = MAY_RECOVER + (bound if severity == "must" else f"[should]\n{bound}")
    with pytest.raises(BadScenario) as refused:
        scenario(faults, table)
    (problem,) = refused.value.problems
    assert problem.key == f"{severity}.{bound.split()[0]}"
    assert "never be asked" in problem.wrong
    assert "retry_after" in problem.right


@pytest.mark.parametrize(
    ("faults", "dialect", "stream"),
    [
        *(
            ('{ status = { code = 429, retry_after = "2 s", form = "FORM" } }'.replace("FORM", form), dialect, "")
            for form in ("seconds", "decimal", "date", "ms-header", "body")
            for dialect in ("eventsource", "anthropic-messages", "openai-chat")
        ),
        ('{ status = { code = 429, retry_after = "0 s" } }', "openai-chat", ""),
        (HAND_WRITTEN, "openai-chat", ""),
        (RESET, "eventsource", 'retry = "3 s"'),
    ],
)
def test_loads_if_something_may_ask_for_a_wait(faults, dialect, stream):
    """A wait in any form, in a body that nobody but its author knows, and in the stream's own field."""
    assert scenario(faults, f'{MAY_RECOVER}retry_after = "kept"', dialect=dialect, stream=stream)


def test_the_streams_field_is_refused_where_no_dialect_has_it():
    """A chat has no `retry:`, so that the setting asks nobody for a wait."""
    with pytest.raises(BadScenario, match=r"stream\.retry: no dialect here says when to reconnect"):
        scenario(RESET, f'{MAY_RECOVER}retry_after = "kept"', dialect="openai-chat", stream='retry = "3 s"')


def test_refused_if_nothing_can_break_the_answer():
    """There is no recovery where faults only reshape."""
    with pytest.raises(BadScenario, match=r"must\.recovery: .*never be asked.*reset"):
        scenario(FRAGMENTS, f'{MAY_RECOVER}recovery = "<= 1 s"')
