"""What faults have in common that rewrite the chunks of a whole body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeGuard

from ssedrill_faults.fault import Impossible
from ssedrill_faults.plan import Op, Role, Write


def in_body(
    ops: Sequence[Op], change: Callable[[Sequence[Write]], Iterable[Sequence[Write]]], otherwise: str
) -> tuple[Op, ...]:
    """Return the operations with other segments in place of each of the body's.

    Raises Impossible, which begins with ``otherwise``, if ``change`` raises ValueError since chunks can't be changed.
    """
    try:
        parts = iter(list(change([op for op in ops if _is_body(op)])))
    except ValueError as problem:
        raise Impossible(f"{otherwise}: {problem}") from None
    done: list[Op] = []
    for op in ops:
        done += next(parts) if _is_body(op) else (op,)
    return tuple(done)


def _is_body(op: Op) -> TypeGuard[Write]:
    return isinstance(op, Write) and op.role is not Role.HEAD
