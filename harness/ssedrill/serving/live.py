"""What is new in the drills since a reader last looked: drills, connections, attempts, and what was shown.

An event holds all that is to be said of its subject, not only what is new of it: a reader keeps the last of each.
The journals are looked at from time to time, so that nobody who serves a stream has to tell of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ssedrill.model.codec import Json
from ssedrill.model.wire_journal import AttemptLog
from ssedrill.serving.drill import ServedDrill
from ssedrill.serving.drills import Drills

EVERY_S = 0.2
"""How often the drills are looked at."""
PING_S = 15.0
"""After so long without an event a comment is sent, so that what lies between does not give up."""

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the stream, of a subject that its key tells."""

    name: str
    key: Key
    data: dict[str, Json]

    def to_bytes(self) -> bytes:
        """Return it as the stream has it."""
        return f"event: {self.name}\ndata: {json.dumps(self.data)}\n\n".encode()


def events_of(drill: ServedDrill, host: str) -> Iterator[Event]:
    """Return all that is to be said of a drill now, without its secrets; pure but for reading its journals."""
    own: dict[str, Json] = {"drill": drill.id, "round": drill.round}
    came: dict[str, Json] = {"outcome": None, "verdict": None, "summary": None}
    if (record := drill.final) is not None:
        came = {"outcome": str(record.outcome), "verdict": str(record.verdict), "summary": record.summary}
    yield Event("drill", (drill.id,), {**drill.brief(host), **came})
    wire, told = drill.run.live(), drill.run.told
    for conn in wire.connections:
        yield Event(
            "connection",
            (drill.id, "connection", str(conn.number)),
            {
                **own,
                "connection": conn.number,
                "t": conn.t,
                "closed_t": conn.closed_t,
                "closed_by": conn.closed_by,
                "how": conn.how,
                "note": told(conn.note),
            },
        )
    for attempt in wire.attempts:
        data = {**own, **_attempt(attempt), "path": told(attempt.path)}
        yield Event("attempt", (drill.id, "attempt", str(attempt.number)), data)
    for call in drill.run.calls:
        tokens = call.target.sink.journal
        chars = sum(len(entry.text) for entry in tokens.entries if entry.kind == "text")
        claims: list[Json] = [entry.kind for entry in tokens.entries if entry.kind in ("done", "error")]
        shown: dict[str, Json] = {
            "call": call.log.number,
            "chars": chars,
            "claims": claims,
            "stopped": tokens.stopped,
        }
        if tokens.entries or tokens.stopped:
            yield Event("shown", (drill.id, "shown", str(call.log.number)), {**own, **shown})


def _attempt(one: AttemptLog) -> dict[str, Json]:
    played = one.played[-1] if one.played else None
    return {
        "attempt": one.number,
        "call": one.call,
        "connection": one.conn,
        "t": one.t,
        "method": one.method,
        "kind": str(one.kind),
        "status": one.plan.status,
        "faults": list(one.plan.faults),
        "operations": len(one.plan.ops),
        "played": len(one.played),
        "bytes": 0 if played is None else played.end,
        "last_t": None if played is None else played.t,
        "done_t": one.done_t,
        "left": one.left,
        "left_t": one.left_t,
        "note": one.note,
    }


class Watch:
    """Knows what one reader was told, and finds what is new."""

    def __init__(self, drills: Drills, host: str) -> None:
        self._drills = drills
        self._host = host
        self._told: dict[
            str, tuple[int, dict[Key, Event]]
        ] = {}  # by drill: its round, and the last event of each key
        self._done: set[tuple[str, int]] = set()  # rounds of which everything was told

    def look(self, drill: ServedDrill) -> list[Event]:
        """Return what is new of a drill."""
        this = (drill.id, drill.round)
        if this in self._done:
            return []
        is_final = drill.final is not None
        last_round, known = self._told.get(drill.id, (0, {}))
        if last_round != drill.round:
            known = {}
        found = {event.key: event for event in events_of(drill, self._host)}
        self._told[drill.id] = drill.round, found
        if is_final:
            self._done.add(this)
        return [event for key, event in found.items() if known.get(key) != event]

    def gone(self) -> list[Event]:
        """Return the drills that are not there any more."""
        there = {drill.id for drill in self._drills.all}
        lost = [name for name in self._told if name not in there]
        for name in lost:
            del self._told[name]
            self._done = {one for one in self._done if one[0] != name}
        return [Event("gone", (name,), {"drill": name}) for name in lost]


async def stream(drills: Drills, host: str, has_left: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield the events until their reader has left: all there is, then what is new, and now and then a comment."""
    watch, loop = Watch(drills, host), asyncio.get_running_loop()
    said = loop.time()
    yield b"retry: 1000\n\n"
    while not has_left():
        new = watch.gone()
        for drill in drills.all:
            new += watch.look(drill)
            await asyncio.sleep(0)  # streams that are being served go first
        if new or loop.time() - said >= PING_S:
            said = loop.time()
            yield b"".join(event.to_bytes() for event in new) or b": still here\n\n"
        await asyncio.sleep(EVERY_S)
