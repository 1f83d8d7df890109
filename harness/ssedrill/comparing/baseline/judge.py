"""How the entries of a baseline stand to the runs of a record."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeVar

from ssedrill.comparing.baseline.entry import Baseline, Entry
from ssedrill.comparing.baseline.names import CLIENT
from ssedrill.comparing.drills import Drill, Key, broken_in, drills_of
from ssedrill.model.baselined import Baselined, Standing
from ssedrill.model.record import Outcome, Record, RecordFile, Repeats, Verdict
from ssedrill.model.scenario import OUTCOME

IN_OTHERS = "it passes in this dialect"
"""Why an entry that speaks of every dialect, and is right in one, is not stale in another."""
NOT_ALL = "it fails in another of these records, too, and is not known there"
"""Why what is known in one of several records is not known in the one that they become."""


class Failure(NamedTuple):
    """What a run that fails does wrong: its outcome, and a MUST that it breaks."""

    outcome: Outcome
    check: str


class Judged(NamedTuple):
    """How one entry, by its place in the file, stands to one drill; there is none for an entry that is not judged."""

    place: int
    key: Key | None
    standing: Standing
    said: str


def failures_of(drill: Drill) -> list[Failure] | None:
    """Return what the runs of a drill do wrong, each once; None if one was not tested, which nothing excuses."""
    found: dict[Failure, None] = {}
    for run in drill.runs:
        if run.verdict is Verdict.NOT_TESTED:
            return None
        if run.verdict is Verdict.FAIL:
            found |= dict.fromkeys(Failure(run.outcome, check) for check in broken_in(run) or (OUTCOME,))
    for one in drill.together:
        if one.verdict is Verdict.NOT_TESTED:
            return None
        if one.verdict is Verdict.FAIL:
            found |= dict.fromkeys(Failure(drill.outcome, check) for check in broken_in(one))
    return list(found)


def judge_entries(baseline: Baseline, file: RecordFile, today: date) -> list[Judged]:
    """Return how each entry stands to each drill that it speaks of, in the order of the file."""
    drills = drills_of(file)
    judged: list[Judged] = []
    of_drill: dict[Key, list[int]] = {}
    for index, entry in enumerate(baseline.entries):
        own = [drill for drill in drills.values() if entry.is_of(drill)]
        if not own:
            judged.append(Judged(index, None, Standing.NOT_SELECTED, "no such drill was run"))
        for drill in own:
            if why := _why_not_here(entry, drill, file):
                judged.append(Judged(index, drill.key, Standing.NOT_HERE, why))
            else:
                of_drill.setdefault(drill.key, []).append(index)
    for key, indices in of_drill.items():
        entries = [baseline.entries[index] for index in indices]
        standings = _standings(drills[key], entries, today)
        judged += [Judged(index, key, *standing) for index, standing in zip(indices, standings, strict=True)]
    right = _right_in_others(judged, lambda one: one.place)
    judged = [one._replace(standing=Standing.NOT_SEEN, said=IN_OTHERS) if one in right else one for one in judged]
    return sorted(judged, key=lambda one: one.place)


_Stood = TypeVar("_Stood", Judged, Baselined)


def _right_in_others(found: Sequence[_Stood], entry_of: Callable[[_Stood], Hashable]) -> set[_Stood]:
    """Return those that would be stale, but whose entry is right in another dialect."""
    known = {entry_of(one) for one in found if one.standing is Standing.KNOWN}
    return {one for one in found if one.standing is Standing.STALE and entry_of(one) in known}


def of_shards(found: Iterable[Baselined]) -> list[Baselined]:
    """Return what a baseline says of all shards, in its order, from what each was told: it may know only a part."""
    told = list(dict.fromkeys(found))
    run = {_of_entry(one) for one in told if one.standing is not Standing.NOT_SELECTED}
    kept = [one for one in told if one.standing is not Standing.NOT_SELECTED or _of_entry(one) not in run]
    right = _right_in_others(kept, _of_entry)
    kept = [replace(one, standing=Standing.NOT_SEEN, said=IN_OTHERS) if one in right else one for one in kept]
    return sorted(kept, key=lambda one: one.place)


def of_records(files: Sequence[RecordFile]) -> list[Baselined]:
    """Return what was said of several records, which become one: what is known in one only is not known of both."""
    drills = [list[Record | Repeats]([*file.runs, *file.repeats]) for file in files]
    bad = [{_key(one) for one in of_file if one.verdict.bad} for of_file in drills]
    known = [file.known.keys() for file in files]
    found = []
    for file in files:
        for one in file.baseline:
            elsewhere = any(_key(one) in fails - here for fails, here in zip(bad, known, strict=True))
            is_known = one.standing is Standing.KNOWN
            found.append(replace(one, standing=Standing.DIFFERENT, said=NOT_ALL) if is_known and elsewhere else one)
    return found


def _key(one: Record | Repeats | Baselined) -> tuple[str, str, str]:
    return one.scenario, one.client, one.dialect


def _of_entry(one: Baselined) -> tuple[object, ...]:
    return one.place, one.scenario, one.client, one.outcome, one.check, one.reason


def may_be_known(baseline: Baseline, run: Record, today: date) -> bool:
    """Tell whether a bad run, which is not the last one, fails as entries say; for these versions or for others."""
    drill = Drill(Key(run.scenario, run.client, run.dialect), (run,))
    own = [entry for entry in baseline.entries if entry.is_of(drill) and not _over(entry, today)]
    failures = failures_of(drill)
    return bool(failures) and all(any(entry.covers(*one) for entry in own) for one in failures or ())


def with_baseline(baseline: Baseline, file: RecordFile, today: date) -> list[Baselined]:
    """Return the same as it stands in a record."""
    found = []
    for one in judge_entries(baseline, file, today):
        entry = baseline.entries[one.place]
        dialect = entry.dialect if one.key is None else one.key.dialect
        about = (entry.scenario, entry.client, dialect, entry.outcome.value, entry.reason, entry.check)
        found.append(Baselined(one.standing, *about, one.said, one.place + 1))
    return found


def _standings(drill: Drill, entries: Sequence[Entry], today: date) -> list[tuple[Standing, str]]:
    """Return how the entries that speak of a drill, and hold here, stand to it."""
    failures = failures_of(drill)
    if drill.passes:
        return [(Standing.STALE, "it passes now: take the entry out (--write-baseline does)")] * len(entries)
    if not failures:
        return [(Standing.DIFFERENT, f"it is {drill.verdict} now, which nothing excuses")] * len(entries)
    valid = [entry for entry in entries if not _over(entry, today)]
    missed = [one for one in failures if not any(entry.covers(*one) for entry in valid)]
    told = "; ".join(f"{outcome}, breaking {check}" for outcome, check in missed)
    return [_standing(entry, failures, f"it is {told} now" if missed else "", today) for entry in entries]


def _standing(entry: Entry, failures: Sequence[Failure], missed: str, today: date) -> tuple[Standing, str]:
    if _over(entry, today):
        return Standing.EXPIRED, f"its last day was {entry.until}: mend it, or move the date"
    if missed:
        return Standing.DIFFERENT, missed
    if any(entry.covers(*one) for one in failures):
        return Standing.KNOWN, ""
    if any(entry.outcome is one.outcome for one in failures):
        return Standing.STALE, f"it no longer breaks {entry.check}: take the entry out (--write-baseline does)"
    return Standing.NOT_SEEN, "no run came out so"


def _over(entry: Entry, today: date) -> bool:
    return entry.until is not None and entry.until < today


def _why_not_here(entry: Entry, drill: Drill, file: RecordFile) -> str:
    """Say why an entry does not hold for a drill; empty if it does."""
    if entry.clock is not None and drill.clocks != {entry.clock}:
        return f"it is for the {entry.clock} clock; this was run on the {' and the '.join(sorted(drill.clocks))} one"
    for name, pattern in entry.versions.items():
        found = file.versions.get(f"client {entry.client}" if name == CLIENT else name, "")
        if not fnmatchcase(found, pattern):
            return f"it is for {name} {pattern}; this is {found or 'unknown'}"
    return ""
