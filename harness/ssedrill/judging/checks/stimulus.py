"""What must have happened on the wire for a question to arise at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ssedrill.judging.backoffs import own_waits
from ssedrill.judging.contents import planned
from ssedrill.judging.cursors import cursors
from ssedrill.judging.far_read import has_terminal, last_answer
from ssedrill.judging.metrics import Measured
from ssedrill.judging.retries import key_of, may_have_acted, repeated
from ssedrill.judging.stream_waits import reconnection_s, waits_in_errors
from ssedrill.judging.told import sent
from ssedrill.model.scenario import Scenario
from ssedrill.model.told import Told
from ssedrill_faults.plan import Plan, Write

_ID_FIELD = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])id:")


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is known of a scenario before it is run: itself, and what its attempts do to a fresh request."""

    scenario: Scenario
    plans: Sequence[Plan]
    cancels: bool = False  # its calls are told to stop
    told: Callable[[], Sequence[Told]] = lambda: ()  # what their answers say besides text


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
    """Tell whether a client asked, or tried to: one that a door turned away made no request, and has made none.

    One that makes none of its own accord has answered the question too.
    """
    asked = measured.numbers.requests > 0 or any(fault.reached for fault in measured.faults)
    return asked or measured.asked_nothing


def _may_ask_for_a_wait(prospect: Prospect) -> bool:
    """Tell whether a head, a body or a stream may, by ``retry:`` or in an error; what is written by hand may too."""
    faults = [fault for attempt in prospect.scenario.attempts for fault in attempt.faults]
    if any(fault.hand_written for fault in faults):
        return True
    if any(plan.retry_after_s is not None for plan in prospect.plans):
        return True
    streams = (planned(plan.ops) for plan in prospect.plans)
    return any(reconnection_s(stream) is not None or waits_in_errors(stream) for stream in streams)


def _may_serve_text(prospect: Prospect) -> bool:
    """Ask all that a fresh request is served; what is meant for others, or written by hand, may be anything."""
    attempts = prospect.scenario.attempts
    if any(attempt.when or any(fault.hand_written for fault in attempt.faults) for attempt in attempts):
        return True
    return any(isinstance(op, Write) and op.token_slots for plan in prospect.plans for op in plan.ops)


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
A_TOKEN = Stimulus(
    "an answer with text",
    "no answer had any text",
    "let an attempt serve the stream, at least its first token",
    lambda measured: measured.numbers.ttft_s is not None or measured.numbers.wasted_tokens > 0,
    _may_serve_text,
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
TWO_BREAKS = replace(
    A_BREAK,
    named="a fault that calls have to come back from",
    absent="fewer than two calls met a fault that they had to come back from",
    remedy="let an attempt break the answer, as in { status = { code = 503 } }",
)
A_CANCEL = Stimulus(
    "a call that is told to stop",
    "the call was not told to stop, or had ended before",
    "let a call be told to, as in [[call]] with cancel = { after_token = 5 }",
    lambda measured: measured.cancel is not None,
    lambda prospect: prospect.cancels,
)
AN_ID = Stimulus(
    "an event with an id",
    "no event with an id came",
    'let the stream have ids, as in dialects = ["eventsource"]',
    lambda measured: cursors(measured.wire, measured.reads).given,
    lambda prospect: any(_ID_FIELD.search(planned(plan.ops)) for plan in prospect.plans),
)
A_KEY = Stimulus(
    "a first request with an idempotency key",
    "the first request had no idempotency key",
    "let an attempt break the answer",
    lambda measured: any(key_of(one) is not None for one in repeated(measured.wire)[:1]),
    _may_break,
)
A_USAGE = Stimulus(
    "an answer that says its usage",
    "the server sent no usage",
    'let the answer end, in a dialect that has usage, as in dialects = ["openai-chat"]',
    lambda measured: sent(measured.wire, measured.reads).usage is not None,
    lambda prospect: any(told.usage is not None for told in prospect.told()),
)
A_FINISH = Stimulus(
    "an answer with a finish reason",
    "the server sent no finish reason",
    'let the answer end, in a dialect that has finish reasons, as in dialects = ["openai-chat"]',
    lambda measured: sent(measured.wire, measured.reads).finish is not None,
    lambda prospect: any(told.finish is not None for told in prospect.told()),
)
A_TERMINAL = Stimulus(
    "an answer with a terminal event",
    "no answer with a terminal event came",
    "let an attempt answer to the end",
    lambda measured: last_answer(measured.wire) is not None,
    lambda prospect: any(has_terminal(plan.ops) for plan in prospect.plans),
)
TWO_WAITS = Stimulus(
    "failures in a row that ask for no wait, three at least",
    "there were no two waits of the client's own in a row",
    "let three attempts fail, as in { status = { code = 503 } }",
    lambda measured: len(own_waits(measured.wire)) >= 2,
    lambda prospect: _may_break(prospect),
)
AN_ACT = Stimulus(
    "a request with effects whose failure does not say whether the server acted on it",
    "no request with effects broke off",
    'let an attempt break an answer that is no refusal, as in { fin = { before = "headers" } }',
    lambda measured: any(may_have_acted(one) for one in measured.wire.attempts),
    _may_break,
)
