"""Several calls over one session: whose request is whose, what came of each, and what came of telling one to stop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from broken_clients import sessions
from ssedrill.drivers.target import Target
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import Outcome, RecordFile, Status, Verdict
from ssedrill.reporting.formats.to_json import fingerprint, from_text, to_text
from support.drilled_calls import ANY, BUSY, RESET, broken, came, run, scenario
from support.repeats import times

CLOCKS = pytest.mark.parametrize("clock", ["virtual", "real"])
DIALECTS = pytest.mark.parametrize("dialect", ["eventsource", "anthropic-messages", "openai-chat"])


# ---- whose is whose


@CLOCKS
@DIALECTS
@pytest.mark.parametrize("client", [sessions.right, sessions.right_sync], ids=["async", "blocking"])
def test_calls_known_by_construction(clock, dialect, client):
    """Calls in sequence and at once, healthy and cut: each is judged by its own requests and its own text."""
    record = run(client, scenario("", 'count = 4\nwait = "1 s"', f"count = 3\n{RESET}", ""), clock, dialect)
    assert came(record) == [*[Outcome.CLEAN] * 5, *[Outcome.FAILED_LOUDLY] * 3, Outcome.CLEAN]
    assert [call.group for call in record.calls] == [1, 2, 2, 2, 2, 3, 3, 3, 4]
    assert [call.numbers.requests for call in record.calls] == [1] * 9
    assert (record.outcome, record.verdict) == (Outcome.FAILED_LOUDLY, Verdict.PASS)
    assert record.clock == clock
    first, *four, _ = record.calls[:6]
    assert all(one.began_t - first.ended_t >= 1.0 for one in four)
    assert sorted({attempt.call for attempt in record.wire.attempts}) == list(range(1, 10))
    texts = [[run.generation for run in call.shown] for call in record.calls]
    assert len({generations[0] for generations in texts}) == 9  # no two calls were given the same text


@CLOCKS
def test_retries_belong_to_their_call(clock):
    """Each call has its own attempts and its own recovery, although all are under way at once."""
    drilled = scenario(f"count = 3\n{RESET}", f'count = 2\nstart = "with-previous"\n{BUSY}')
    record = run(sessions.retries, drilled, clock)
    assert came(record) == [Outcome.RECOVERED] * 5
    assert [call.numbers.requests for call in record.calls] == [2] * 5
    assert [call.numbers.withdrawn for call in record.calls] == [8, 8, 8, 0, 0]
    assert all(1.0 <= call.numbers.recovery.total_s < 1.5 for call in record.calls)
    assert record.numbers.requests == 10


def test_text_of_another_call_is_no_text_of_this_one():
    """A client that mixes two calls up has shown what was never written to the second of them."""
    record = run(sessions.mixes_up, scenario("", ""))
    assert came(record) == [Outcome.CLEAN, Outcome.SPLICED]
    assert [call.numbers.corrupted for call in record.calls] == [0, 1]
    assert record.verdict is Verdict.FAIL


def test_a_group_has_its_own_bounds():
    """They hold in place of the scenario's; a call that breaks them makes the run fail."""
    own = f'{RESET}\n[call.must]\noutcome = ["recovered"]'
    assert run(sessions.retries, scenario("", own, must='outcome = ["clean"]')).verdict is Verdict.PASS
    failed = run(sessions.right, scenario("", own, must='outcome = ["clean"]'))
    assert failed.verdict is Verdict.FAIL
    assert [call.verdict for call in failed.calls] == [Verdict.PASS, Verdict.FAIL]


def test_what_no_call_was_asked_proves_nothing():
    """A MUST of the scenario need be asked in one call only, but in one it must."""
    must = f'outcome = {ANY}\nretry_after = "kept"'
    busy = '[[call.attempt]]\nfaults = [{ status = { code = 503, retry_after = "1 s" } }]\n[[call.attempt]]'
    asked = run(sessions.retries, scenario("", busy, must=must))
    assert asked.verdict is Verdict.PASS
    given_up = run(sessions.right, scenario("", f"{busy}\n", must=must))
    assert given_up.verdict is Verdict.PASS  # it was asked to wait, and gave up: it does not apply


@CLOCKS
def test_one_call_without_a_session(clock):
    """A client that makes one call is told to stop like any other; the record has that one call."""
    from broken_clients.again import texts

    async def once(target):
        async for text in texts(target):
            yield text

    record = run(once, scenario("cancel = { after_token = 5 }"), clock)
    assert came(record) == [Outcome.CANCELLED]
    assert record.outcome is Outcome.CANCELLED


def test_who_makes_one_call_is_not_run_with_several():
    """It is unsupported, and no request is made."""

    async def once(target):
        yield "never"

    record = run(once, scenario("count = 2"))
    assert (record.outcome, record.verdict, record.wire.attempts) == (Outcome.UNSUPPORTED, Verdict.UNSUPPORTED, [])
    assert "one session" in record.summary


# ---- told to stop


@CLOCKS
@DIALECTS
@pytest.mark.parametrize("cancel", ["after_token = 5", 'at = "75 ms"', "after_event = 4"])
@pytest.mark.parametrize("client", [sessions.right, sessions.right_sync], ids=["async", "blocking"])
def test_a_call_is_told_to_stop(clock, dialect, cancel, client):
    """It is over at once, its connection closed, and the next call over the same session is unharmed."""
    record = run(client, scenario(f"cancel = {{ {cancel} }}", "", must=f"outcome = {ANY}"), clock, dialect)
    stopped, following = record.calls
    assert came(record) == [Outcome.CANCELLED, Outcome.CLEAN]
    assert stopped.cancel.over_s < 0.5
    assert stopped.cancel.closed_s < 0.5
    assert (stopped.cancel.left_open, stopped.cancel.shown_after, stopped.cancel.requests_after) == (0, 0, 0)
    assert following.numbers.requests == 1


@CLOCKS
@pytest.mark.parametrize(
    ("client", "outcome"),
    [
        (sessions.retries, Outcome.CANCELLED),
        (sessions.wakes_up_sync, Outcome.CANCELLED),
        (sessions.sleeps_on, Outcome.HUNG),
        (sessions.sleeps_on_sync, Outcome.HUNG),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_stopped_while_it_waits_to_ask_again(clock, client, outcome):
    """A client that sleeps its time out is judged, not excused: it had its patience to be over."""
    record = run(client, scenario(f'cancel = {{ at = "0.5 s" }}\n{BUSY}', must='outcome = ["cancelled"]'), clock)
    [call] = record.calls
    assert call.outcome is outcome, call.summary
    assert record.verdict is (Verdict.PASS if outcome is Outcome.CANCELLED else Verdict.FAIL)


@pytest.mark.parametrize(
    ("client", "key"),
    [
        (sessions.leaves_open, "run_open_connections"),
        (sessions.goes_on_asking, "cancel_requests"),
    ],
)
def test_what_a_stopped_client_leaves_behind(client, key):
    """It breaks exactly that bound; the right client keeps it."""
    bounds = f'outcome = {ANY}\n{key} = "== 0"'
    drilled = scenario("count = 2\ncancel = { after_token = 5 }", must=bounds)
    right, wrong = run(sessions.right, drilled), run(client, drilled)
    assert right.verdict is Verdict.PASS
    assert broken(wrong) == {key}


@pytest.mark.parametrize("count", [1, 2])
def test_the_sentence_says_what_the_run_broke(count):
    """No call did: the worst of them is none to speak of. If one did as well, both are told."""
    bounds = f'outcome = {ANY}\nrun_open_connections = "== 0"'
    calls = f"count = {count}\ncancel = {{ after_token = 5 }}"
    told = f"run_open_connections was {count}, and must be == 0"
    only = run(sessions.leaves_open, scenario(calls, must=bounds))
    assert only.summary == f"{count} call{'s' * (count > 1)}: {count} cancelled; {told}"
    both = run(sessions.leaves_open, scenario(calls, must=bounds.replace('"cancelled"', '"hung"')))
    assert told in both.summary
    assert "call 1 was over" in both.summary
    assert "must be" not in run(sessions.right, scenario(calls, must=bounds)).summary


def test_a_failure_is_not_said_to_prove_nothing():
    """Though a question was asked in no call: what was seen to be wrong is the sentence."""
    must = 'outcome = ["clean"]\nretry_after = "kept"'
    busy = "[[attempt]]\nfaults = [{ status = { code = 503 } }]\n[[attempt]]\nfaults = [{ status = "
    rules = f'{busy}{{ code = 429, retry_after = "1 s" }} }}]\n[[attempt]]'
    record = run(sessions.right, scenario("", "", must=must, rules=rules))
    assert record.verdict is Verdict.FAIL
    assert "proves nothing" not in record.summary


# ---- no request


@CLOCKS
@pytest.mark.parametrize(
    ("client", "outcome", "told"),
    [
        (sessions.waits_for_the_pool, Outcome.HUNG, "had not ended by the deadline"),
        (sessions.gives_the_pool_up, Outcome.FAILED_LOUDLY, "raised TimeoutError"),
        (sessions.makes_one_up, Outcome.TRUNCATED_SILENTLY, "complete with 20 of 20 tokens missing"),
    ],
    ids=["hung", "loud", "truncated"],
)
def test_a_call_that_goes_wrong_without_a_request(clock, client, outcome, told):
    """The call before it has shown that the client is alive and can ask."""
    drilled = replace(scenario("", "", must='outcome = ["clean"]'), deadline_s=3.0)
    record = run(client, drilled, clock)
    assert (came(record), record.verdict) == ([Outcome.CLEAN, outcome], Verdict.FAIL)
    assert told in record.calls[1].summary
    assert not [attempt for attempt in record.wire.attempts if attempt.call == 2]
    [met] = [check for check in record.calls[1].checks if check.id == "fault-met"]
    assert (met.status, met.got) == (Status.NOT_ASKED, "no request came")


def test_what_goes_well_without_a_request_proves_nothing():
    """A failure that the scenario allows is none of the fault that it speaks of."""
    record = run(sessions.gives_the_pool_up, scenario("", BUSY, must='outcome = ["clean", "failed-loudly"]'))
    assert came(record) == [Outcome.CLEAN, Outcome.NOT_TESTED]
    assert record.verdict is Verdict.NOT_TESTED


def test_who_never_asked_at_all_proves_nothing():
    """Nobody has seen that it can."""

    @asynccontextmanager
    async def waits(session):
        async def call(target):
            await asyncio.sleep(60.0)
            yield ""

        yield call

    record = run(waits, scenario("", "", must='outcome = ["clean"]'))
    assert came(record) == [Outcome.NOT_TESTED, Outcome.NOT_TESTED]
    assert record.verdict is Verdict.NOT_TESTED


# ---- records


@pytest.mark.parametrize("client", [sessions.retries, sessions.right_sync])
@times(4, 20)
def test_one_seed_one_record(client, times):
    """Calls at once, cancelled and cut, again and again: the record is the same, byte for byte."""
    drilled = scenario("count = 5\ncancel = { after_token = 5 }", f"count = 5\n{RESET}", "count = 3")
    assert len({fingerprint(run(client, drilled)) for _ in range(times)}) == 1


def test_calls_survive_a_file():
    """What is written is read again, equal."""
    record = run(sessions.retries, scenario("cancel = { after_token = 5 }", f"count = 2\n{BUSY}"))
    text = to_text(RecordFile({}, [record]))
    assert from_text(text).runs[0].calls == record.calls


# ---- files


@pytest.mark.parametrize(
    ("groups", "wrong"),
    [
        (["count = 0"], "call[0].count"),
        (["count = 100000"], "call[0].count"),
        (['count = "two"'], "call[0].count"),
        (['start = "with-previous"'], "call[0].start"),
        (['start = "later"'], "call[0].start"),
        (['wait = "5"'], "call[0].wait"),
        (["cancel = {}"], "call[0].cancel"),
        (['cancel = { at = "1 s", after_token = 5 }'], "call[0].cancel"),
        (["cancel = { after_token = 0 }"], "call[0].cancel"),
        (["cancel = 5"], "call[0].cancel"),
        (["cancel = { after_token = 21 }"], "call[0].cancel.after_token"),
        (['cancel = { at = "20 s" }'], "call[0].cancel.at"),
        (["cancel = { after_event = 1000 }"], "call[0].cancel.after_event"),
        (['[call.must]\noutcome = ["clean"]\nrun_connections = "<= 1"', ""], "call[0].must.run_connections"),
        (["[[call.attempt]]\nwhen = { fallback = true }"], "call[0].attempt[0].when.fallback"),
        (["colour = 5"], "call[0].colour"),
        (["[[call.attempt]]\nfaults = [{ reset = { after_token = 800 } }]"], "call[0].attempt[0].faults[0].reset"),
        (['[call.must]\nretry_after = "kept"', ""], "call[0].must.retry_after"),
        (['[call.must]\ncancel_over = "<= 1 s"', ""], "call[0].must.cancel_over"),
        (["[call.must]"], "call[0].must"),
        (['[call.must]\noutcome = ["clean"]'], "must.outcome"),
        (["count = 2\n[[call.attempt]]\nfaults = [{ close_on_accept = {} }]"], "call"),
    ],
)
def test_bad_groups(groups, wrong):
    """One error, which names the place."""
    with pytest.raises(BadScenario) as bad:
        scenario(*groups)
    assert wrong in {problem.key for problem in bad.value.problems} or any(
        problem.key.startswith(wrong) for problem in bad.value.problems
    )
    assert len(bad.value.problems) == 1


@asynccontextmanager
async def asks_again_when_told_to_stop(target: Target):
    """Makes a request more because it was told to stop."""
    left = []
    async with httpx.AsyncClient(timeout=target.patience_s) as http:

        async def call(target: Target):
            try:
                if (await http.get(target.url)).status_code != 200:
                    await asyncio.sleep(5)
                yield ""
            except (asyncio.CancelledError, GeneratorExit):
                left.append(asyncio.create_task(http.get(target.url)))
                raise

        yield call


@asynccontextmanager
async def asks_again_by_its_own_clock(target: Target):
    """Asks again at the very moment at which it is told to stop, since that was its turn."""
    async with httpx.AsyncClient(timeout=target.patience_s) as http:

        async def call(target: Target):
            for _ in range(9):
                if (await http.get(target.url)).status_code == 200:
                    break
                await asyncio.sleep(0.25)
            yield ""

        yield call


@pytest.mark.parametrize(("client", "after"), [(asks_again_when_told_to_stop, 1), (asks_again_by_its_own_clock, 0)])
def test_a_request_because_of_a_stop_came_after_it(client, after):
    """On the virtual clock both come at one moment; who only does what was due has not asked after the stop."""
    drilled = scenario(f'cancel = {{ at = "250 ms" }}\n{BUSY}', must='cancel_requests = "== 0"')
    record = run(client, drilled, "virtual", "eventsource")
    [call] = record.calls
    assert call.cancel.requests_after == after


@asynccontextmanager
async def slow_to_enter(target: Target):
    """Takes its time before any call can be made."""
    await asyncio.sleep(1)

    async def call(target: Target):
        await asyncio.sleep(100)
        yield ""

    yield call


def test_a_stop_while_the_session_is_entered_is_heard():
    """The application no longer makes the call; nothing came, so that nothing is proved, and nothing hangs."""
    record = run(slow_to_enter, scenario('cancel = { at = "250 ms" }'), "virtual", "eventsource")
    assert [call.outcome for call in record.calls] == ["not-tested"]
