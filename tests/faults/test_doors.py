"""Faults that act before a request is read: refuse, close_on_accept, mute."""

from __future__ import annotations

from typing import Literal

import pytest

from ssedrill_faults.door.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.door.mute import MuteFault
from ssedrill_faults.door.refuse import RefuseFault
from ssedrill_faults.fault import DoorFault, Impossible
from ssedrill_faults.plan import CloseOnAccept, Mute, Refuse
from ssedrill_faults.wire.reset import ResetFault
from support.voice import plan_of, small_answer


def test_refuse_shuts_the_door_for_a_while() -> None:
    """The plan has the time and nothing to write."""
    plan = plan_of(small_answer(), RefuseFault(for_s=1.5))
    assert plan.door == Refuse(1.5)
    assert (plan.ops, plan.breaking) == ((), ("refuse",))


def test_refuse_wants_a_time() -> None:
    """For no time at all would be no fault."""
    with pytest.raises(ValueError, match="above zero"):
        RefuseFault(for_s=0)


@pytest.mark.parametrize(("how", "reset"), [("fin", False), ("reset", True)])
def test_close_on_accept_ends_in_either_way(how: Literal["fin", "reset"], reset: bool) -> None:
    """An orderly close or an abort."""
    assert CloseOnAcceptFault(how=how).door() == CloseOnAccept(reset=reset)


def test_mute_says_nothing() -> None:
    """The plan is the mute door alone."""
    plan = plan_of(small_answer(), MuteFault())
    assert (plan.door, plan.ops) == (Mute(), ())


@pytest.mark.parametrize("door", [RefuseFault(for_s=1), CloseOnAcceptFault(), MuteFault()], ids=lambda f: f.name)
def test_a_door_leaves_nothing_for_other_faults(door: DoorFault) -> None:
    """Together with any other fault it is refused, naming both, whatever the order."""
    reset = ResetFault(after_token=1)
    for faults in ((door, reset), (reset, door)):
        with pytest.raises(Impossible, match=f"{door.name} acts before the request is read.*reset"):
            plan_of(small_answer(), *faults)
