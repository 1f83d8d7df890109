"""Write a baseline anew from what runs came to, and keep what people have written into it.

A file is taken for what stands before its first entry, and its entries, each with the comments right above it: an
entry is kept as it is, changed in place, or taken out together with its comments.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from ssedrill.comparing.baseline.entry import ENTRIES, Baseline, Entry
from ssedrill.comparing.baseline.judge import Failure, failures_of, judge_entries
from ssedrill.comparing.drills import Drill, drills_of
from ssedrill.loading.problems import Report
from ssedrill.model.baselined import Standing
from ssedrill.model.record import RecordFile

HEAD = """# Failures that are known: they are shown and counted, and do not make `ssedrill run --baseline` fail.
# Say in each reason why it is accepted; `until = 2030-12-31` is the last day for which it is.
"""
UNEXPLAINED = "not explained yet: "
"""How a reason begins that nobody has written; what happened follows."""

_HEADER = re.compile(rf"^\s*\[\[\s*{ENTRIES}\s*\]\]")


@dataclass(frozen=True)
class Rewritten:
    """A baseline's new text, and what was done to it."""

    text: str
    kept: int
    changed: int
    added: int
    removed: int


def check_kept(baseline: Baseline) -> None:
    """Raise BadScenario if what people have written into a baseline could not be kept when it is written anew."""
    _blocks(baseline)


def rewritten(baseline: Baseline, file: RecordFile, sources: Mapping[str, str], today: date) -> Rewritten:
    """Return the baseline that makes these runs green, as far as anything can: what was not tested stays red.

    Entries that were not judged stay as they are, and so does one that is over: its date is for people to move.
    ``sources`` are the files of scenarios that are not built in. Raises BadScenario if the text can't be kept.
    """
    head, blocks = _blocks(baseline)
    standings: dict[int, set[Standing]] = {}
    of_drill: dict[object, list[int]] = {}
    for one in judge_entries(baseline, file, today):
        standings.setdefault(one.place, set()).add(one.standing)
        if one.standing is not Standing.NOT_HERE:
            of_drill.setdefault(one.key, []).append(one.place)
    gone = {index for index, found in standings.items() if found == {Standing.STALE}}
    drills = drills_of(file)
    failing = {key: found for key, drill in drills.items() if (found := failures_of(drill))}
    entries = [*baseline.entries]  # as they are by then: one of several drills was perhaps changed for one
    covering = {
        index
        for key, found in failing.items()
        for index in of_drill.get(key, ())
        if any(entries[index].covers(*one) for one in found)
    }
    new: list[str] = []
    changed: set[int] = set()
    for key, failures in failing.items():
        own = [index for index in of_drill.get(key, ()) if index not in gone]
        missing = [one for one in failures if not any(entries[index].covers(*one) for index in own)]
        unused = [index for index in own if index not in covering | changed]
        unused = [index for index in unused if standings[index] == {Standing.DIFFERENT}]
        for failure in missing:
            if unused:
                index = unused.pop(0)
                blocks[index] = _edited(blocks[index], failure)
                entries[index] = _with(entries[index], failure)
                changed.add(index)
            else:
                new.append(_entry(drills[key], failure, _source(drills[key], baseline.path, sources)))
        gone |= set(unused)
    kept = [_left_of(block) if index in gone else block for index, block in enumerate(blocks)]
    newline = "\r\n" if "\r\n" in baseline.text else "\n"
    text = (head or HEAD.replace("\n", newline)) + "".join([*kept, *(one.replace("\n", newline) for one in new)])
    return Rewritten(text, len(blocks) - len(gone) - len(changed), len(changed), len(new), len(gone))


def _blocks(baseline: Baseline) -> tuple[str, list[str]]:
    """Return what stands before the first entry, and the text of each."""
    lines = baseline.text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\r\n" if lines[0].endswith("\r\n") else "\n"
    starts = [0]
    for number, line in enumerate(lines):
        # A line that looks so in the middle of a string begins nothing: what stands before it is not whole.
        if _HEADER.match(line) and _is_whole("".join(lines[starts[-1] : number])):
            while number > starts[-1] and lines[number - 1].lstrip().startswith("#"):
                number -= 1
            starts.append(number)
    ends = [*starts[1:], len(lines)]
    head, *blocks = ["".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    if _read(head) or [one for block in blocks for one in _read(block)] != _read(baseline.text):
        report = Report(str(baseline.path))
        report.add(ENTRIES, "it is not written in tables that can be kept", f"begin each entry with [[{ENTRIES}]]")
        report.raise_if_any()
    return head, blocks


def _left_of(block: str) -> str:
    """Return what stays of an entry that is taken out: comments below it, with an empty line before them."""
    lines = block.splitlines(keepends=True)
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    below = next((at for at in range(end, len(lines)) if not lines[at].strip()), len(lines))
    left = "".join(lines[below:])
    return left if left.strip() and _is_whole("".join(lines[:below])) else ""


def _read(text: str) -> list[Any]:
    return list(tomllib.loads(text).get(ENTRIES, []))


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _edited(block: str, failure: Failure) -> str:
    document = tomlkit.parse(block)
    table = document[ENTRIES][0]
    table["outcome"] = failure.outcome.value
    if "check" in table:
        table["check"] = failure.check
    return tomlkit.dumps(document)


def _with(entry: Entry, failure: Failure) -> Entry:
    return replace(entry, outcome=failure.outcome, check=failure.check if entry.check else "")


def _entry(drill: Drill, failure: Failure, source: str) -> str:
    run = next((one for one in drill.runs if one.outcome is failure.outcome), drill.worst)
    said = " ".join(run.summary.split())
    table = {
        "client": drill.key.client,
        "scenario": drill.key.scenario,
        "dialect": drill.key.dialect,
        "outcome": failure.outcome.value,
        "check": failure.check,
        "reason": UNEXPLAINED + said,
        "file": source,
        "spec": run.spec,
    }
    lines = [f"{name} = {tomlkit.string(value).as_string()}" for name, value in table.items() if value]
    return "\n".join(["", f"[[{ENTRIES}]]", *lines, ""])


def _source(drill: Drill, baseline: Path, sources: Mapping[str, str]) -> str:
    source = sources.get(drill.key.scenario)
    return "" if source is None else os.path.relpath(source, baseline.absolute().parent).replace(os.sep, "/")
