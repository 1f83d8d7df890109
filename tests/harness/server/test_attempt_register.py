"""How connections and attempts get their numbers."""

import asyncio
from unittest.mock import patch

import pytest

from ssedrill.model.request_kind import RequestKind
from ssedrill.server.attempt_register import AttemptRegister
from ssedrill.server.call_turns import ONLY, UNKNOWN, CallTurns
from ssedrill.server.door_plans import door_plan, late_ops
from ssedrill_faults.plan import CloseOnAccept, Fin, Mute, Open, Plan, Refuse, Reset, Silence


def with_register(use, **settings):
    """Return what ``use`` makes of a register that lives on an event loop."""

    async def main():
        return use(AttemptRegister(**settings))

    return asyncio.run(main())


def test_everything_is_numbered_from_one_in_order():
    """Connections and attempts are counted apart; the turn moves on only when somebody says so."""

    def use(register):
        conns = [register.connection().number for _ in range(2)]
        attempts = [register.attempt(conn, Plan(1, ()), RequestKind.STREAM) for conn in (2, 0, 1)]
        assert register.journal.attempts == attempts
        return conns, [log.number for log in attempts], [log.conn for log in attempts], register.turns.next_of(1)

    assert with_register(use, started=None, max_requests=9) == ([1, 2], [1, 2, 3], [2, 0, 1], 1)


def test_one_attempt_too_many_is_a_loop():
    """The journal has it all the same."""

    def use(register):
        found = []
        for _ in range(3):
            register.attempt(1, Plan(1, ()), RequestKind.STREAM)
            found.append(register.looping.is_set())
        return found

    assert with_register(use, started=None, max_requests=2) == [False, False, True]


@pytest.mark.parametrize(("call", "note", "most"), [(UNKNOWN, "", 600), (ONLY, "somebody else's", 600), (7, "", 2)])
def test_each_call_may_make_as_many(call, note, most):
    """Of requests that are nobody's, or no call's, three hundred calls may make as many as one may of its own."""
    turns = CallTurns(lambda request: 0)
    for number in range(300):
        turns.begin(number)

    def use(register):
        attempts = (register.attempt(1, Plan(1, ()), RequestKind.UNKNOWN, note, call) for _ in range(700))
        return next(attempt.number for attempt in attempts if register.looping.is_set())

    assert with_register(use, started=None, max_requests=2, turns=turns) == most + 1


def test_times_count_from_the_start_of_the_run():
    """By default it begins when the register is made; times are rounded to the microsecond."""

    async def main():
        with patch.object(asyncio.get_running_loop(), "time", side_effect=[5.0, 7.12345678, 7.25]):
            made_now, told = AttemptRegister(None, 1), AttemptRegister(4.0, 1)
            return made_now.t(), told.t()

    assert asyncio.run(main()) == (2.123457, 3.25)


def test_the_end_of_the_drill_closes_what_is_still_open():
    """A connection that was closed before keeps its own end."""

    def use(register):
        gone, there = register.connection(), register.connection()
        gone.closed_by, gone.how, gone.closed_t = "client", "eof", 0.0
        register.end()
        return (gone.closed_by, gone.how, gone.closed_t), (there.closed_by, there.how), there.closed_t is not None

    assert with_register(use, started=None, max_requests=1) == (("client", "eof", 0.0), ("server", "drill-end"), True)


def test_what_a_door_does_to_a_request_that_is_there_already():
    """It ends as a connection at the door would; a server that refuses resets it."""
    doors = [CloseOnAccept(reset=True), CloseOnAccept(reset=False), Mute(), Refuse(1.0)]
    assert [late_ops(door) for door in doors] == [(Reset(),), (Fin(),), (Silence(),), (Reset(),)]


def test_the_plan_of_an_attempt_that_ends_at_the_door():
    """It writes nothing; the fault that made the door is a breaking one, and there may be none."""
    assert door_plan(3, Mute(), "mute") == Plan(3, (), Mute(), faults=("mute",), breaking=("mute",))
    assert door_plan(3, Open(), "") == Plan(3, ())
