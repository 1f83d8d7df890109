"""Which faults were met, when, and whether a run with them proves anything: of journals that were made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.judging.faults_met import behind_the_end, faults_met, has_met_fault, why_not_tested
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenEntry
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults.plan import CloseOnAccept, Fin, Mute, Open, Plan, Refuse, Role, Write
from support.journals import (
    ALL_SHOWN,
    BROKEN,
    HEALTHY,
    RESET,
    assessed,
    cut,
    done,
    door,
    drilled,
    failed,
    healthy,
    left_at,
    measured,
    refused,
    whole_answer,
)
from support.records import answer_ops, attempt, shown

STRUCK_T = 0.04
"""When ``cut`` resets an attempt that was made at 0: behind the eighth token."""


def wire(*attempts: AttemptLog) -> WireJournal:
    """Return a journal of these attempts."""
    return WireJournal([], list(attempts))


def why(*attempts: AttemptLog, until: float = 9.0, faulted: bool = True) -> str | None:
    """Say why such a run proves nothing."""
    return why_not_tested(wire(*attempts), until, faulted=faulted)


def marked(*faults: str | None, breaking: tuple[str, ...] = (), read: bool | None = True) -> AttemptLog:
    """Return an attempt with an operation a second, each with the mark of a fault or none; the first at 1 s."""
    ops = tuple(Write(b"x", Role.DELTA, fault=fault) for fault in faults)
    names = tuple(dict.fromkeys(fault for fault in faults if fault))
    plan = Plan(1, ops, status=200, faults=names, breaking=breaking)
    log = AttemptLog(1, 1, 0.0, plan, "POST", "/", kind=RequestKind.STREAM)
    log.played = [Played(float(i), i - 1, i, read=read) for i in range(1, len(ops) + 1)]
    return log


# ---- when a fault is met


def test_a_fault_is_met_when_its_first_operation_takes_effect():
    """A cut that goes on over several operations is met once, at the first of them."""
    (met,) = faults_met(wire(marked(None, "fragment", "fragment", "fragment")), 9.0)
    assert (met.attempt, met.name, met.breaking, met.t, met.reached) == (1, "fragment", False, 2.0, True)
    (again,) = faults_met(wire(marked("fragment", None, "fragment")), 9.0)
    assert again.t == 1.0, "one that only reshapes is met once, however its pieces lie"
    (struck,) = faults_met(wire(marked("status", "status", "status", breaking=("status",))), 9.0)
    assert (struck.t, struck.breaking) == (1.0, True)


def test_a_breaking_fault_that_strikes_twice_is_met_twice():
    """With something healthy in between; and in order of time, whichever attempt they belong to."""
    log = marked("stall", None, "stall", "stall", None, "stall", breaking=("stall",))
    assert [met.t for met in faults_met(wire(log), 9.0)] == [1.0, 3.0, 6.0]
    early, late = cut(2, 0.0), cut(1, 1.0)
    assert [met.attempt for met in faults_met(wire(late, early), 9.0)] == [2, 1]


def test_what_came_after_the_claim_was_not_met():
    """What took effect at the very moment of the claim was."""
    log = marked("stall", None, "stall", breaking=("stall",))
    assert [met.t for met in faults_met(wire(log), 3.0)] == [1.0, 3.0]
    assert [met.t for met in faults_met(wire(log), 2.9)] == [1.0]
    assert faults_met(wire(log), 0.9) == []


def test_a_fault_is_reached_if_any_of_its_operations_was_read():
    """The client read the second piece, or nobody can tell: then it was there. It read none: then it was not."""
    log = marked("fragment", "fragment", "fragment", read=False)
    assert [met.reached for met in faults_met(wire(log), 9.0)] == [False]
    for place in (1, 2):
        log.played[place].read = True
        assert [(met.t, met.reached) for met in faults_met(wire(log), 9.0)] == [(1.0, True)]
        log.played[place].read = False
    assert [met.reached for met in faults_met(wire(marked("fragment", read=None)), 9.0)] == [True]


def test_what_is_read_later_is_the_strike_that_it_belongs_to():
    """Of two strikes the client saw only the second, whose second operation it read; and two faults are two."""
    log = marked("stall", None, "stall", "stall", breaking=("stall",), read=False)
    log.played[3].read = True
    assert [met.reached for met in faults_met(wire(log), 9.0)] == [False, True]
    both = marked("fragment", "pace", "fragment", read=False)
    both.played[2].read = True
    assert [(met.name, met.reached) for met in faults_met(wire(both), 9.0)] == [("fragment", True), ("pace", False)]


def test_a_door_is_met_when_the_attempt_is_made():
    """A shut door only if somebody was seen to knock; a connection that was accepted was somebody's."""
    for what, evidence, reached in (
        (Refuse(1.0), "", False),
        (Refuse(1.0), "a refused connect", True),
        (Mute(), "", True),
    ):
        (met,) = faults_met(wire(door(1, 0.5, what, evidence=evidence)), 9.0)
        assert (met.attempt, met.breaking, met.t, met.reached) == (1, True, 0.5, reached)


def test_whoever_comes_after_a_door_may_come_for_its_sake():
    """Also at the moment at which it was shut; a door has no operations that a client could know nothing of."""
    turned_away = door(1, 0.0, CloseOnAccept(False))
    again = replace(healthy(2, 0.0), unaware_of=((1, 0),))
    assert [met.mattered for met in measured([turned_away, again], done(ALL_SHOWN), BROKEN).faults] == [True]


def test_what_tests_a_client():
    """A cut alone does, but not where the attempt has a breaking fault besides, which the client never saw."""
    assert has_met_fault(wire(healthy(1, 0.0), cut(2, 1.0)), 9.0)
    assert not has_met_fault(wire(healthy(1, 0.0)), 9.0)
    shaped = marked("fragment", None, "reset", breaking=("reset",))
    assert has_met_fault(wire(shaped), 9.0)
    assert not has_met_fault(wire(shaped), 2.0)
    assert has_met_fault(wire(marked("fragment", None)), 2.0)
    assert not has_met_fault(wire(marked("fragment", read=False)), 9.0)


# ---- what a run proves


def test_a_run_without_faults_needs_a_request_that_is_understood():
    """One that nobody understands is not enough, and none at all is not either."""
    stray = refused(1, 0.0, status=404)
    stray.kind, stray.method, stray.path = RequestKind.UNKNOWN, "GET", "/favicon.ico"
    assert why(healthy(1, 0.0), faulted=False) is None
    assert why(stray, healthy(2, 0.0), faulted=False) is None
    assert why(faulted=False) == "no request came"
    assert why(stray, faulted=False) == "no request was understood (the first was GET /favicon.ico)"
    assert why(stray) == "no request was understood (the first was GET /favicon.ico)"


def test_requests_of_others_prove_nothing():
    """If there were none but those, the first is told."""
    strays = [replace(cut(n, 0.0), note="somebody else's", method="GET", path=f"/{n}") for n in (1, 2)]
    assert why(*strays) == "no request was made to this run's address (the first was GET /1)"
    assert why(*strays, cut(3, 1.0)) is None


def test_why_a_fault_was_not_met():
    """It is said of the first attempt that had one, by the names of what breaks it."""
    assert why() == "no request came"
    assert why(cut(1, 0.0)) is None
    assert why(healthy(1, 0.0)) == "no request was one that the scenario has a fault for"
    early = left_at(cut(1, 0.0), 0.02)
    assert why(healthy(1, 0.0), replace(early, number=2)) == "reset had not fired when the client left at 0.020 s"
    early.left_t = None
    assert why(early, until=0.03) == "reset had not fired when the client left at 0.030 s"
    shut = "nobody was seen to knock while the door was shut (refuse)"
    assert why(door(1, 0.0, Refuse(1.0))) == shut


def test_a_fault_behind_a_client_that_had_stopped_reading():
    """It fired; but the client had not read so far."""
    log = cut(1, 0.0)
    for played in log.played:
        played.read = played.t < STRUCK_T
    assert why(log) == "reset fired, but the client had stopped reading before it"
    both = marked("fragment", "reset", "stall", breaking=("reset", "stall"), read=False)
    assert why(both) == "reset and stall fired, but the client had stopped reading before it"
    assert why(marked("fragment", read=False)) == "fragment fired, but the client had stopped reading before it"


def test_one_attempt_whose_fault_was_met_is_enough():
    """Whatever the others missed, before it and after it."""
    missed = left_at(cut(1, 0.0), 0.02)
    assert why(missed, cut(2, 1.0)) is None
    assert why(cut(1, 0.0), left_at(cut(2, 1.0), 1.02)) is None


# ---- behind the end


def terminated(number: int = 1, t: float = 0.0) -> AttemptLog:
    """Return an attempt whose fault lies behind its terminal event."""
    log = attempt(number, t, (*answer_ops(1, 20), Fin(fault="fin")), fault="fin")
    log.plan = replace(log.plan, generation="a", first_token=1)
    return log


def is_behind(*attempts: AttemptLog, until: float = 9.0, then: object = ()) -> bool:
    """Tell whether such a run has its faults behind the end."""
    return behind_the_end(drilled(RESET, then=then), wire(*attempts), until)


def test_faults_behind_the_end_need_not_be_met():
    """If the client was given the terminal event by the time it said that the answer is complete."""
    assert is_behind(terminated())
    assert is_behind(terminated(), until=0.1), "the very moment of the last token and the terminal event"
    assert not is_behind(terminated(), until=0.099)
    unread = terminated()
    for played in unread.played:
        played.read = played.t < 0.1
    assert not is_behind(unread)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (ALL_SHOWN, "clean"),
        ([*shown(1, 19, 0.005)], "truncated-silently"),
        ([*ALL_SHOWN, TokenEntry(30, 0.11, "text", " a20.")], "duplicated"),
        ([*ALL_SHOWN, TokenEntry(30, 0.11, "text", " done!")], "corrupted"),
    ],
)
def test_what_is_wrong_ahead_of_the_end_is_told(said, outcome):
    """A fault that lies behind it, and did not fire, is no excuse."""
    unfired = terminated()
    unfired.played = [played for played in unfired.played if unfired.plan.ops[played.op].fault is None]
    assert assessed([unfired], done(said, 0.2), drilled(RESET)).outcome == outcome


def test_every_fault_must_lie_behind_the_end():
    """One before it must be met, in this attempt or another, also one that was not made at all."""
    assert not is_behind(cut(1, 0.0))
    assert not is_behind(healthy(1, 0.0)), "there is none at all"
    assert not is_behind(terminated(), cut(2, 1.0))
    assert is_behind(terminated(), healthy(2, 1.0))
    assert not is_behind(terminated(), then=(RESET,)), "the second attempt was never made"
    second = replace(terminated(2, 1.0), plan=replace(terminated(2).plan, attempt=2))
    assert is_behind(terminated(), second, then=(RESET,))
    third = replace(second, plan=replace(second.plan, attempt=3))
    assert is_behind(terminated(), third, then=(RESET,)), "the last rule holds for all later attempts"


def test_a_fault_right_behind_the_terminal_event_is_behind_it():
    """Where no bytes end the body, nothing lies between them."""
    log = terminated()
    kept = [i for i, op in enumerate(log.plan.ops) if not (isinstance(op, Write) and op.role is Role.END)]
    log.plan = replace(log.plan, ops=tuple(log.plan.ops[i] for i in kept))
    log.played = [replace(log.played[old], op=new) for new, old in enumerate(kept)]
    assert is_behind(log)


def test_a_scenario_without_faults_has_none_behind_the_end():
    """Its runs have met their faults in no way at all."""
    assert not behind_the_end(HEALTHY, wire(healthy(1, 0.0)), 9.0)


def test_a_fault_in_the_terminal_event_is_not_behind_it():
    """Nor is one in an answer that has no terminal event."""
    log = terminated()
    at = next(i for i, op in enumerate(log.plan.ops) if isinstance(op, Write) and op.role is Role.TERMINAL)
    ops = [replace(op, fault="fin") if i == at else op for i, op in enumerate(log.plan.ops)]
    assert not is_behind(replace(log, plan=replace(log.plan, ops=tuple(ops))))
    assert not is_behind(whole_answer(1, 0.0, ends=(Fin(fault="fin"),)))


def test_a_run_behind_the_end_is_a_pass_only_of_who_called_it_complete():
    """Who raised after the whole answer met no fault that would explain it."""
    log = left_at(terminated(), 0.1)
    log.played = log.played[:-1]
    said = done(ALL_SHOWN, 0.1)
    assert assessed([log], said, BROKEN).outcome == "clean"
    assert assessed([log], failed(ALL_SHOWN, 0.1), BROKEN).outcome == "not-tested"


def test_a_healthy_run_has_met_nothing():
    """And it is tested all the same."""
    run = measured([healthy(1, 0.0)], done(ALL_SHOWN), HEALTHY)
    assert (run.faults, run.untested) == ((), None)
    assert isinstance(healthy(1, 0.0).plan.door, Open)
