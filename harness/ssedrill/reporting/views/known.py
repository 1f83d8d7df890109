"""Failures that a baseline knows, as reports show them: apart from the others; and what else it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ssedrill.model.baselined import Baselined, Standing
from ssedrill.model.record import RecordFile, Verdict
from ssedrill.model.scenario import OUTCOME


def with_known(file: RecordFile) -> RecordFile:
    """Return the record as it is shown: what is bad in drills whose failures are all known is "known"."""
    known = file.known
    if not known:
        return file
    runs = []
    for run in file.runs:
        entries = known.get((run.scenario, run.client, run.dialect))
        if entries is not None and run.verdict.bad:
            notes = [f"known: {reason}" for reason in dict.fromkeys(one.reason for one in entries)]
            run = replace(run, verdict=Verdict.KNOWN, notes=[*run.notes, *notes])
        runs.append(run)
    repeats = [
        one for one in file.repeats if not (one.verdict.bad and (one.scenario, one.client, one.dialect) in known)
    ]
    return replace(file, runs=runs, repeats=repeats)


def told(file: RecordFile) -> list[tuple[Standing, list[str]]]:
    """Return a line for each entry of the baseline by how it stands, what is bad first."""
    found: dict[Standing, list[str]] = {}
    for one in file.baseline:
        found.setdefault(one.standing, []).append(line_of(one))
    ordered = sorted(found, key=lambda standing: (not standing.bad, [*Standing].index(standing)))
    return [(standing, found[standing]) for standing in ordered]


def not_holding(file: RecordFile) -> str:
    """Say how many entries are red; nothing if none is."""
    count = sum(one.standing.bad for one in file.baseline)
    if not count:
        return ""
    return "1 entry of the baseline does not hold" if count == 1 else f"{count:,} entries of the baseline do not hold"


def heading(standing: Standing, lines: Sequence[str]) -> str:
    """Return what stands above such lines."""
    return f"{_HEADINGS[standing]} ({len(lines)})"


_HEADINGS = {
    Standing.KNOWN: "Known failures",
    Standing.DIFFERENT: "In the baseline, but it fails differently",
    Standing.STALE: "In the baseline, but stale",
    Standing.EXPIRED: "In the baseline, but its time is over",
    Standing.NOT_SEEN: "In the baseline, and not seen",
    Standing.NOT_HERE: "In the baseline, and not for this run",
    Standing.NOT_SELECTED: "In the baseline, and not selected",
}


def line_of(one: Baselined) -> str:
    """Return what is to be said of an entry."""
    dialect = f" ({one.dialect})" if one.dialect else ""
    check = f", breaking {one.check}" if one.check not in ("", OUTCOME) else ""
    said = f"; {one.said}" if one.said else ""
    reason = one.reason if one.standing is Standing.KNOWN else f"{one.outcome}{check}"
    outcome = f"{one.outcome}{check}: " if one.standing is Standing.KNOWN else ""
    return f"{one.scenario}: {one.client}{dialect}: {outcome}{' '.join(reason.split())}{said}"
