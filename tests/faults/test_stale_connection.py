"""The fault that meets only requests on reused connections, and endings that come after an idle time."""

from __future__ import annotations

import pytest

from ssedrill_faults.compose import compose
from ssedrill_faults.fault import Fault
from ssedrill_faults.http1 import render
from ssedrill_faults.plan import AwaitConsumed, Fin, Op, Plan, Reset, Wait
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stale_connection import StaleConnectionFault
from support.voice import SmallVoice, small_answer


def plan(*faults: Fault, reused: bool) -> Plan:
    """Compose faults over the small answer, for a request on a fresh or a reused connection."""
    return compose(small_answer(), faults, voice=SmallVoice(), seed=1, attempt=1, now_epoch_s=0.0, reused=reused)


def test_a_request_on_a_reused_connection_is_reset() -> None:
    """Not a byte of it is answered."""
    found = plan(StaleConnectionFault(), reused=True)
    assert found.ops == (Reset("stale_connection"),)
    assert found.breaking == ("stale_connection",)


def test_a_request_on_a_fresh_connection_is_served() -> None:
    """The plan is the clean one and claims no fault, so that nobody can be said to have met it."""
    found = plan(StaleConnectionFault(), reused=False)
    assert found.ops == render(small_answer())
    assert (found.faults, found.breaking) == ((), ())


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (FinFault(after_token=1, after_idle_s=60.0), (AwaitConsumed(), Wait(60.0, "fin"), Fin("fin"))),
        (ResetFault(after_token=1, after_idle_s=60.0), (AwaitConsumed(), Wait(60.0, "reset"), Reset("reset"))),
    ],
    ids=["fin", "reset"],
)
def test_an_idle_time_comes_before_the_ending(fault: Fault, end: tuple[Op, ...]) -> None:
    """The silence belongs to the fault, and nothing is written in it."""
    assert plan(fault, reused=False).ops[-3:] == end


@pytest.mark.parametrize("kind", [FinFault, ResetFault])
def test_an_idle_time_is_not_negative(kind: type[FinFault] | type[ResetFault]) -> None:
    """A negative idle time is refused when the fault is made."""
    with pytest.raises(ValueError, match="can't be negative"):
        kind(after_token=1, after_idle_s=-1.0)
