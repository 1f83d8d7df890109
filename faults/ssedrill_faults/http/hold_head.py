"""Hold the head back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.plan import ENDINGS, Op, Reset, Role, Silence, Wait, Write
from ssedrill_faults.stages import Stage


@dataclass(frozen=True, kw_only=True)
class HoldHeadFault(WireFault):
    """Send status and headers only when the first byte of the body is sent too, as content networks do.

    If the body never begins because the server falls silent or resets the connection, no head is sent at all.
    """

    name = "hold_head"
    shaping = True

    @property
    def stage(self) -> Stage:
        """The last."""
        return Stage.HEAD

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Move the head to where the body begins."""
        begins = next((i for i, op in enumerate(ops) if _begins_or_ends(op)), len(ops))
        first = next((i for i, op in enumerate(ops) if isinstance(op, Write)), begins)
        head = [op for op in ops[first:begins] if isinstance(op, Write)]
        others = [op for op in ops[:begins] if not isinstance(op, Write)]
        last = ops[begins] if begins < len(ops) else None
        if head and isinstance(last, Silence | Reset):
            return (*others, replace(last, fault=last.fault or self.name), *ops[begins + 1 :])
        if not any(isinstance(op, Wait) and op.seconds for op in ops[first:begins]):
            raise Impossible("the body begins at once, so that there is no head to be held back")
        held = (replace(op, fault=op.fault or self.name) for op in head)
        return (*ops[:first], Wait(0.0, fault=self.name), *others[first:], *held, *ops[begins:])


def _begins_or_ends(op: Op) -> bool:
    return isinstance(op, ENDINGS) or (isinstance(op, Write) and op.role is not Role.HEAD)
