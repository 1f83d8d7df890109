"""What every check makes of a run, and the verdict that they add up to: of runs that were made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.always import allowed_silence_s
from ssedrill.judging.checks.check import Case, CheckKind, NumberCheck
from ssedrill.judging.checks.outcome_check import HONEST
from ssedrill.judging.checks.stimulus import A_BREAK, A_REQUEST, A_TOKEN, A_WAIT, Prospect
from ssedrill.judging.judge import judge, why_unasked
from ssedrill.judging.metrics import Measured
from ssedrill.model.numbers import Recovery, RetryAfter
from ssedrill.model.record import CancelNumbers, Check, Outcome, Severity, Status, Verdict
from ssedrill.model.scenario import OUTCOME, Comparison, Expectation, Scenario, Unit
from ssedrill.model.when import When
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.planning.compile import trial
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.frames.byte_order_mark import ByteOrderMarkFault
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.spelling import SpellingFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.plan import CloseOnAccept, Refuse
from ssedrill_faults.wire.fragment import FragmentFault
from support.journals import ALL_SHOWN, BROKEN, HEALTHY, RESET, cut, done, door, drilled, failed, healthy, measured

MUST, SHOULD = Severity.MUST, Severity.SHOULD
CLEAN = measured([healthy(1, 0.0)], done(ALL_SHOWN))
BROKE = measured([cut(1, 0.0)], failed(ALL_SHOWN[:8], 0.1), BROKEN)


def with_numbers(run: Measured = BROKE, **numbers: object) -> Measured:
    """Return a run with other numbers."""
    return replace(run, numbers=replace(run.numbers, **numbers))


def at_most(key: str, value: float, severity: Severity = MUST) -> Expectation:
    """Return an upper bound."""
    return Expectation(key, severity, Comparison("<=", value, f"<= {value:g}"))


def kept(severity: Severity = MUST) -> Expectation:
    """Return the expectation that every wait is kept."""
    return Expectation("retry_after", severity, "kept")


def outcomes(*allowed: Outcome, severity: Severity = MUST) -> Expectation:
    """Return the outcomes that are expected."""
    return Expectation(OUTCOME, severity, allowed)


def judged(
    run: Measured, *asked: Expectation, outcome: Outcome = Outcome.FAILED_LOUDLY, untested: str | None = None
) -> tuple[dict[str, Check], Verdict]:
    """Return the checks by their ids, and the verdict."""
    checks, verdict = judge(replace(BROKEN, expectations=asked), run, outcome, untested)
    return {check.id: check for check in checks}, verdict


# ---- one check at a time


def elsewhere(number: int) -> AttemptLog:
    """Return a request to the fallback."""
    return replace(cut(number, number), listener=2)


A_WAIT_CAME = {"retry_after": RetryAfter(1.0, 2.0)}


@pytest.mark.parametrize(
    ("key", "run", "value", "written"),
    [
        ("requests", with_numbers(requests=3), 3, "3"),
        ("retries", with_numbers(retries=3), 3, "3"),
        ("duplicates", with_numbers(duplicates=3), 3, "3"),
        ("withdrawn", with_numbers(withdrawn=3), 3, "3"),
        ("wasted", with_numbers(wasted_tokens=3), 3, "3"),
        ("recovery", with_numbers(recovery=Recovery(1.5)), 1.5, "1.500 s"),
        ("first_token", with_numbers(ttft_s=1.5), 1.5, "1.500 s"),
        ("elapsed", with_numbers(elapsed_s=1.5), 1.5, "1.500 s"),
        ("gap", with_numbers(gaps_s=[4.0, 1.5, 2.0]), 1.5, "1.500 s"),
        ("overslept", replace(with_numbers(**A_WAIT_CAME), overslept_s=1.5), 1.5, "1.500 s"),
        ("cancel_over", replace(BROKE, cancel=CancelNumbers(over_s=1.5)), 1.5, "1.500 s"),
        ("cancel_closed", replace(BROKE, cancel=CancelNumbers(closed_s=1.5)), 1.5, "1.500 s"),
        ("cancel_left_open", replace(BROKE, cancel=CancelNumbers(left_open=3)), 3, "3"),
        ("cancel_tokens", replace(BROKE, cancel=CancelNumbers(tokens_after=3)), 3, "3"),
        ("cancel_shown", replace(BROKE, cancel=CancelNumbers(shown_after=3)), 3, "3"),
        ("cancel_requests", replace(BROKE, cancel=CancelNumbers(requests_after=3)), 3, "3"),
        ("fallback_requests", replace(BROKE, wire=WireJournal([], [elsewhere(n) for n in (1, 2, 3)])), 3, "3"),
        ("unsafe_retries", replace(with_numbers(), wire=WireJournal([], [cut(n, n) for n in (1, 2, 3, 4)])), 3, "3"),
    ],
)
def test_a_bound_on_a_number(key, run, value, written):
    """It is held to the number that bears its name, and says what that was."""
    for bound, ok in ((value, True), (value - 0.1, False)):
        for severity in (MUST, SHOULD):
            check = judged(run, at_most(key, bound, severity))[0][key]
            assert check.status is (Status.OK if ok else Status.BROKEN)
            assert (check.severity, check.got, check.expected) == (severity, written, f"<= {bound:g}")


def test_every_bound_on_a_number_is_tested():
    """The list above names them all."""
    numbers = {key for key, check in CHECKS.items() if isinstance(check, NumberCheck)}
    mark = next(mark for mark in test_a_bound_on_a_number.pytestmark if mark.name == "parametrize")
    assert {row[0] for row in mark.args[1]} == numbers


def test_a_number_that_the_run_has_not():
    """Nothing follows from it, also for a MUST; and it is recorded why."""
    for key, run, lacking in (
        ("gap", BROKE, "there was one request only"),
        ("first_token", with_numbers(ttft_s=None, wasted_tokens=1), "no text was shown"),
        ("recovery", BROKE, "no new text came after the fault"),
        ("overslept", with_numbers(retry_after=RetryAfter(1.0)), "no request followed the wait that was asked for"),
    ):
        checks, verdict = judged(run, at_most(key, 1.0))
        assert (checks[key].status, checks[key].got, verdict) == ("does-not-apply", lacking, "pass")


@pytest.mark.parametrize(
    ("short_s", "status", "got"),
    [
        (-1.0, "ok", "kept"),
        (0.005, "ok", "kept"),
        (0.0051, "broken", "broken: 0.005 s too early"),
        (1.5, "broken", "broken: 1.500 s too early"),
        (None, "does-not-apply", "no request followed the wait that was asked for"),
    ],
)
def test_a_wait_may_fall_a_hair_short(short_s, status, got):
    """Five milliseconds, for the client counts from when it read the answer; what it says agrees with that."""
    run = replace(with_numbers(**A_WAIT_CAME), broke_retry_after_s=short_s)
    for severity in (MUST, SHOULD):
        check = judged(run, kept(severity))[0]["retry_after"]
        assert (check.status, check.severity, check.got, check.expected) == (status, severity, got, "kept")


@pytest.mark.parametrize(
    ("silence_s", "status"), [(None, "does-not-apply"), (0.0, "ok"), (2.75, "ok"), (2.751, "broken")]
)
def test_patience_has_a_quarter_and_a_quarter_of_a_second_to_spare(silence_s, status):
    """Timers of real clients are coarse; a patience of two seconds may become 2.75."""
    assert (allowed_silence_s(0.0), allowed_silence_s(2.0), allowed_silence_s(10.0)) == (0.25, 2.75, 12.75)
    check = judged(with_numbers(longest_silence_s=silence_s))[0]["patience"]
    assert (check.status, check.severity, check.expected) == (status, MUST, "silence <= 2.75 s (patience 2 s)")
    assert check.got == ("this run has no such value" if silence_s is None else f"{silence_s:.3f} s")


def test_the_fault_is_met():
    """Or why not; or all faults lay behind the end, where they need not be met."""
    assert judged(BROKE)[0]["fault-met"].got == "met"
    assert judged(replace(BROKE, behind_the_end=True))[0]["fault-met"].got == "behind the end"
    checks, verdict = judged(BROKE, outcome=Outcome.NOT_TESTED, untested="nobody came")
    assert (checks["fault-met"].status, checks["fault-met"].got) == ("broken", "nobody came")
    assert (list(checks), verdict) == (["fault-met"], "not-tested")


def test_the_outcome_is_one_of_those_that_are_named():
    """The scenario names them; if it does not, it must be an honest one, also where it says what should be."""
    allowed = outcomes(Outcome.CLEAN, Outcome.RECOVERED)
    assert judged(BROKE, allowed, outcome=Outcome.CLEAN)[1] == "pass"
    checks, verdict = judged(BROKE, allowed, outcome=Outcome.HUNG)
    assert (checks[OUTCOME].status, checks[OUTCOME].got, verdict) == ("broken", "hung", "fail")
    assert checks[OUTCOME].expected == "clean or recovered"
    for outcome in Outcome:
        if outcome not in (Outcome.UNSUPPORTED, Outcome.NOT_TESTED):
            honest = outcome in ("clean", "recovered", "degraded", "failed-loudly")
            assert judged(BROKE, outcome=outcome)[1] == ("pass" if honest else "fail")
            assert (outcome in HONEST.bound) is honest
    assert judged(BROKE, outcomes(Outcome.HUNG), outcome=Outcome.HUNG)[1] == "pass", "it says so itself"


def test_a_scenario_that_says_only_what_should_be_keeps_its_must():
    """Otherwise a lie would be a warning."""
    should = outcomes(Outcome.CLEAN, severity=SHOULD)
    assert judged(BROKE, should, outcome=Outcome.CORRUPTED)[1] == "fail"
    assert judged(BROKE, should, outcome=Outcome.RECOVERED)[1] == "warn"
    other = at_most("requests", 5)
    assert judged(BROKE, other, outcome=Outcome.CORRUPTED)[1] == "fail"


# ---- what makes a question arise


def test_a_question_whose_stimulus_never_came_is_not_asked():
    """A MUST proves nothing then; a SHOULD has no say."""
    for asked, why in (
        (at_most("overslept", 1.0), "nothing asked for a wait, so overslept proves nothing"),
        (kept(), "nothing asked for a wait, so retry_after proves nothing"),
        (at_most("recovery", 1.0), "no breaking fault was met, so recovery proves nothing"),
    ):
        checks, verdict = judged(CLEAN, asked, outcome=Outcome.CLEAN)
        assert (checks[asked.key].status, checks[asked.key].got, verdict) == ("not-asked", why, "not-tested")
        assert checks[asked.key].expected == asked.written
        assert why_unasked(list(checks.values())) == why
        checks, verdict = judged(CLEAN, replace(asked, severity=SHOULD), outcome=Outcome.CLEAN)
        assert (checks[asked.key].status, verdict) == ("not-asked", "pass")
        assert why_unasked(list(checks.values())) is None


def test_the_first_token_is_asked_for_where_there_was_one():
    """Whether it was shown or not; of a scenario that only ever refuses, nothing is known of it."""
    refused = with_numbers(CLEAN, ttft_s=None, wasted_tokens=0)
    checks, verdict = judged(refused, at_most("first_token", 1.0), outcome=Outcome.CLEAN)
    why = "no answer had any text, so first_token proves nothing"
    assert (checks["first_token"].status, checks["first_token"].got, verdict) == ("not-asked", why, "not-tested")
    assert A_TOKEN.met(CLEAN)
    assert A_TOKEN.met(with_numbers(CLEAN, ttft_s=None, wasted_tokens=1))

    def possible(scenario: Scenario) -> bool:
        return A_TOKEN.possible(Prospect(scenario, trial(scenario)))

    busy, empty = StatusFault(code=503), CleanEndFault(after="headers")
    assert possible(drilled())
    assert possible(drilled(busy))
    assert not possible(drilled(busy, then=(busy,)))
    assert not possible(drilled(empty, then=(busy,)))
    some = drilled(busy, then=(busy,))
    whole = replace(some.attempts[0], when=When(kind="whole"))
    assert possible(replace(some, attempts=(whole, some.attempts[1])))
    assert possible(drilled(busy, then=(StatusFault(code=503, body="a4."),)))


def test_who_never_came_is_asked_nothing():
    """One that was turned away at a door has tried; nobody knocked at another."""
    nobody = measured([], [], BROKEN)
    checks, verdict = judged(nobody, at_most("requests", 5))
    assert (checks["requests"].status, verdict) == ("not-asked", "not-tested")
    knocked = measured([door(1, 0.0, CloseOnAccept(False))], failed([], 1.0), drilled(RESET))
    assert judged(knocked, at_most("requests", 5))[0]["requests"].status == "ok"
    unseen = measured([door(1, 0.0, Refuse(1.0))], failed([], 1.0), drilled(RESET))
    assert not A_REQUEST.met(unseen)
    assert A_REQUEST.met(CLEAN)


def test_a_break_must_have_been_met():
    """A fault that only reshapes the answer is none, nor is one that the client did not live to see."""
    assert A_BREAK.met(BROKE)
    (fault,) = BROKE.faults
    assert not A_BREAK.met(replace(BROKE, faults=(replace(fault, breaking=False),)))
    assert not A_BREAK.met(replace(BROKE, faults=(replace(fault, reached=False),)))
    assert A_BREAK.met(replace(BROKE, faults=(replace(fault, reached=False), fault)))


def possible(*faults: object, then: object = (), **stream: object) -> tuple[bool, bool, bool]:
    """Tell of a scenario with these faults which stimuli may come: a request, a wait, a break."""
    scenario = drilled(*faults, then=then)
    scenario = replace(scenario, stream=replace(scenario.stream, **stream))
    prospect = Prospect(scenario, trial(scenario))
    return A_REQUEST.possible(prospect), A_WAIT.possible(prospect), A_BREAK.possible(prospect)


def test_what_a_scenario_may_ask():
    """It is known before it is run: of its faults, its attempts after the first included, and of its stream."""
    busy, by_hand = StatusFault(code=429, retry_after_s=2.0), StatusFault(code=429, body='{"wait": 2}')
    assert possible() == (True, False, False)
    assert possible(FragmentFault(size=20)) == (True, False, False)
    assert possible(RESET) == (True, False, True)
    assert possible(then=(RESET,)) == (True, False, True)
    assert possible(FragmentFault(size=20), RESET) == (True, False, True)
    assert possible(busy) == (True, True, True)
    assert possible(then=(busy,)) == (True, True, True)
    assert possible(StatusFault(code=429)) == (True, False, True)
    assert possible(by_hand, then=(RESET,)) == (True, True, True)
    assert possible(retry_s=1.5) == (True, True, False)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("flush", ["event", "end"])
def test_a_stream_that_is_coded_may_ask_for_a_wait(coding: Any, flush: Any):
    """Its client undoes the coding; a label that is wrong leaves nothing to be read."""
    coded = EncodeFault(coding=coding, flush=flush)
    assert possible(coded, then=(coded,), retry_s=1.5) == (True, True, False)
    assert possible(coded, then=(coded,)) == (True, False, False)
    wrong = EncodeFault(coding=coding, label="gzip" if coding == "br" else "br")
    assert possible(wrong, then=(wrong,), retry_s=1.5) == (True, False, True)


def test_a_wait_is_found_however_the_stream_is_cut():
    """In pieces that are chunks of a few bytes, with other line ends, and behind a byte order mark."""
    for fault in (
        ChunkBordersFault(size=3),
        FragmentFault(size=3),
        SpellingFault(line_end="cr"),
        ByteOrderMarkFault(),
        BufferFault(bytes=7),
    ):
        assert possible(fault, then=(fault,), retry_s=1.5) == (True, True, False), fault.name


# ---- the verdict


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ("ok", "pass"),
        ("ok broken-should", "warn"),
        ("ok broken-must broken-should", "fail"),
        ("not-asked broken-should", "not-tested"),
        ("not-asked broken-must", "fail"),
    ],
)
def test_the_worst_answer_is_the_verdict(statuses, verdict):
    """Broken, then unproved, then what should be otherwise."""
    ways = {
        "ok": at_most("requests", 5),
        "broken-should": at_most("elapsed", 0.01, SHOULD),
        "broken-must": at_most("retries", -1),
        "not-asked": kept(),
    }
    assert judged(BROKE, *(ways[one] for one in statuses.split()))[1] == verdict


def test_who_says_that_it_cannot_do_this_is_asked_nothing():
    """It has no checks, and no say."""
    assert judged(BROKE, at_most("retries", -1), outcome=Outcome.UNSUPPORTED) == ({}, "unsupported")


# ---- checks from elsewhere


class Named(CheckKind):
    """A check that has no answer."""

    def answer(self, case: Case, expectation: Expectation) -> None:
        """Say nothing."""
        return


def test_what_is_no_check_is_refused():
    """What an entry point names must be a check of that name that a scenario can ask for."""
    wrong = CHECKS._wrong
    assert wrong("mine", Named("mine", "About.", Unit.COUNT)) is None
    assert wrong("mine", 7) == "which is no CheckKind but of type int"
    assert wrong("mine", Named("yours", "About.", Unit.COUNT)) == "whose id is yours: call the entry point so too"
    assert "has no unit" in wrong("mine", Named("mine", "About.", None))
    assert HEALTHY.expectations == ()
