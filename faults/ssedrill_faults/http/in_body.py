"""What faults have in common that rewrite the chunks of a whole body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeGuard

from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import Impossible
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


def _is_body(op: Op) -> TypeGuard[Write]:
    return isinstance(op, Write) and op.role is not Role.HEAD
