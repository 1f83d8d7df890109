"""What is counted and timed in a run: of journals that were made by hand, so that every number is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Scenario
from ssedrill.model.token_journal import TokenEntry
from ssedrill.model.wire_journal import AttemptLog, Played
from ssedrill_faults.plan import CloseOnAccept, Mute, Refuse, Silence
from support.journals import (
    ALL_SHOWN,
    BROKEN,
    HEALTHY,
    cut,
    done,
    door,
    failed,
    healthy,
    left_at,
    measured,
    refused,
    rest,
    whole_answer,
)
from support.records import answer_ops, attempt, cut_after, shown


def numbers(*attempts: AttemptLog, said: Sequence[TokenEntry] = (), scenario: Scenario = HEALTHY, **journal: object):
    """Return the numbers of such a run."""
    return measured(attempts, list(said), scenario, **journal).numbers


def silent(number: int, t: float, *moments: float) -> AttemptLog:
    """Return an attempt of whose stream something was written at these moments, and which was never over."""
    log = healthy(number, t)
    log.played = [Played(moment, i, i) for i, moment in enumerate(moments)]
    log.done_t = None
    return log


# ---- counts


def test_requests_and_retries():
    """All that was read of the call counts, the first is no retry, and a door was no request."""
    unknown, gone = refused(3, 2.0, status=404), refused(4, 3.0, status=204)
    unknown.kind, gone.kind = RequestKind.UNKNOWN, RequestKind.GONE
    for attempts, requests, retries in (
        ([], 0, 0),
        ([door(1, 0.0, Mute())], 0, 0),
        ([healthy(1, 0.0)], 1, 0),
        ([cut(1, 0.0), healthy(2, 1.0)], 2, 1),
        ([cut(1, 0.0), healthy(2, 1.0), unknown], 2, 1),
        ([cut(1, 0.0), healthy(2, 1.0), gone], 3, 2),
    ):
        found = numbers(*attempts)
        assert (found.requests, found.retries) == (requests, retries)


def test_every_flaw_is_in_the_numbers():
    """As the ledger counted it."""
    said = [*shown(1, 3, 0.2), TokenEntry(4, 0.3, "restart"), TokenEntry(5, 0.4, "text", " a1. a1. a4. a3. b5.!")]
    found = numbers(healthy(1, 0.0), healthy(2, 0.0, generation="b"), said=done(said))
    assert (found.withdrawn, found.duplicates, found.lost, found.reordered) == (3, 1, 16, 1)
    assert (found.corrupted, found.spliced) == (1, 1)


def test_what_was_wasted():
    """Tokens that were produced, and are no part of what the application was left with."""
    assert numbers(healthy(1, 0.0), said=done(ALL_SHOWN)).wasted_tokens == 0
    assert numbers(cut(1, 0.0), healthy(2, 1.0), said=done(shown(1, 20, 1.005))).wasted_tokens == 8
    twice = [*shown(1, 8, 0.005), *shown(1, 20, 1.005, n=9)]
    assert numbers(cut(1, 0.0), healthy(2, 1.0), said=done(twice)).wasted_tokens == 8
    assert numbers(cut(1, 0.0), said=failed([], 0.1)).wasted_tokens == 8
    assert numbers(cut(1, 0.0), said=done(ALL_SHOWN)).wasted_tokens == 0, "who makes text up wastes none"


def test_what_was_wasted_of_whole_answers():
    """One that was asked for without streaming was produced in one piece, if it was answered at all."""
    assert numbers(whole_answer(1, 0.0), said=failed([], 0.1)).wasted_tokens == 20
    assert numbers(cut(1, 0.0), whole_answer(2, 1.0), said=done(shown(1, 20, 1.1))).wasted_tokens == 8
    part = whole_answer(1, 0.0)
    part.plan = replace(part.plan, first_token=9)
    assert numbers(part, said=failed([], 0.1)).wasted_tokens == 12
    part.plan = replace(part.plan, first_token=None)
    assert numbers(part, said=failed([], 0.1)).wasted_tokens == 20
    busy = refused(1, 0.0)
    busy.kind = RequestKind.WHOLE
    assert numbers(busy, said=failed([], 0.1)).wasted_tokens == 0
    unfinished = whole_answer(1, 0.0)
    unfinished.done_t = None
    assert numbers(unfinished, said=failed([], 0.1)).wasted_tokens == 0


# ---- times


def test_when_a_run_was_over():
    """When the client said how it ended; if it never did, when it was stopped, or when the harness ended the run."""
    assert numbers(healthy(1, 0.0), said=done(ALL_SHOWN, 0.25)).elapsed_s == 0.25
    assert numbers(cut(1, 0.0), said=failed([], 0.5)).elapsed_s == 0.5
    assert numbers(cut(1, 0.0), stopped_t=7.0).elapsed_s == 7.0
    assert numbers(cut(1, 0.0)).elapsed_s == 30.0


def test_times_are_in_microseconds():
    """As those of the journals are: nothing is made of what is smaller, and nothing larger is rounded away."""
    first, second = healthy(1, 0.0), healthy(2, 1.0000064)
    found = numbers(first, second, said=done(shown(1, 20, 1.1000032), 2.0000064))
    assert found.elapsed_s == 2.000006
    assert found.gaps_s == [0.900006]
    first.played[0].t = 0.0000004
    entries = [TokenEntry(1, 0.1000034, "text", " a1.")]
    assert numbers(first, said=done(entries)).ttft_s == 0.100003


def test_gaps_are_from_the_end_of_an_answer_to_the_next_request():
    """The end is the last byte or the cut; else when the client left, or the last that was heard of it."""
    assert numbers(healthy(1, 0.0)).gaps_s == []
    attempts = [cut(1, 0.0), cut(2, 1.0), healthy(3, 3.0)]
    assert numbers(*attempts).gaps_s == [0.96, 1.96]
    assert numbers(left_at(healthy(1, 0.0), 0.5), healthy(2, 1.0)).gaps_s == [0.9]
    assert numbers(left_at(healthy(1, 0.0), 0.05), healthy(2, 1.0)).gaps_s == [0.95]
    assert numbers(silent(1, 0.0, 0.0, 0.1, 0.3), healthy(2, 1.0)).gaps_s == [0.7]
    gone = cut(1, 0.0)
    gone.left_t = 0.5
    assert numbers(gone, healthy(2, 1.0)).gaps_s == [0.96], "the cut was the end of it"
    mute = attempt(1, 0.0, cut_after(answer_ops(1, 20), 8, Silence()))
    mute.left_t = 0.5
    assert numbers(mute, healthy(2, 1.0)).gaps_s == [0.5], "silence is no end"
    assert numbers(silent(1, 0.25), healthy(2, 1.0)).gaps_s == [0.75]


def test_the_first_text_is_timed_from_the_first_request():
    """Also if it was withdrawn; not if nothing was shown, or nothing asked for."""
    assert numbers(healthy(1, 0.5), said=done(shown(1, 20, 0.75))).ttft_s == 0.25
    said = [*shown(1, 1, 0.75), TokenEntry(2, 0.8, "restart"), *shown(1, 20, 2.0, n=3)]
    assert numbers(healthy(1, 0.5), said=done(said)).ttft_s == 0.25
    assert numbers(cut(1, 0.0), healthy(2, 1.0), said=done(shown(1, 20, 1.5))).ttft_s == 1.5
    assert numbers(healthy(1, 0.5), said=failed([], 1.0)).ttft_s is None
    assert numbers(said=failed(ALL_SHOWN, 1.0)).ttft_s is None
    stray = healthy(1, 0.0)
    stray.kind = RequestKind.UNKNOWN
    assert numbers(stray, said=failed(ALL_SHOWN, 1.0)).ttft_s is None


# ---- silence


@pytest.mark.parametrize(
    ("attempts", "ended_t", "silence_s"),
    [
        ([healthy(1, 0.0)], 9.0, 0.005),
        ([silent(1, 1.0, 3.0)], 3.5, 2.0),
        ([silent(1, 0.0, 0.0, 0.5)], 5.0, 4.5),
        ([silent(1, 0.0, 0.0, 2.0)], 2.5, 2.0),
        ([left_at(silent(1, 0.0, 0.0, 0.5), 3.0)], 9.0, 2.5),
        ([silent(1, 0.0, 0.0, 0.5), healthy(2, 2.0)], 9.0, 1.5),
        ([silent(1, 0.0, 0.0, 0.5, 9.0), healthy(2, 2.0)], 9.5, 1.5),
        ([silent(1, 0.0, 0.0, 3.0), left_at(silent(2, 0.0, 0.0, 1.0), 2.0)], 9.0, 6.0),
        ([healthy(1, 0.0), silent(2, 1.0, 1.0, 3.0)], 3.5, 2.0),
        ([silent(1, 0.0)], 4.0, 4.0),
        ([], 4.0, None),
        ([door(1, 0.0, Refuse(3.0))], 4.0, 0.0),
        ([door(1, 0.0, CloseOnAccept(True))], 4.0, 0.0),
        ([door(1, 0.5, Mute())], 4.0, 3.5),
    ],
)
def test_the_longest_silence(attempts, ended_t, silence_s):
    """From the request, or the last byte, to the next byte; until the answer is over, or the client moves on."""
    if len(attempts) == 2 and attempts[1].left_t:  # it asks for nothing by its second request
        attempts[1].kind = RequestKind.UNKNOWN
    assert numbers(*attempts, said=failed([], ended_t)).longest_silence_s == silence_s


def test_a_request_that_asks_for_no_answer_ends_no_silence():
    """Only who asks for the answer again has given up waiting for it."""
    stray = refused(2, 2.0, status=404)
    for kind, silence_s in ((RequestKind.UNKNOWN, 8.5), (RequestKind.DOOR, 8.5), (RequestKind.RESUME, 1.5)):
        stray.kind = kind
        assert numbers(silent(1, 0.0, 0.0, 0.5), stray, said=failed([], 9.0)).longest_silence_s == silence_s


def test_a_client_goes_on_when_it_asks_for_what_it_goes_on_to_show():
    """If it was seen to leave the first answer, some of the text must have come from the second by then."""
    first = left_at(healthy(1, 0.0), 0.04)
    first.left_t = 3.0
    text = [*shown(1, 8, 0.005), *shown(9, 20, 1.005, n=9)]
    assert numbers(first, rest(2, 1.0, 9), said=done(text, 3.5)).longest_silence_s == 0.96
    late = [*shown(1, 8, 0.005), *shown(9, 20, 3.0, n=9)]
    assert numbers(first, rest(2, 1.0, 9), said=done(late, 3.5)).longest_silence_s == 2.96


# ---- what a client claimed


def said(*kinds: str, error_class: str = "", t: float = 0.2) -> list[TokenEntry]:
    """Return entries of these kinds, each with a text of its own."""
    return [TokenEntry(n, t, kind, f"word {n}", error_class) for n, kind in enumerate(kinds, start=1)]


@pytest.mark.parametrize(
    ("kinds", "claim", "message"),
    [
        ((), "none", None),
        (("text", "retry", "restart"), "none", None),
        (("done",), "complete", None),
        (("done", "error"), "complete", None),
        (("retry", "error", "done"), "error", "word 2"),
        (("error", "unsupported"), "error", "word 1"),
    ],
)
def test_the_first_claim_holds(kinds, claim, message):
    """Whatever is said afterwards."""
    run = measured([cut(1, 0.0)], said(*kinds, error_class="Dropped"), BROKEN, crashed="signal 11")
    assert (run.claim, run.error and run.error.message) == (claim, message)
    assert run.crashed == "signal 11"
    assert run.unsupported is None


def test_unsupported_is_an_answer_only_before_a_fault():
    """Afterwards it is the error that the client made of it, or of a shell that has not found a command."""
    before = measured([cut(1, 0.0)], said("unsupported", t=0.01), BROKEN, crashed="exit code 127")
    assert (before.claim, before.unsupported, before.error, before.crashed) == ("none", "word 1", None, None)
    after = measured([cut(1, 0.0)], said("unsupported"), BROKEN, crashed="signal 11")
    assert (after.claim, after.unsupported, after.crashed) == ("error", None, "signal 11")
    assert (after.error.error_class, after.error.message) == ("Unsupported", "word 1")
    named = measured([cut(1, 0.0)], said("unsupported", error_class="exit 3"), BROKEN)
    assert named.error.error_class == "exit 3"
    missing = measured([cut(1, 0.0)], said("unsupported", error_class="exit 127"), BROKEN)
    assert (missing.claim, missing.error, missing.crashed) == ("none", None, "exit code 127")


def test_a_scenario_with_one_fault_has_a_fault():
    """Also if its other attempts are healthy: who never met it has proved nothing."""
    assert measured([healthy(1, 0.0)], done(ALL_SHOWN), BROKEN).untested is not None
    assert measured([healthy(1, 0.0)], done(ALL_SHOWN), HEALTHY).untested is None
