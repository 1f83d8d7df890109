"""The records of all shards of a run become the record that one machine would have made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ssedrill.comparing.baseline.judge import of_shards
from ssedrill.model.clean_text import safe
from ssedrill.model.record import Record, RecordFile, Repeats
from ssedrill.model.scenario_facts import merged as merged_facts
from ssedrill.reporting.formats.to_json import BadRecord
from ssedrill.running.shard import MOST_SHARDS

SHARD = "shard"
"""Where a record's ``meta`` has which shard it is: ``{"number": 2, "count": 3, "plan": DIGEST}``."""
_WHICH = re.compile(r" --shard [0-9]+/[0-9]+")
MOST_TOLD = 20
"""So many missing shards are named."""
OWN = ("wall_clock_started", "wall_clock_s", SHARD)
"""What the ``meta`` of shards may differ in."""


def merged(files: Mapping[Path, RecordFile]) -> RecordFile:
    """Return the record of all shards, its runs in the order of the plan; ``meta`` has that of each shard.

    Raises BadRecord, naming the file, for what is no shard, was interrupted, or is of other runs than the first (of
    other scenarios, clients, versions, seeds or clock), for a shard that is there twice, and for one that is missing.
    """
    shards: dict[int, RecordFile] = {}
    paths: dict[int, Path] = {}
    first_path, first = next(iter(files.items()))
    for path, file in files.items():
        shard = _shard(path, file)
        _same(path, file, first_path, first)
        number = shard["number"]
        if number in shards:
            raise BadRecord(f"{path}: it is shard {number}/{shard['count']}, as {paths[number]} is: give each once")
        shards[number], paths[number] = file, path
    count = _shard(first_path, first)["count"]
    if missing := [f"{number}/{count}" for number in range(1, count + 1) if number not in shards]:
        right = f"run it (--shard {missing[0]}), and name its record"
        more = f" and {len(missing) - MOST_TOLD} more" if len(missing) > MOST_TOLD else ""
        raise BadRecord(f"shard {' and '.join(missing[:MOST_TOLD])}{more} is missing: {right}")
    in_order = [shards[number] for number in range(1, count + 1)]
    drills = [_drills(file) for file in in_order]
    _once(paths, shards)
    turns = zip_longest(*drills, fillvalue=[])
    runs = [run for turn in turns for drill in turn for run in drill]
    order = {drill: place for place, drill in reversed(list(enumerate(map(_drill, runs))))}
    return RecordFile(
        versions=first.versions,
        runs=runs,
        planned=sum(file.planned for file in in_order),
        repeats=sorted((one for file in in_order for one in file.repeats), key=lambda one: order[_drill(one)]),
        scenarios=merged_facts(*(file.scenarios for file in in_order)),
        price=first.price,
        baseline=of_shards(one for file in in_order for one in file.baseline),
        meta={
            **{name: value for name, value in first.meta.items() if name not in OWN},
            **({"command": _WHICH.sub("", str(first.meta["command"]))} if "command" in first.meta else {}),
            "wall_clock_started": min(str(file.meta.get("wall_clock_started", "")) for file in in_order),
            "shards": [file.meta for file in in_order],
        },
    )


def _shard(path: Path, file: RecordFile) -> dict[str, Any]:
    found = file.meta.get(SHARD)
    if not isinstance(found, dict) or not {"number", "count", "plan"} <= found.keys():
        raise BadRecord(f"{path}: it is no shard's record (ssedrill run --shard K/N); ssedrill report reads several")
    number, count, plan = (found[name] for name in ("number", "count", "plan"))
    if not (type(number) is type(count) is int and 1 <= number <= count <= MOST_SHARDS and isinstance(plan, str)):
        raise BadRecord(f"{path}: meta.{SHARD}: it is no shard K/N of a plan: the record is damaged, make it again")
    if file.interrupted:
        done = f"{len(file.runs)} of {file.planned} runs"
        raise BadRecord(f"{path}: it was interrupted after {done}: go on with --resume, or run it again")
    return found


def _once(paths: Mapping[int, Path], shards: Mapping[int, RecordFile]) -> None:
    """Raise BadRecord for a drill that two shards have, and for repeats of a drill that was not run."""
    found: dict[tuple[str, str, str], Path] = {}
    for number, file in shards.items():
        path, own = paths[number], {_drill(run) for run in file.runs}
        for drill in own:
            if (first := found.setdefault(drill, path)) is not path:
                raise BadRecord(f"{path}: {' '.join(map(safe, drill))} is in it and in {first}: make it again")
        for one in file.repeats:
            if _drill(one) not in own:
                raise BadRecord(f"{path}: repeats of {' '.join(map(safe, _drill(one)))}, which it has no run of")


def _same(path: Path, file: RecordFile, first_path: Path, first: RecordFile) -> None:
    """Raise BadRecord if a shard is of another plan than the first."""
    mine, its = _shard(path, file), _shard(first_path, first)
    if (mine["count"], mine["plan"]) == (its["count"], its["plan"]):
        return
    versions = sorted(file.versions.keys() | first.versions.keys())
    changed = [
        f"{name} is {file.versions.get(name, 'none')} here and {first.versions.get(name, 'none')} there"
        for name in versions
        if file.versions.get(name) != first.versions.get(name)
    ]
    if mine["count"] != its["count"]:
        changed.insert(0, f"it is one of {mine['count']} shards and that one of {its['count']}")
    why = "; ".join(changed) or "their scenarios, clients, seeds or clocks differ"
    raise BadRecord(f"{path}: it is of other runs than {first_path}: {why}")


def _drills(file: RecordFile) -> list[list[Record]]:
    """Return the runs of a record, those of one drill together."""
    found: dict[tuple[str, str, str], list[Record]] = {}
    for run in file.runs:
        found.setdefault(_drill(run), []).append(run)
    return list(found.values())


def _drill(one: Record | Repeats) -> tuple[str, str, str]:
    return one.scenario, one.client, one.dialect
