"""The faults: one file each, and the catalogue that names them all.

``plan`` has the vocabulary (frames, answers, operations), ``fault`` the protocol, ``compose`` how faults are folded
into a plan, ``http1`` how an answer becomes bytes; ``voice`` and ``http_version`` are what faults ask of the dialect
and of HTTP. ``position`` says where faults strike, ``marks`` and ``segment`` how segments are cut and joined,
``body`` how bodies end. A new fault is a new file and one line in the tuple below.
"""

from __future__ import annotations

from ssedrill_faults.answer.headers import HeadersFault
from ssedrill_faults.answer.redirect import RedirectFault
from ssedrill_faults.answer.replay import ReplayFault
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.door.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.door.mute import MuteFault
from ssedrill_faults.door.refuse import RefuseFault
from ssedrill_faults.extensions import Table
from ssedrill_faults.fault import AnswerFault, DoorFault, Fault, WireFault
from ssedrill_faults.frames.byte_order_mark import ByteOrderMarkFault
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.drop_terminal import DropTerminalFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.edit_event import EditEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.ids import IdsFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.keepalive_only import KeepaliveOnlyFault
from ssedrill_faults.frames.linger import LingerFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.frames.pace import PaceFault
from ssedrill_faults.frames.ping import PingFault
from ssedrill_faults.frames.spelling import SpellingFault
from ssedrill_faults.frames.swap_events import SwapEventsFault
from ssedrill_faults.frames.unfinished_event import UnfinishedEventFault
from ssedrill_faults.http.bad_chunk import BadChunkFault
from ssedrill_faults.http.behind_the_end import BehindTheEndFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.chunk_extensions import ChunkExtensionsFault
from ssedrill_faults.http.content_length import ContentLengthFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.http.hold_head import HoldHeadFault
from ssedrill_faults.http.http_1_0 import Http10Fault
from ssedrill_faults.http.interim import InterimFault
from ssedrill_faults.http.trailers import TrailersFault
from ssedrill_faults.http.transfer_encoding import TransferEncodingFault
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.half_close import HalfCloseFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stale_connection import StaleConnectionFault
from ssedrill_faults.wire.stall import StallFault

_BUILT_IN: tuple[type[Fault], ...] = (
    RefuseFault,
    CloseOnAcceptFault,
    MuteFault,
    StaleConnectionFault,
    StatusFault,
    ReplayFault,
    RedirectFault,
    HeadersFault,
    ErrorEventFault,
    MalformedJsonFault,
    InsertEventFault,
    DropEventFault,
    DuplicateEventFault,
    SwapEventsFault,
    EditEventFault,
    UnfinishedEventFault,
    DropTerminalFault,
    CleanEndFault,
    LingerFault,
    KeepaliveOnlyFault,
    StallFault,
    FinFault,
    HalfCloseFault,
    ResetFault,
    BadChunkFault,
    ContentLengthFault,
    BehindTheEndFault,
    EncodeFault,
    Http10Fault,
    InterimFault,
    TrailersFault,
    TransferEncodingFault,
    ChunkBordersFault,
    ChunkExtensionsFault,
    HoldHeadFault,
    BufferFault,
    FragmentFault,
    CoalesceFault,
    DelayFault,
    PaceFault,
    JitterFault,
    SpellingFault,
    ByteOrderMarkFault,
    IdsFault,
    PingFault,
)


def _wrong(name: str, thing: object) -> str | None:
    if not isinstance(thing, type) or not issubclass(thing, DoorFault | AnswerFault | WireFault):
        return "which is no class that inherits from DoorFault, AnswerFault or WireFault"
    if getattr(thing, "name", None) != name:
        return f"whose own name is {getattr(thing, 'name', None)}: call the entry point so too"
    own = "__dataclass_fields__" in vars(thing)  # its parents are dataclasses, so that `is_dataclass` is always true
    return None if own else "which is no dataclass: decorate it with @dataclass(frozen=True)"


FAULTS: Table[type[Fault]] = Table("ssedrill.faults", {fault.name: fault for fault in _BUILT_IN}, _wrong)
"""All faults under the names that scenario files use, from the door to the wire; those that only reshape come last.

Installed packages add theirs under the entry points ``ssedrill.faults``.
"""
