"""What ``ssedrill list`` tells of each thing, as one row of plain values."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from ssedrill.loading.described import positions_of, settings_of
from ssedrill.loading.failures import Failure
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.views.lists import ListRow
from ssedrill_faults import extensions
from ssedrill_faults.fault import AnswerFault, DoorFault, Fault
from ssedrill_faults.position import FromHere, Position


def scenario_rows(scenarios: Iterable[Scenario]) -> list[ListRow]:
    """Return the scenarios, with what each is about, what it covers and where that was seen."""
    return [
        {
            "name": one.name,
            "family": one.family,
            "about": " ".join(one.about.split()),
            "dialects": list(one.dialects),
            "tags": list(one.tags),
            "covers": list(one.covers),
            "seen_in": list(one.seen_in),
        }
        for one in scenarios
    ]


def fault_rows(table: extensions.Table[type[Fault]]) -> list[ListRow]:
    """Return the faults: name, layer, what it does, its settings, where it comes from."""
    return [
        {
            "name": name,
            "layer": "door" if issubclass(kind, DoorFault) else "answer" if issubclass(kind, AnswerFault) else "wire",
            "shaping": kind.shaping if not kind.shaping_by else None,
            "shaping_by": list(kind.shaping_by),
            "about": first_sentence(kind),
            "settings": settings_of(kind),
            "positions": positions_of(kind),
            "position_required": issubclass(kind, Position) and not issubclass(kind, FromHere),
            "from": table.source(name),
        }
        for name, kind in table.items()
    ]


def failure_rows(failures: Iterable[Failure]) -> list[ListRow]:
    """Return the failures: name and code."""
    return [{"name": one.name, "about": one.code} for one in failures]


def described_rows(table: extensions.Table[Any]) -> list[ListRow]:
    """Return what is told by its name, its ``about`` and its source alone: dialects, checks, drivers, formats."""
    return [{"name": name, "about": one.about, "from": table.source(name)} for name, one in table.items()]


def first_sentence(thing: object) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
