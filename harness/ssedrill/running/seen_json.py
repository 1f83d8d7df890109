"""What a worker tells its supervisor of a run, as JSON. Plans are told once: most runs of a worker share theirs."""

from __future__ import annotations

from typing import Any

from ssedrill.model.attempt_json import Plans, attempt_from_json, attempt_to_json
from ssedrill.model.call_log import CallLog
from ssedrill.model.codec import Json, decode, encode
from ssedrill.model.secrets.known import Secrets, Told
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, WireJournal
from ssedrill.running.seen import Found, NeedsOtherProcess, NotRun, Seen, SoFar
from ssedrill_faults.plan import Plan


def to_json(found: Found, plans: Plans) -> dict[str, Json]:
    """Return what became of a job; the plans that it names are added to ``plans``."""
    match found:
        case NotRun():
            return {"not_run": encode(found, full=True)}
        case NeedsOtherProcess(so_far):
            return {"other_process": encode(so_far, full=True)}
    attempts: list[Json] = [attempt_to_json(log, plans) for log in found.wire.attempts]
    return {
        "seen": {
            "clock": found.clock,
            "connections": encode(found.wire.connections),
            "attempts": attempts,
            "flooded": found.wire.flooded,
            "tokens": encode(found.tokens),
            "ended_t": found.ended_t,
            "wall_s": found.wall_s,
            "why_real": found.why_real,
            "remarks": list(found.remarks),
            "harm": found.harm,
            "calls": encode(found.calls),
            "secrets": encode(found.secrets.told(), full=True),
        }
    }


def from_json(body: dict[str, Any], plans: dict[str, Plan]) -> Found:
    """Return what a worker has told; raises BadValue for what can't be."""
    if "not_run" in body:
        return decode(NotRun, body["not_run"], "not_run")  # type: ignore[no-any-return]
    if "other_process" in body:
        return NeedsOtherProcess(decode(SoFar, body["other_process"], "other_process"))
    found = decode(dict[str, Any], body.get("seen"), "seen")
    attempts: list[AttemptLog] = [
        attempt_from_json(one, plans, f"attempts[{i}]")
        for i, one in enumerate(decode(list[Any], found.get("attempts"), "attempts"))
    ]
    connections = decode(list[ConnectionLog], found.get("connections"), "connections")
    return Seen(
        clock=decode(str, found.get("clock"), "clock"),
        wire=WireJournal(connections, attempts, decode(str, found.get("flooded"), "flooded")),
        tokens=decode(TokenJournal, found.get("tokens"), "tokens"),
        ended_t=decode(float, found.get("ended_t"), "ended_t"),
        wall_s=decode(float, found.get("wall_s"), "wall_s"),
        why_real=decode(str | None, found.get("why_real"), "why_real"),
        remarks=tuple(decode(list[str], found.get("remarks"), "remarks")),
        harm=decode(str, found.get("harm"), "harm"),
        calls=decode(list[CallLog] | None, found.get("calls"), "calls"),
        secrets=Secrets.from_told(decode(Told, found.get("secrets"), "secrets")),
    )
