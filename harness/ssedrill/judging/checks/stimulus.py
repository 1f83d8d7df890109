"""What must have happened on the wire for a question to arise at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ssedrill.judging.metrics import Measured
from ssedrill.model.scenario import Scenario
from ssedrill_faults.plan import Plan, Write

_RETRY_FIELD = re.compile(rb"^retry:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is known of a scenario before it is run: itself, and what its attempts do to a fresh request."""

    scenario: Scenario
    plans: Sequence[Plan]
    cancels: bool = False  # its calls are told to stop


@dataclass(frozen=True, slots=True)
class Stimulus:
    """Without it a check is not asked: it would pass whatever the client did.

    ``named`` says what it is, ``absent`` that it did not come, ``remedy`` how a scenario gives it. ``met`` tells of a
    run whether it came, ``possible`` of a scenario whether it may come: False only if it is known that it can't.
    """

    named: str
    absent: str
    remedy: str
    met: Callable[[Measured], bool]
    possible: Callable[[Prospect], bool]


def _came(measured: Measured) -> bool:
    """Tell whether a client asked, or tried to: one that a door turned away made no request, and has made none."""
    return measured.numbers.requests > 0 or any(fault.reached for fault in measured.faults)


def _may_ask_for_a_wait(prospect: Prospect) -> bool:
    """Tell whether a head, a body or the stream's ``retry:`` may; a body that is written by hand may say anything."""
    faults = [fault for attempt in prospect.scenario.attempts for fault in attempt.faults]
    if any(fault.hand_written for fault in faults):
        return True
    return any(plan.retry_after_s is not None or _has_retry_field(plan) for plan in prospect.plans)


def _has_retry_field(plan: Plan) -> bool:
    return any(_RETRY_FIELD.search(op.content) for op in plan.ops if isinstance(op, Write))


def _may_break(prospect: Prospect) -> bool:
    """Ask the faults and not the plans: some act only on a connection that was used before."""
    return any(not fault.shaping for attempt in prospect.scenario.attempts for fault in attempt.faults)


A_REQUEST = Stimulus(
    "a request",
    "no request came",
    "let an attempt answer a request",
    _came,
    lambda prospect: True,
)
A_WAIT = Stimulus(
    "an answer that asks for a wait",
    "nothing asked for a wait",
    'let an attempt ask for one, as in { status = { code = 429, retry_after = "2 s" } }',
    lambda measured: measured.numbers.retry_after.asked_s is not None,
    _may_ask_for_a_wait,
)
A_BREAK = Stimulus(
    "a fault that breaks the answer",
    "no breaking fault was met",
    "let an attempt break the answer, as in { reset = { after_token = 12 } }",
    lambda measured: any(fault.breaking and fault.reached for fault in measured.faults),
    _may_break,
)
A_CANCEL = Stimulus(
    "a call that is told to stop",
    "the call was not told to stop, or had ended before",
    "let a call be told to, as in [[call]] with cancel = { after_token = 5 }",
    lambda measured: measured.cancel is not None,
    lambda prospect: prospect.cancels,
)
