"""What is served to a client that goes on with an answer, if the server does not do as it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ssedrill.dialects.exchange import Ask
from ssedrill.model.request_kind import RequestKind
from ssedrill_faults.answer.replay import ReplayFault
from ssedrill_faults.fault import Fault


def replayed(ask: Ask, faults: Iterable[Fault], tokens: int) -> Ask:
    """Return the request that is answered in place of this one; ``tokens`` is how many a whole answer has."""
    replay = next((fault for fault in faults if isinstance(fault, ReplayFault)), None)
    if replay is None or not (ask.kind.goes_on and ask.kind.asks_for_answer):
        return ask
    start = replay.first_unsent(ask.after_token, tokens)
    if start is None:
        return replace(ask, kind=RequestKind.STREAM, generation="", after_token=0)
    return replace(ask, after_token=start)
