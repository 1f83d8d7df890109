"""Events that an author wrote in one dialect and has sent in another."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.dialects import DIALECTS
from ssedrill.dialects.answer import Unreadable
from ssedrill.dialects.sse_decoder import SseDecoder, SseEvent
from ssedrill_faults.fault import Fault


def strangers(fault: Fault, dialects: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Return the dialects whose reader finds something of an answer in what a fault writes, and those that do not.

    None if there is no such difference: comments, pings and what no dialect knows are for all of them. A fault
    that names its dialects need not be looked at: its author means them.
    """
    events = SseDecoder().feed(fault.events_written.encode("utf-8", "surrogatepass"))
    if not events:
        return None
    speaking = [name for name in DIALECTS if any(_says(name, event) for event in events)]
    deaf = [name for name in dialects if name not in speaking]
    return (speaking, deaf) if speaking and deaf else None


def _says(dialect: str, event: SseEvent) -> bool:
    try:
        return bool(DIALECTS[dialect].read.read_event(event))
    except Unreadable:
        return False
