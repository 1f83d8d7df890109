"""What is served to a client that goes on with an answer, if the server does not do as it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ssedrill.dialects.exchange import Ask
from ssedrill.model.request_kind import RequestKind
from ssedrill_faults.answer.replay import ReplayFault
from ssedrill_faults.fault import Fault
from ssedrill_faults.plan import Answer


def replayed(ask: Ask, faults: Iterable[Fault], tokens: int) -> Ask:
    """Return the request that is answered in place of this one; ``tokens`` is how many a whole answer has."""
    replay = next((fault for fault in faults if isinstance(fault, ReplayFault)), None)
    if replay is None or not (ask.kind.goes_on and ask.kind.asks_for_answer):
        return ask
    start = replay.first_unsent(ask.after_token, tokens)
    if start is None:
        return replace(ask, kind=RequestKind.STREAM, generation="", after_token=0)
    return replace(ask, after_token=start)


def with_own_doing(answer: Answer, asked: Ask, given: Ask) -> Answer:
    """Say in an answer which tokens the server has repeated or left out of what it was asked for."""
    if given.generation != asked.generation or given.after_token == asked.after_token:
        return answer
    again = range(given.after_token + 1, asked.after_token + 1)
    gone = range(asked.after_token + 1, given.after_token + 1)
    return replace(answer, repeated=(*answer.repeated, *again), left_out=(*answer.left_out, *gone))
