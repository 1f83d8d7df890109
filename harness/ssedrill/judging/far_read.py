"""How far a client read the answer that it called complete."""

from __future__ import annotations

from ssedrill.judging.contents import ends_answer, within_length
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Op, Role, Write

TERMINAL, END = "terminal", "end"


def ending(attempt: AttemptLog, to: str) -> int | None:
    """Return the operation of an answer up to which it must be read; None if the answer has no such place."""
    return _place(attempt.plan.ops, to, whole=attempt.kind is RequestKind.WHOLE)


def _place(ops: tuple[Op, ...], to: str, *, whole: bool) -> int | None:
    writes = [(at, op) for at, op in enumerate(ops) if isinstance(op, Write)]
    body = [(at, op) for at, op in writes if op.role is not Role.HEAD]
    inside = within_length(ops, [op for _, op in body])  # what lies behind it is no part of the answer
    pieces = [(at, op) for (at, op), within in zip(body, inside, strict=True) if within]
    if whole:
        terminal = next((at for at, op in reversed(pieces) if op.role is Role.BODY), None)
    else:
        terminal = next((at for at, op in pieces if ends_answer(op)), None)
    return terminal if terminal is None or to == TERMINAL else writes[-1][0]


def has_terminal(ops: tuple[Op, ...]) -> bool:
    """Tell whether a planned stream has a terminal event."""
    return _place(ops, TERMINAL, whole=False) is not None


def last_answer(wire: WireJournal) -> AttemptLog | None:
    """Return the last request that was, or would have been, answered to the end; None if there is none."""
    answered = (one for one in reversed(wire.attempts) if one.kind.asks_for_answer and one.plan.status == 200)
    return next((one for one in answered if ending(one, TERMINAL) is not None), None)


def unread(wire: WireJournal, to: str) -> str | None:
    """Say how the client fell short of a place in the last answer; "" if it did not, None if nobody can tell."""
    answer = last_answer(wire)
    if answer is None or (at := ending(answer, to)) is None:
        return None
    what = "the terminal event" if to == TERMINAL else "the end of the body"
    played = next((one for one in answer.played if one.op == at), None)
    if played is None:
        return None if answer.left_t is None else f"left at {answer.left_t:.3f} s, before {what} was sent"
    op = answer.plan.ops[at]
    assert isinstance(op, Write)
    if answer.consumed is not None:
        lacking = played.end - (op.tail if to == TERMINAL else 0) - answer.consumed
        return f"left {lacking} bytes up to {what} unread" if lacking > 0 else ""
    if played.read is None:
        return None
    return "" if played.read else f"left {what} unread"
