"""Answers after which a client must not ask again, and whether it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ssedrill.judging.attempts import asked_after
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.http1 import read_head
from ssedrill_faults.plan import Op, Role, Write

_WORTH_ANOTHER = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Final:
    """One kind of answer that is the last word, and who says so.

    ``all`` is whether it forbids every further request, and not only the same one once more: who was refused with
    its cursor may well begin anew.
    """

    about: str
    fits: Callable[[_Head], bool]
    all: bool


FINAL: dict[str, Final] = {
    "204": Final(
        "204 tells a client to stop reconnecting (WHATWG HTML, 9.2.2)", lambda head: head.status == 204, True
    ),
    "4xx": Final(
        "a client error but 408, 409, 425 and 429 stays one, however often the same is asked (RFC 9110, 15.5; the "
        "SDKs of Anthropic and OpenAI retry 408, 409, 429 and 5xx)",
        lambda head: 400 <= head.status < 500 and head.status not in _WORTH_ANOTHER,
        False,
    ),
    "not-200": Final(
        "an event source whose answer is neither 200 nor a redirect fails for good (WHATWG HTML, 9.2.3)",
        lambda head: head.status != 200 and not 300 <= head.status < 400,
        True,
    ),
    "content-type": Final(
        "an event source whose answer is no text/event-stream fails for good (WHATWG HTML, 9.2.3)",
        lambda head: (
            head.status == 200
            and head.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/event-stream"
        ),
        True,
    ),
    "x-should-retry": Final(
        "`x-should-retry: false` forbids what the status would allow (the SDKs of Anthropic and OpenAI)",
        lambda head: head.headers.get("x-should-retry") == "false",
        False,
    ),
}


def fits_any(ops: tuple[Op, ...], words: tuple[str, ...]) -> bool:
    """Tell whether a planned answer is one of these kinds."""
    found = _head(tuple(op for op in ops if isinstance(op, Write) and op.role is Role.HEAD))
    return found is not None and any(FINAL[word].fits(found) for word in words)


def asked_again(wire: WireJournal, words: tuple[str, ...]) -> str | None:
    """Say which request came after an answer that was the last word; "" if none did, None if there was none such."""
    finals = [(one, head, op, t) for one in wire.requests for head, op, t in _heads(one)]
    judged = False
    for answered, head, op, t in finals:
        for word in words:
            if not FINAL[word].fits(head):
                continue
            judged = True
            later = (one for one in wire.requests if asked_after(one, answered, op, t))
            if again := next((one for one in later if FINAL[word].all or one.kind is answered.kind), None):
                by = f"x-should-retry: false with {head.status}" if word == "x-should-retry" else f"{head.status}"
                by = f"Content-Type {head.headers.get('content-type', 'none')}" if word == "content-type" else by
                return f"asked again at {again.t:.3f} s, after {by} at {t:.3f} s"
    return "" if judged else None


def _heads(attempt: AttemptLog) -> Iterator[tuple[_Head, int, float]]:
    """Give the head of an answer that its client had, with the operation that wrote the last of it, and when."""
    found = [(one, attempt.plan.ops[one.op]) for one in attempt.played if one.read is not False]
    heads = [(one, op) for one, op in found if isinstance(op, Write) and op.role is Role.HEAD]
    head = _head(tuple(op for _, op in heads))
    if head is not None:
        yield head, heads[-1][0].op, heads[-1][0].t


def _head(writes: tuple[Write, ...]) -> _Head | None:
    if not writes:
        return None
    read = read_head(b"".join(op.data for op in writes))
    status = read.status.partition(" ")[0]
    return _Head(int(status), read.headers) if status.isdecimal() and int(status) >= 200 else None
