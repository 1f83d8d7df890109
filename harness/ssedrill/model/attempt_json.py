"""Attempts as they stand in a record file: written out, plans and what was played would be nearly all of it.

Equal plans are written once, under ``plans``, and an attempt names its plan by a digest. What was played of a plan is
a table in columns: ``{"t": [0.0, 0.005], "op": [0, 1], "end": [181, 296], "taken": true, "read": true}``. ``op`` has
a value for each operation that was carried out; another column whose values are all the same is that one value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from types import GenericAlias, MappingProxyType
from typing import Any

from ssedrill.model.codec import BadValue, Json, decode, encode, places
from ssedrill.model.wire_journal import AttemptLog, Played
from ssedrill_faults.plan import Plan

DIGEST_CHARS = 16
NO_PLAN = Plan(0, ())
COLUMNS: Mapping[str, Any] = MappingProxyType({place.name: place.kind for place in places(Played)})


class Plans:
    """The plans of a file, each once."""

    def __init__(self) -> None:
        self._digests: dict[Plan, str] = {}
        self.bodies: dict[str, Json] = {}

    def digest(self, plan: Plan) -> str:
        """Return what the file calls a plan, and keep the plan."""
        name = self._digests.get(plan)  # asked once: to hash all of a plan takes as long as all else here
        if name is None:
            body = encode(plan)
            text = json.dumps(body, ensure_ascii=True, sort_keys=True)
            name = self._digests[plan] = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]
            self.bodies[name] = body
        return name


def attempt_to_json(log: AttemptLog, plans: Plans) -> dict[str, Json]:
    """Return an attempt that names its plan."""
    found = encode(replace(log, plan=NO_PLAN, played=[]))
    assert isinstance(found, dict)
    found |= {"plan": plans.digest(log.plan)}
    if log.played:
        found["played"] = _columns(log.played)
    return {field.name: found[field.name] for field in fields(log) if field.name in found}


def attempt_from_json(body: Any, plans: dict[str, Plan], place: str) -> AttemptLog:
    """Return the attempt that a JSON value stands for; raises BadValue."""
    found = decode(dict[str, Any], body, place)
    name, played = found.pop("plan", None), found.pop("played", None)
    log: AttemptLog = decode(AttemptLog, found | {"plan": encode(NO_PLAN)}, place)
    if not isinstance(name, str) or name not in plans:
        raise BadValue(f"{name!r} is none of the file's plans", f"{place}.plan")
    log.plan = plans[name]
    log.played = [] if played is None else _played(played, f"{place}.played")
    return log


def _columns(played: list[Played]) -> dict[str, Json]:
    table: dict[str, Json] = {}
    for name in COLUMNS:
        column = [encode(getattr(one, name)) for one in played]
        table[name] = column[0] if name != "op" and all(value == column[0] for value in column) else column
    return table


def _played(body: Any, place: str) -> list[Played]:
    table = decode(dict[str, Any], body, place)
    if wrong := sorted(set(table) ^ set(COLUMNS)):
        raise BadValue("is not known here" if wrong[0] in table else "is missing", f"{place}.{wrong[0]}")
    length = len(decode(list[int], table["op"], f"{place}.op"))
    columns = []
    for name, kind in COLUMNS.items():
        column = table[name] if isinstance(table[name], list) else [table[name]] * length
        if len(column) != length:
            raise BadValue(f"expected {length} values, found {len(column)}", f"{place}.{name}")
        columns.append(decode(GenericAlias(tuple, (kind, ...)), column, f"{place}.{name}"))
    return [Played(*row) for row in zip(*columns, strict=True)]
