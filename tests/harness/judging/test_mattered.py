"""Whether what was shown depended on a fault: of journals that were made by hand."""

from __future__ import annotations

import pytest

from ssedrill.judging.faults_met import FaultMet
from ssedrill.model.token_journal import TokenEntry
from ssedrill.model.wire_journal import AttemptLog
from support.journals import BROKEN, assessed, cut, done, healthy, measured, rest
from support.records import shown

STRUCK_T = 0.04
"""When ``cut`` resets an attempt that was made at 0: behind the eighth token."""


@pytest.mark.parametrize(("reached", "mattered"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_fault_counts_if_it_was_reached_and_mattered(reached, mattered):
    """Either alone is no test of the client."""
    assert FaultMet(1, "reset", 3, True, 0.0, reached, mattered).counts is (reached and mattered)


def test_a_fault_matters_if_what_was_shown_can_have_come_through_it():
    """From the faulted attempt itself, or from one that was asked for after the fault; not from one before."""
    def mattered(*attempts: AttemptLog, said: object) -> list[bool]:
        return [met.mattered for met in measured(attempts, done(said, 3.0), BROKEN).faults]

    assert mattered(cut(1, 0.0), healthy(2, 1.0), said=shown(1, 20, 1.005)) == [True]
    assert mattered(cut(1, 0.0), rest(2, 1.0, 9), said=[*shown(1, 8, 0.005), *shown(9, 20, 1.005, n=9)]) == [True]
    other = healthy(1, 0.0, generation="b")
    assert mattered(other, cut(2, 0.0), said=shown(1, 20, 0.005, generation="b")) == [False]
    same_moment = healthy(2, STRUCK_T, generation="b")
    assert mattered(cut(1, 0.0), same_moment, said=shown(1, 20, 0.5, generation="b")) == [True]
    unaware = healthy(3, STRUCK_T, generation="b")
    unaware.unaware_of = ((2, len(cut(2, 0.0).plan.ops) - 1),)
    said = shown(1, 20, 0.5, generation="b")
    assert mattered(healthy(1, 0.0, generation="c"), cut(2, 0.0), unaware, said=said) == [False]
    assert mattered(cut(1, 0.0), healthy(2, 0.01, generation="b"), said=[]) == [True], "the claim itself did"
    made_up = [*shown(1, 20, 0.005, generation="b"), TokenEntry(21, 0.2, "text", " z9.")]
    assert mattered(other, cut(2, 0.0), said=made_up) == [False], "what nobody sent came from no attempt"


@pytest.mark.parametrize("late", [False, True])
def test_what_is_shown_after_the_claim_decides_nothing(late):
    """A client that was done with the other answer shows a token of the faulted one."""
    said = done(shown(1, 20, 0.005, generation="b"), 0.2)
    if late:
        said += shown(1, 1, 0.3, n=22)
    attempts = [healthy(1, 0.0, generation="b"), cut(2, 0.0)]
    assert [met.mattered for met in measured(attempts, said, BROKEN).faults] == [False]
    assert assessed(attempts, said, BROKEN).summary.startswith("proves nothing: reset struck, but all")
