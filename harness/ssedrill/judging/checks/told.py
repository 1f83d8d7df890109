"""What must reach the application besides text."""

from __future__ import annotations

from ssedrill.judging.checks.carried import WordCheck
from ssedrill.judging.checks.stimulus import A_FINISH, A_USAGE
from ssedrill.judging.metrics import Measured
from ssedrill.judging.told import finish_heard, sent, usage_heard, usage_wrong
from ssedrill.model.abilities import Ability
from ssedrill.model.record import Claim
from ssedrill.model.scenario import Unit

_NOT_COMPLETE = "the client did not say that the answer was complete"


def _usage(measured: Measured) -> str | None:
    usage = sent(measured.wire, measured.reads).usage
    if usage is None or measured.claim is not Claim.COMPLETE:
        return None
    return usage_wrong(usage_heard(measured.tokens, measured.reads.names), usage)


def _finish(measured: Measured) -> str | None:
    reason = sent(measured.wire, measured.reads).finish
    heard = finish_heard(measured.tokens)
    if reason is None or (measured.claim is not Claim.COMPLETE and heard is None):
        return None
    if heard is None:
        return f"the application was told no finish reason; the server sent {reason!r}"
    return "" if heard == reason else f"the application was told {heard!r:.60}; the server sent {reason!r}"


USAGE = WordCheck(
    "usage",
    "The usage that the server sent for the answer reached the application, number by number.",
    Unit.WORD,
    _usage,
    stimulus=A_USAGE,
    lacking=_NOT_COMPLETE,
    needs=Ability.USAGE,
    values={"told": "what the server sent last is what the application was told last"},
)
FINISH = WordCheck(
    "finish",
    "The reason for which the model stopped reached the application in the server's word.",
    Unit.WORD,
    _finish,
    stimulus=A_FINISH,
    lacking=_NOT_COMPLETE,
    needs=Ability.FINISH,
    values={"told": "what the server sent last is what the application was told last"},
)
