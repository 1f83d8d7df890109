"""What the server said of an answer besides its text, and what of it reached the application."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ssedrill.judging.contents import planned
from ssedrill.judging.reads import Reads
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.told import NOTHING, Told
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Op

NEEDED = ("input_tokens", "output_tokens")
"""Other numbers of a usage are details: they must be right, but need not be told."""


def sent(wire: WireJournal, reads: Reads) -> Told:
    """Return what the answer that came last says: all that it would have said to a client that stays to its end.

    A client that leaves before that can't say that it was not told. Usage and finish reason may stand in different
    answers: that of the last which has one counts.
    """
    usage, finish = None, None
    for attempt in wire.attempts:
        if attempt.kind.asks_for_answer and attempt.plan.status == 200:
            told = _said_in(attempt, reads)
            usage, finish = told.usage or usage, told.finish or finish
    return Told(usage, finish)


def in_plan(ops: Sequence[Op], reads: Reads) -> Told:
    """Return what a planned stream says."""
    return reads.stream(planned(ops))


def _said_in(attempt: AttemptLog, reads: Reads) -> Told:
    content = planned(attempt.plan.ops)
    if not content:
        return NOTHING
    return reads.whole(content) if attempt.kind is RequestKind.WHOLE else reads.stream(content)


def usage_heard(tokens: TokenJournal, names: Mapping[str, str]) -> dict[str, int] | None:
    """Return the usage that the application was told last; None if it was told none."""
    said = _last(tokens, "usage")
    if said is None:
        return None
    try:
        return {names.get(name, name): int(number) for name, number in json.loads(said).items()}
    except (ValueError, TypeError, AttributeError):  # it was too long to be kept
        return {}


def finish_heard(tokens: TokenJournal) -> str | None:
    """Return the finish reason that the application was told last; None if it was told none."""
    return _last(tokens, "finish")


def usage_wrong(heard: Mapping[str, int] | None, sent: Mapping[str, int]) -> str:
    """Say what is wrong with a usage as the application heard it; empty if it is as it was sent.

    What it was told under names that the server has not can't be compared, and is no matter.
    """
    if heard is None:
        return f"the application was told no usage; the server sent {_numbers(sent)}"
    needed = [name for name in NEEDED if name in sent]
    wrong = {name: sent[name] for name in (*needed, *heard) if name in sent and heard.get(name) != sent[name]}
    return f"the application was told {_numbers(heard)}; the server sent {_numbers(wrong)}" if wrong else ""


def _last(tokens: TokenJournal, kind: str) -> str | None:
    return next((entry.text for entry in reversed(tokens.entries) if entry.kind == kind), None)


def _numbers(usage: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in usage.items())
