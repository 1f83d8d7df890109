"""What faults have in common that rewrite the chunks of a whole body."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import Impossible
from ssedrill_faults.harm import first_difference
from ssedrill_faults.http_version import HttpVersion
from ssedrill_faults.plan import Op, Role, Write


def in_body(
    ops: Sequence[Op],
    change: Callable[[Sequence[Write]], Iterable[Sequence[Write]]],
    setting: str,
    otherwise: str,
    http: HttpVersion,
) -> tuple[Op, ...]:
    """Return the operations with other segments in place of each of the body's.

    Raises Impossible if the body has no chunks, for which ``setting`` is told; also, beginning with ``otherwise``, if
    ``change`` raises ValueError since the chunks can't be changed.
    """
    body = [op for op in ops if _is_body(op)]
    if not http.in_pieces(body):
        raise needs_chunks(setting)
    try:
        parts = iter(list(change(body)))
    except ValueError as problem:
        raise Impossible(f"{otherwise}: {problem}") from None
    done: list[Op] = []
    for op in ops:
        done += next(parts) if _is_body(op) else (op,)
    return tuple(done)


def beside_sizes(
    body: Iterable[Write], changed: Iterable[Write], name: str, breaking: Collection[str], *, harms: bool = False
) -> Iterator[list[Write]]:
    """Give the segments of a body with what was put beside the sizes of their chunks, and its mark.

    What has a mark keeps it, but once: what only reshapes may have its own on every segment. ``harms``: a client may
    stumble over the first byte that differs.
    """
    told = False
    for op, new in zip(body, changed, strict=True):
        if new.data == op.data or not (op.fault is None or (not told and op.fault not in breaking)):
            yield [new]
            continue
        told = True
        yield [replace(new, fault=name, harm=first_difference(new.data, op.data) if harms else None)]


def _is_body(op: Op) -> TypeGuard[Write]:
    return isinstance(op, Write) and op.role is not Role.HEAD
