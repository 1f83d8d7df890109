"""The wire in plain words: operations of a plan, as planned or as they were carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ssedrill.model.last_event_id import sent_in
from ssedrill.model.phrases import grouped, listed, ranges
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog
from ssedrill.reporting.views.blocks import Block, counted, no_events
from ssedrill.reporting.views.bursts import burst_words, is_burst
from ssedrill.reporting.views.wording import seconds
from ssedrill_faults import http1
from ssedrill_faults.plan import (
    AwaitConsumed,
    CloseOnAccept,
    Door,
    Fin,
    HalfClose,
    Mute,
    Op,
    Open,
    Refuse,
    Reset,
    Role,
    Silence,
    Wait,
    Write,
)

SHORT_WAIT_S = 0.2
"""A faulted pause below this is told with the segments around it, a longer one stands by itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """An operation and when it happens (or is planned to happen), in seconds."""

    t: float
    op: Op
    fault: str
    cut_short: bool = False  # a pause that was not waited out: the client left, or the drill ended
    inside: bool = False  # it begins in the middle of a block

    @property
    def alike(self) -> tuple[object, ...]:
        """Steps that follow each other with the same value are told as one."""
        role = self.op.role if isinstance(self.op, Write) else None
        return type(self.op), role, self.fault


def steps(attempt: AttemptLog) -> Iterator[Step]:
    """Return what was carried out of an attempt, without the operations that nobody needs to read about."""
    ops, inside = attempt.plan.ops, False
    for index, played in enumerate(attempt.played):
        if 0 <= played.op < len(ops) and worth_telling(ops[played.op]):
            op = ops[played.op]
            last = index == len(attempt.played) - 1
            short = last and isinstance(op, Wait) and attempt.done_t is None
            yield Step(played.t, op, op.fault or "", short, inside)
            inside = _inside(op, inside)


def planned(ops: tuple[Op, ...]) -> Iterator[Step]:
    """Return the operations of a plan with the time at which each is due, from the request on."""
    t, inside = 0.0, False
    for op in ops:
        if worth_telling(op):
            yield Step(t, op, op.fault or "", inside=inside)
            inside = _inside(op, inside)
        t += op.seconds if isinstance(op, Wait) else 0.0


def _inside(op: Op, inside: bool) -> bool:
    """Tell whether what follows an operation begins in the middle of a block."""
    if not isinstance(op, Write) or op.role is Role.HEAD or op.lead >= op.content_end:
        return inside
    return max(op.event_ends, default=op.content_end if op.events else 0) < op.content_end


def worth_telling(op: Op) -> bool:
    """Tell whether an operation is more than the stream's own pace."""
    if isinstance(op, Wait):
        return op.seconds >= SHORT_WAIT_S
    return not isinstance(op, AwaitConsumed)


def step_words(run: list[Step]) -> str:
    """Say what a run of steps that are alike does."""
    match run[0].op:
        case Write():
            return "← " + _write_words([step.op for step in run if isinstance(step.op, Write)], run[0].inside)
        case Wait():
            length = seconds(sum(step.op.seconds for step in run if isinstance(step.op, Wait)))
            return f"begins a pause of {length}" if run[-1].cut_short else f"nothing for {length}"
        case AwaitConsumed():
            return "waits until the client has read everything"
        case Fin():
            return "← closes the connection (FIN)"
        case HalfClose():
            return "← closes its half of the connection (FIN) and goes on reading"
        case Reset():
            return "← resets the connection (RST)"
        case Silence():
            return "falls silent, the connection stays open"


def door_words(door: Door) -> str:
    """Say what a client meets before its request is read."""
    match door:
        case Open():
            return "the door is open"
        case Refuse(seconds=duration):
            return f"refuses connections for {seconds(duration)}"
        case CloseOnAccept(reset=reset):
            return "accepts the connection and resets it at once" if reset else "accepts the connection and closes it"
        case Mute():
            return "accepts the connection and never answers"


def request_words(attempt: AttemptLog, number: int | None, over: str = "") -> str:
    """Say which request came and what it asked for; ``over`` says of a connection that it is no new one.

    What is none of the call's requests has no ``number``.
    """
    if not attempt.was_read:
        return door_words(attempt.plan.door)
    resumed = f", Last-Event-ID {id_}" if (id_ := sent_in(attempt.headers)) else ""
    asked = f"{attempt.method} {attempt.path}{_asked(attempt)}"
    named = "another request" if number is None else f"request {number}"
    return f"→ {named}: {asked}{resumed}{_where(attempt, over)}"


def shared_request_words(attempt: AttemptLog, over: str = "") -> str:
    """Say the same without what differs between calls that do the same."""
    if not attempt.was_read:
        return door_words(attempt.plan.door)
    path = attempt.path.partition("?")[0]
    return f"→ a request: {attempt.method} {path}{_asked(attempt)}{_where(attempt, over)}"


def _asked(attempt: AttemptLog) -> str:
    return f" ({attempt.note})" if attempt.note else _ASKED[attempt.kind]


def _where(attempt: AttemptLog, over: str) -> str:
    return f"{over} at the other origin" if attempt.listener > 1 else over


_ASKED: Mapping[RequestKind, str] = MappingProxyType(
    {
        RequestKind.STREAM: "",
        RequestKind.RESUME: ", to resume where it was",
        RequestKind.CONTINUE: ", with the partial answer in it",
        RequestKind.WHOLE: ", for the whole answer without streaming",
        RequestKind.GONE: ", for a stream that has ended",
        RequestKind.UNKNOWN: ", which is not understood",
        RequestKind.DOOR: "",
    }
)


def client_left(attempt: AttemptLog) -> str:
    """Say how the client left an attempt."""
    how = "resets" if attempt.left == "reset" else "closes"
    return f"→ the client {how} the connection"


def _write_words(writes: list[Write], inside: bool) -> str:
    role, tokens = writes[0].role, sorted({token for write in writes for token in write.tokens})
    data = b"".join(write.data for write in writes)
    split = f", {grouped(len(writes), 'segment')}" if len(writes) > 1 else ""
    if is_burst(writes):
        return burst_words(writes, inside=inside)
    match role:
        case Role.HEAD:
            return head_words(data) + (f" in {grouped(len(writes), 'segment')}" if split else "")
        case Role.DELTA if tokens:
            word = "token" if len(tokens) == 1 else "tokens"
            return f"{word} {ranges(tokens)}" + (split if len(writes) != len(tokens) else "")
        case Role.DELTA:
            return f"a piece of a token ({grouped(len(data), 'byte')})"
        case Role.BODY:
            return f"the whole body ({grouped(len(data), 'byte')})"
        case Role.END if not http1.begins_last_chunk(data):
            return f"{grouped(len(data), 'byte')} behind the end of the answer"
        case Role.END:
            return "the end of the body (the last chunk)"
        case Role.START | Role.PING | Role.ERROR | Role.STOP | Role.TERMINAL | Role.EXTRA:
            events = {event for write in writes for event in write.events}
            if not events:
                return f"a piece of an event ({grouped(len(data), 'byte')})"
            return _blocks_words(role, writes, inside) + (split if len(events) == 1 else "")


def _blocks_words(role: Role, writes: list[Write], inside: bool) -> str:
    if role is Role.PING:  # most of them are comments, and a ping all the same
        count = len({event for write in writes for event in write.events})
        return f"{count} pings" if count > 1 else "a ping"
    found = counted(writes, inside=inside)
    one, several = _ROLE_WORDS[role]
    count = found[Block.EVENT]
    events = [f"{count} {several}" if count > 1 else one] if count else []
    told = listed([*events, *no_events(found)])
    return told.replace("1 ", "a ", 1) if found.total() == 1 else told


_ROLE_WORDS: dict[Role, tuple[str, str]] = {
    Role.START: ("an opening event", "opening events"),
    Role.ERROR: ("an error", "errors"),
    Role.STOP: ("a closing event", "closing events"),
    Role.TERMINAL: ("the terminal event", "terminal events"),
    Role.EXTRA: ("an event of the scenario's own", "events of the scenario's own"),
}


_ACTED_ON = ("retry-after", "retry-after-ms", "x-should-retry")


def head_words(data: bytes) -> str:
    """Say what a response head says: the status and the headers that clients act on."""
    head = http1.read_head(data)
    told = [head.status or "part of the status line"]
    if head.coding is not None:
        told.append(head.coding)
    if head.length is not None:
        told.append(f"{head.length} bytes")
    told += [f"{name}: {head.headers[name]}" for name in _ACTED_ON if name in head.headers]
    if head.connection is not None:
        told.append(f"connection {head.connection}")
    return ", ".join(told)
