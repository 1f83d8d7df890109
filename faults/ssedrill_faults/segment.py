"""Cutting a segment into several and joining several into one, with every number staying on its last byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ssedrill_faults.plan import Role, Write


def cut(op: Write, at: int) -> tuple[Write, Write]:
    """Cut a segment in two."""
    head, tail = cut_all(op, (at,))
    return head, tail


def cut_all(op: Write, offsets: Sequence[int]) -> tuple[Write, ...]:
    """Cut a segment at these ascending offsets; tokens and events belong to the part that holds their last byte.

    Spoiled tokens belong to the part that holds the content's last byte: no offset of theirs is kept.
    """
    size = len(op.data)
    content_end = op.content_end
    edges = (0, *offsets, size)
    if any(a >= b for a, b in pairwise(edges)):
        raise ValueError(f"can't cut {size} bytes at {', '.join(map(str, offsets))}")
    token_ends = op.token_ends or (content_end,) * len(op.tokens)
    event_ends = op.event_ends or (content_end,) * len(op.events)
    parts = []
    for a, b in pairwise(edges):
        tokens, token_offsets = _landing(op.tokens, token_ends, a, b)
        events, event_offsets = _landing(op.events, event_ends, a, b)
        parts.append(
            replace(
                op,
                data=op.data[a:b],
                tokens=tokens,
                events=events,
                lead=min(max(op.lead - a, 0), b - a),
                tail=max(b - max(a, content_end), 0),
                token_ends=token_offsets if op.token_ends else (),
                event_ends=event_offsets if op.event_ends else (),
                spoiled=op.spoiled if a < content_end <= b else (),
                fault=op.fault if op.harm is None or a <= op.harm < b else None,
                harm=op.harm - a if op.harm is not None and a <= op.harm < b else None,
            )
        )
    return tuple(parts)


def marked_parts(op: Write, parts: Sequence[Write], name: str) -> tuple[Write, ...]:
    """Return the parts that a fault of this name has cut a segment into, each with one mark.

    The mark of another fault stays on the byte by which that one can be noticed. If it has no such byte, it stays
    where the event is complete.
    """
    if op.fault is None:
        return tuple(replace(part, fault=name) for part in parts)
    at = next((i for i, part in enumerate(parts) if part.harm is not None), None)
    if at is None:
        at = next((i for i, part in enumerate(parts) if part.events), len(parts) - 1)
    return tuple(
        replace(part, fault=op.fault) if i == at else replace(part, fault=name, harm=None)
        for i, part in enumerate(parts)
    )


def _landing(
    numbers: tuple[int, ...], ends: tuple[int, ...], a: int, b: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return those of the numbers whose end is in the part from ``a`` to ``b``, and the ends as seen from ``a``."""
    inside = [(number, end - a) for number, end in zip(numbers, ends, strict=True) if a < end <= b]
    return tuple(number for number, _ in inside), tuple(end for _, end in inside)


def join(segments: Sequence[Write], name: str | None = None, effect: str | None = None) -> Write:
    """Return one segment in place of several; it is the terminal one if one of them is.

    It has the mark of ``name``, the fault that joins them; or, on the same byte, that of ``effect``, if that is a
    fault which one of them shows.
    """
    token_ends: list[int] = []
    event_ends: list[int] = []
    data = bytearray()
    harm: int | None = None
    for op in segments:
        if effect is not None and op.fault == effect and harm is None:
            harm = len(data) + first_harm(op)
        token_ends += [len(data) + end for end in op.token_ends or (op.content_end,) * len(op.tokens)]
        event_ends += [len(data) + end for end in op.event_ends or (op.content_end,) * len(op.events)]
        data += op.data
    roles = [op.role for op in segments if op.role is not Role.END]
    return Write(
        bytes(data),
        Role.TERMINAL if Role.TERMINAL in roles else roles[-1] if roles else Role.END,
        tuple(token for op in segments for token in op.tokens),
        tuple(event for op in segments for event in op.events),
        segments[0].lead,
        segments[-1].tail,
        effect or name,
        token_ends=tuple(token_ends),
        event_ends=tuple(event_ends),
        spoiled=tuple(token for op in segments for token in op.spoiled),
        harm=harm,
    )


def first_harm(op: Write) -> int:
    """Return the offset of the byte by which a segment's fault can be noticed: the last one, if it names none."""
    return len(op.data) - 1 if op.harm is None else op.harm


def ends_event(op: Write) -> bool:
    """Tell whether the content of a segment ends with an event."""
    return bool(op.events) and (not op.event_ends or op.event_ends[-1] == op.content_end)
