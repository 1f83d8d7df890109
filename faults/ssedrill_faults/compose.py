"""Fold faults over an answer into a plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from ssedrill_faults import http1
from ssedrill_faults.fault import AnswerFault, Context, DoorFault, Fault, Impossible, WireFault
from ssedrill_faults.harm import head_with_harm, with_harm
from ssedrill_faults.http_version import HttpVersion
from ssedrill_faults.plan import Answer, Door, Op, Open, Plan, Readable, Role, Write
from ssedrill_faults.served_text import NO_TEXT, ServedText
from ssedrill_faults.stages import Stage
from ssedrill_faults.voice import Voice


def generator(seed: int, attempt: int, index: int) -> random.Random:
    """Return the random generator of one fault, so that adding a fault does not reshuffle the others."""
    return random.Random(f"ssedrill/{seed}/{attempt}/{index}")


def contradiction(faults: Sequence[Fault]) -> str | None:
    """Say why these faults can't share an attempt, or return None if they can."""
    doors = [fault for fault in faults if isinstance(fault, DoorFault)]
    if doors and len(faults) > 1:
        others = ", ".join(fault.name for fault in faults if fault is not doors[0])
        return f"{doors[0].name} acts before the request is read, so it leaves nothing for {others}"
    for number, fault in enumerate(faults):
        if fault.once and any(one.name == fault.name and _meet(one, fault) for one in faults[:number]):
            return f"{fault.name} stands there twice, and the second undoes the first; keep one of them"
    for timed in (False, True):  # what stops the stream may still be cut off at a moment
        endings = [fault for fault in faults if fault.ending and bool(fault.moment) is timed]
        if len(endings) > 1:
            cure = next((fault.instead for fault in endings if fault.instead), "keep one of them")
            return f"{' and '.join(fault.name for fault in endings)} each end the attempt; {cure}"
    return None


def _meet(one: Fault, other: Fault) -> bool:
    """Tell whether there is a dialect in which both are applied."""
    return not one.dialects or not other.dialects or bool(set(one.dialects) & set(other.dialects))


def _is_late(fault: Fault) -> bool:
    return isinstance(fault, AnswerFault) and fault.late


def _spells(layered: tuple[Fault, Context]) -> bool:
    return isinstance(layered[0], AnswerFault) and layered[0].spells


def _staged(layered: Iterable[tuple[Fault, Context]], answer: Answer) -> Iterator[tuple[Stage, WireFault, Context]]:
    """Give the faults of the wire with their stages; what reshapes and is named behind a buffer stays behind it."""
    shapes = Stage.SHAPES
    for fault, ctx in layered:
        wire = fault.on_the_wire(answer, ctx) if isinstance(fault, AnswerFault) and _is_late(fault) else fault
        if isinstance(wire, WireFault):
            yield shapes if wire.stage is Stage.SHAPES else wire.stage, wire, ctx
            shapes = Stage.BUFFER if wire.stage is Stage.BUFFER else shapes


def _breaking_first(answer: Answer, breaking: Collection[str]) -> Answer:
    """Return the answer with the mark of a breaking fault on the bytes of its head, if it has several."""
    first = answer.head_fault
    other = next((fault for fault in answer.also_in_head if fault in breaking), None)
    if first is None or first in breaking or other is None:
        return answer
    rest = tuple(fault for fault in answer.also_in_head if fault != other)
    return replace(answer, head_fault=other, also_in_head=(first, *rest))


def _read_from(answer: Answer, ops: Sequence[Op], http: HttpVersion, *, late: bool) -> bytes:
    """Return the body that a reader gets: what was put in on the wire is not in the answer."""
    if not late:
        return b"".join(frame.data for frame in answer.frames)
    body = [op for op in ops if isinstance(op, Write) and op.role not in (Role.HEAD, Role.END)]
    return b"".join(op.data[start:end] for op in body for start, end in http.content_spans(op))


def compose(
    answer: Answer,
    faults: Sequence[Fault],
    *,
    voice: Voice,
    seed: int,
    attempt: int,
    now_epoch_s: float,
    run_t: float = 0.0,
    reused: bool = False,
    http: HttpVersion = http1,
    rendered: tuple[Op, ...] | None = None,
    served: ServedText = NO_TEXT,
    reader: Callable[[bytes], Readable] = lambda body: Readable(),
) -> Plan:
    """Fold faults over an answer into a plan, for the version of HTTP that ``http`` renders.

    The order is by layer: the answer first, in the order given, how it is spelled behind what it says; then the wire,
    by :class:`Stage`. Faults that end or stop the stream come before those that only reshape it, so that "every byte
    alone" still holds for the last segment before a cut, and a cut at a mark finds the mark whole.

    ``attempt`` counts from 1, ``now_epoch_s`` is the wall clock in seconds, and ``reused`` says that the connection
    has carried a request before. ``run_t`` is when in the run the request came, in seconds. ``rendered`` is what the
    answer as it is given renders to, if that is known, and ``served`` the text that it is made of. ``reader`` says
    which tokens can be read in a body, and is asked if faults rewrite the text. Raises Impossible if a fault can't be
    applied, or if two of them contradict each other.
    """
    if why := contradiction(faults):
        raise Impossible(why)
    acting = [(i, fault) for i, fault in enumerate(faults) if fault.applies(reused=reused)]
    breaking = tuple(fault.name for _, fault in acting if not fault.shaping)
    layered = [
        (fault, Context(generator(seed, attempt, i), voice, http, now_epoch_s, frozenset(breaking), served, run_t))
        for i, fault in acting
    ]
    door: Door = Open()
    healthy = answer
    for fault, ctx in sorted(layered, key=_spells):
        if isinstance(fault, DoorFault):
            door = fault.door()
        elif isinstance(fault, AnswerFault) and not _is_late(fault):
            given, answer = answer, fault.rewrite(answer, ctx)
            if fault.name in breaking and answer.frames is not given.frames:
                answer = replace(answer, frames=with_harm(given.frames, answer.frames, fault.name))
    answer = _breaking_first(answer, breaking)
    known = rendered if answer is healthy else None
    ops: tuple[Op, ...] = http.render(answer) if known is None else known
    if answer.head_fault in breaking:  # else nothing in it can be told from what must be borne
        ops = head_with_harm(ops, http.render(healthy) if rendered is None else rendered)
    for _, wire, ctx in sorted(_staged(layered, answer), key=itemgetter(0)):
        ops = wire.rewrite(ops, ctx)
    if isinstance(door, Open):
        marked = {op.fault for op in ops}
        for name in breaking:
            if name not in marked:
                raise Impossible(
                    f"{name} can never take effect: another fault removes the place where it acts, unless that one "
                    "strikes further behind (before_token = 13 is behind what is put in after_token = 12)"
                )
    late = any(_is_late(fault) for _, fault in acting)
    rewritten = any(fault.rewrites_text for _, fault in acting)
    readable = reader(_read_from(answer, ops, http, late=late)) if rewritten else Readable()
    return Plan(
        attempt=attempt,
        ops=ops if isinstance(door, Open) else (),
        door=door,
        status=answer.status,
        retry_after_s=answer.retry_after_s,
        faults=tuple(fault.name for _, fault in acting),
        breaking=breaking,
        reads=readable.reads,
        reads_at=readable.reads_at,
        says=readable.says,
        extras=readable.extras,
    )
