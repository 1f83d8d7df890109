"""The sentence about a run: that it is true, and that it is English."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.judging.metrics import measure
from ssedrill.judging.narrative import summarize
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import CloseOnAccept, Fin, Plan, Reset, Wait
from support.records import answer_ops, attempt, cut_after, shown

SCENARIO = """
name = "sentence"
about = "For sentences."
dialects = ["eventsource"]
patience = "1 s"
deadline = "4 s"
[stream]
tokens = {tokens}
[[attempt]]
[must]
outcome = ["clean"]
"""


def said(outcome: Outcome, entries: list[TokenEntry], *attempts: AttemptLog, tokens: int = 40) -> str:
    """Return the sentence for these journals."""
    journal, wire = TokenJournal(entries), WireJournal([], list(attempts))
    for log in attempts:
        log.plan = replace(log.plan, generation=log.plan.generation or "a")
    numbers = measure(load_text(SCENARIO.format(tokens=tokens), "sentence.toml"), wire, journal, 9.0)
    return summarize(outcome, numbers, wire, untested=None, how=None)


def dropped_twice() -> list[AttemptLog]:
    """Return three attempts, of which the second resumes as it must and the third begins at the first token again."""
    return [
        attempt(1, 0.0, cut_after(answer_ops(1, 40), 12, Reset())),
        attempt(2, 1.06, cut_after(answer_ops(13, 40), 24, Fin())),
        attempt(3, 2.12, answer_ops(1, 40)),
    ]


def done(t: float, n: int = 900) -> TokenEntry:
    """Return the claim that the answer is complete."""
    return TokenEntry(n, t, "done")


def test_duplicates_come_after_the_retry_that_brought_them() -> None:
    """A retry that was right is not blamed for what the next one did."""
    entries = [*shown(1, 12, 0.005), *shown(13, 24, 1.065, n=13), *shown(1, 40, 2.125, n=25), done(2.4)]
    expected = "showed 24 tokens twice after the retry at 2.12 s and called the answer complete"
    assert said(Outcome.DUPLICATED, entries, *dropped_twice()) == expected


def test_the_first_retry_is_named_where_it_brought_the_flaw() -> None:
    """The third request brings duplicates too, but things had gone wrong before."""
    entries = [*shown(1, 12, 0.005), *shown(12, 24, 1.065, n=13), *shown(1, 40, 2.125, n=26), done(2.4)]
    assert "after the retry at 1.06 s and" in said(Outcome.DUPLICATED, entries, *dropped_twice())


@pytest.mark.parametrize("retry", [0.06, 1.06])
def test_no_retry_is_blamed_for_a_flaw_of_the_first_answer(retry: float) -> None:
    """A client that shows a token twice before the drop does so for other reasons, even if it retries at once."""
    log = attempt(1, 0.0, cut_after(answer_ops(1, 40), 12, Reset()))
    entries = [*shown(1, 12, 0.005), *shown(12, 12, 0.06, n=13), *shown(13, 40, 1.12, n=14), done(2.0)]
    sentence = said(Outcome.DUPLICATED, entries, log, attempt(2, retry, answer_ops(13, 40)))
    assert sentence == "showed 1 token twice and called the answer complete"


def test_text_that_is_shown_again_before_the_retry_is_answered() -> None:
    """A client that shows its own store again has retried by then, though nothing had come of it yet."""
    log = attempt(1, 0.0, cut_after(answer_ops(1, 40), 12, Reset()))
    entries = [*shown(1, 12, 0.005), *shown(12, 12, 1.062, n=13), *shown(13, 40, 1.12, n=14), done(2.0)]
    sentence = said(Outcome.DUPLICATED, entries, log, attempt(2, 1.06, answer_ops(13, 40)))
    assert sentence == "showed 1 token twice after the retry at 1.06 s and called the answer complete"


def test_a_mixture_is_told_after_its_retry() -> None:
    """A token of another answer is a flaw even where its place was still free."""
    first = attempt(1, 0.0, cut_after(answer_ops(1, 40), 12, Reset()))
    entries = [*shown(1, 12, 0.005), *shown(13, 40, 0.565, n=13, generation="b"), done(2.0)]
    second = attempt(2, 0.5, answer_ops(13, 40, generation="b"))
    second.plan = replace(second.plan, generation="b")
    sentence = said(Outcome.SPLICED, entries, first, second)
    mixed = "put together two different answers (28 tokens from another one)"
    assert sentence == f"{mixed} after the retry at 500 ms and called the answer complete"


def test_what_was_asked_beside_an_answer_under_way_is_no_retry() -> None:
    """A client that puts two answers together which it has asked for at once has not tried again."""
    second = attempt(2, 0.0, answer_ops(1, 40, generation="b"))
    second.plan = replace(second.plan, generation="b")
    entries = [*shown(1, 20, 0.005), *shown(21, 40, 0.3, n=21, generation="b"), done(2.0)]
    sentence = said(Outcome.SPLICED, entries, attempt(1, 0.0, answer_ops(1, 40)), second)
    assert sentence.endswith(
        "(20 tokens from another one) after the further request at 0 ms and called the answer complete"
    )


def test_what_a_client_had_shown_before_it_raised() -> None:
    """After "had" stands a participle, and one piece is no pieces."""
    entries = [*shown(1, 2, 0.005), TokenEntry(3, 0.02, "text", "oops"), *shown(2, 2, 0.03, n=4)]
    entries.append(TokenEntry(9, 0.5, "error", "cut off", "ValueError"))
    sentence = said(Outcome.FAILED_DIRTY, entries, attempt(1, 0.0, answer_ops(1, 40)))
    flaws = "shown 1 token twice, shown 1 damaged or foreign piece of text"
    assert sentence == f"raised ValueError: cut off, but had {flaws} by then"


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (0, "after 0 of 40 tokens; 1 request"),
        (1, "after 1 of 40 tokens, which was right; 1 request"),
        (2, "after 2 of 40 tokens, all of them right; 1 request"),
    ],
)
def test_how_far_a_client_came(last: int, told: str) -> None:
    """Nothing is said of tokens that nobody showed; the message's full stop is not in the middle of the sentence."""
    entries = [*shown(1, last, 0.005), TokenEntry(9, 0.5, "error", "Connection error.", "APIError")]
    sentence = said(Outcome.FAILED_LOUDLY, entries, attempt(1, 0.0, answer_ops(1, 40)))
    assert sentence == f"raised APIError: Connection error {told}"


def test_an_answer_of_one_token() -> None:
    """It is neither all nor in order."""
    sentence = said(Outcome.CLEAN, [*shown(1, 1, 0.005), done(0.1)], attempt(1, 0.0, answer_ops(1, 1)), tokens=1)
    assert sentence == "showed the one token, once, in one request"


def test_a_clean_run_of_two_requests_says_so() -> None:
    """That it took one is only said where it did."""
    attempts = attempt(1, 0.0, answer_ops(1, 40)), attempt(2, 1.0, answer_ops(1, 40))
    sentence = said(Outcome.CLEAN, [*shown(1, 40, 0.005), done(0.3)], *attempts)
    assert sentence == "showed all 40 tokens, once and in order, in 2 requests"


def test_missing_tokens_are_those_that_came_too_late_as_well() -> None:
    """What is shown after "complete" is missing from what was called complete."""
    entries = [*shown(1, 12, 0.005), done(0.07, n=13), *shown(13, 14, 0.08, n=14)]
    sentence = said(Outcome.TRUNCATED_SILENTLY, entries, attempt(1, 0.0, answer_ops(1, 40)))
    assert sentence.endswith("with 28 of 40 tokens missing (13-40); it showed 2 of them after that")


def test_a_loop_before_the_door_counts_what_was_tried() -> None:
    """Connections that a door turned away are no requests, but they are what the client made."""
    door, kind = CloseOnAccept(reset=True), RequestKind.DOOR
    doors = [AttemptLog(i, i, 0.1 * i, Plan(i, (), door), kind=kind) for i in (1, 2, 3)]
    log = attempt(4, 1.0, (Wait(9.0),))
    assert said(Outcome.LOOPING, [], *doors, log) == "tried 4 times without an end and was stopped; 1 request"
    assert said(Outcome.LOOPING, [], log) == "made 1 request without an end and was stopped"


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ([(1, 12)], "showed 12 tokens twice"),
        ([(1, 12)] * 18, "showed 12 tokens again, 18 times"),
        ([(1, 12), (1, 4)], "showed 12 tokens again, up to 2 times"),
    ],
)
def test_tokens_that_come_more_than_twice(again: list[tuple[int, int]], expected: str) -> None:
    """It is said how many tokens they are and how often they came again, not how many there were in all."""
    entries = shown(1, 12, 0.005)
    for i, (first, last) in enumerate(again, start=1):
        entries += shown(first, last, i, n=1 + 100 * i)
    entries += [*shown(13, 40, 30.0, n=5000), done(31.0, n=6000)]
    logs = [attempt(i + 1, float(i), cut_after(answer_ops(1, 40), 12, Reset())) for i in range(len(again) + 1)]
    logs.append(attempt(len(logs) + 1, 29.0, answer_ops(13, 40)))
    assert said(Outcome.DUPLICATED, entries, *logs).startswith(f"{expected} ")


def test_who_streamed_first_is_not_said_not_to_have_streamed() -> None:
    """Though no fault is known to be what it fell back after."""
    entries = [*shown(1, 40, 1.0), done(2.0)]
    twice = [attempt(1, 0.0, answer_ops(1, 40)), attempt(2, 1.0, answer_ops(1, 40))]
    assert said(Outcome.DEGRADED, entries, *twice) == "fell back to a non-streaming request; 2 requests"
    assert said(Outcome.DEGRADED, entries, twice[0]) == "did not stream at all; 1 request"
