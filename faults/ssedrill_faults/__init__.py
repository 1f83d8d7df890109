"""The faults: one file each, and the catalogue that names them all.

``plan`` has the vocabulary (frames, answers, operations), ``fault`` the protocol, ``compose`` how faults are folded
into a plan, ``http1`` how an answer becomes bytes; ``voice`` and ``http_version`` are what faults ask of the dialect
and of HTTP. ``position`` says where faults strike, ``marks`` and ``segment`` how segments are cut and joined,
``body`` how bodies end. A new fault is a new file and one line in the tuple below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from ssedrill_faults.clean_end import CleanEndFault
from ssedrill_faults.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.coalesce import CoalesceFault
from ssedrill_faults.delay import DelayFault
from ssedrill_faults.drop_terminal import DropTerminalFault
from ssedrill_faults.duplicate_event import DuplicateEventFault
from ssedrill_faults.error_event import ErrorEventFault
from ssedrill_faults.fault import Fault
from ssedrill_faults.fin import FinFault
from ssedrill_faults.fragment import FragmentFault
from ssedrill_faults.half_close import HalfCloseFault
from ssedrill_faults.jitter import JitterFault
from ssedrill_faults.keepalive_only import KeepaliveOnlyFault
from ssedrill_faults.linger import LingerFault
from ssedrill_faults.malformed_json import MalformedJsonFault
from ssedrill_faults.mute import MuteFault
from ssedrill_faults.pace import PaceFault
from ssedrill_faults.refuse import RefuseFault
from ssedrill_faults.reset import ResetFault
from ssedrill_faults.stale_connection import StaleConnectionFault
from ssedrill_faults.stall import StallFault
from ssedrill_faults.status import StatusFault

FAULTS: tuple[type[Fault], ...] = (
    RefuseFault,
    CloseOnAcceptFault,
    MuteFault,
    StaleConnectionFault,
    StatusFault,
    ErrorEventFault,
    MalformedJsonFault,
    DuplicateEventFault,
    DropTerminalFault,
    CleanEndFault,
    LingerFault,
    KeepaliveOnlyFault,
    StallFault,
    FinFault,
    HalfCloseFault,
    ResetFault,
    FragmentFault,
    CoalesceFault,
    DelayFault,
    PaceFault,
    JitterFault,
)
"""All faults, from the door to the wire; those that only reshape come last."""


def by_name(faults: Iterable[type[Fault]]) -> Mapping[str, type[Fault]]:
    """Return faults under the names that scenario files use. Raises ValueError if two of them have the same name."""
    named: dict[str, type[Fault]] = {}
    for fault in faults:
        if fault.name in named:
            raise ValueError(f"{named[fault.name].__module__} and {fault.__module__} both have a fault {fault.name}")
        named[fault.name] = fault
    return MappingProxyType(named)


@cache
def catalogue() -> Mapping[str, type[Fault]]:
    """Return all faults that there are under their names. Whoever wants to know a fault by its name asks here.

    It is a function, and not a constant, because a fault that comes from outside imports this package first.
    """
    return by_name(FAULTS)
