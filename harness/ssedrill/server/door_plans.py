"""What doors come to as plans and operations."""

from __future__ import annotations

from ssedrill_faults.plan import CloseOnAccept, Door, Fin, Mute, Op, Plan, Refuse, Reset, Silence


def door_plan(number: int, door: Door, fault: str) -> Plan:
    """Return the plan of an attempt that ends at the door; ``fault`` is empty if no fault made that door."""
    faults = (fault,) if fault else ()
    return Plan(number, (), door, faults=faults, breaking=faults)


def late_ops(door: Refuse | CloseOnAccept | Mute) -> tuple[Op, ...]:
    """Return what a door does to a request that comes over a connection from before its turn."""
    match door:
        case CloseOnAccept(reset=reset):
            return (Reset() if reset else Fin(),)
        case Mute():
            return (Silence(),)
        case Refuse():
            return (Reset(),)
