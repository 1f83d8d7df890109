"""Runs on disk as they are made, a line each: whatever ends the harness, what was finished is there.

The first line is the :class:`Head`: what the runs are runs of. Every other line is one run, by its place among those
that were planned, with the plans that no line before it has. Lines are only ever appended; the last one may have been
cut off. Once every run is done and every report is written, nobody needs the log any more.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ssedrill.model.attempt_json import Plans
from ssedrill.model.codec import BadValue, Json, decode, encode
from ssedrill.model.record import SCHEMA, Record, RecordFile
from ssedrill.model.scenario import Scenario
from ssedrill.model.scenario_facts import ScenarioFacts
from ssedrill.reporting.formats.to_json import BadRecord, parsed, read_bytes, run_from_json, run_to_json
from ssedrill.reporting.store.files import NotWritable, make_writable
from ssedrill_faults.plan import Plan

LOG_SUFFIX = ".jsonl"
LOG_NAME = f"runs{LOG_SUFFIX}"
"""In the folder of a report; beside a record ``x.json`` it is ``x.runs.jsonl``."""


@dataclass(frozen=True)
class Head:
    """What the runs of a log are runs of: two logs with equal heads plan the same runs in the same order."""

    clock: str
    seed: int
    repeat: int
    dialects: tuple[str, ...]  # those that were asked for; empty for all
    clients: tuple[str, ...]
    scenarios: dict[str, str]  # a digest of each, by name
    versions: dict[str, str]
    planned: int  # so many runs
    schema: int = SCHEMA
    shard: str = ""  # which part of all runs these are, as K/N; empty for all
    told: tuple[ScenarioFacts, ...] = ()  # what the scenarios say of themselves; their digests are of that too

    def differs(self, other: Head) -> list[str]:
        """Say in what another head is not the same, a line each; ``self`` is how it was."""
        found = []
        for field in (one for one in fields(self) if one.name != "told"):
            was, now = getattr(self, field.name), getattr(other, field.name)
            if isinstance(was, dict):
                changed = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
                found += [f"{field.name}: {name} {_change(was.get(name), now.get(name))}" for name in changed]
            elif was != now:
                found.append(f"{field.name}: was {_plain(was)}, is {_plain(now)}")
        return found


def digest(thing: Scenario | Head) -> str:
    """Return what differs if anything in a scenario, or in what is planned, differs."""
    return hashlib.sha256(repr(thing).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def log_paths(json_file: Path | None, folder: Path | None) -> list[Path]:
    """Return where runs are written down if a record and a report are to be written there."""
    paths = [] if folder is None else [folder / LOG_NAME]
    if json_file is not None and (json_file.is_file() or not json_file.exists()):  # beside a device is no place
        paths.append(json_file.with_name(f"{json_file.stem}.{LOG_NAME}"))
    return list(dict.fromkeys(paths))


class RunLog:
    """Appends runs to one log or several with the same lines.

    If one can't be written meanwhile (a full disk), its lines wait in memory for the next one, and ``warn`` is told
    once. ``resume`` names the log that is gone on with, which is one of ``paths``.
    """

    def __init__(self, paths: Sequence[Path], *, resume: Path | None, warn: Callable[[str], None]) -> None:
        self._paths = paths
        self._resume = resume
        self._warn = warn
        self._plans = Plans()
        self._files: list[_LogFile] = []

    def begin(self, head: Head) -> dict[int, Record]:
        """Open the logs and return the runs that are done already, by their place in the plan.

        Raises BadRecord if the log that is gone on with is none, or of other runs than these; NotWritable if one
        can't be made. An unfinished log of other runs is kept under another name.
        """
        done: dict[int, Record] = {}
        written = _line(encode(head, full=True))
        if self._resume is not None:
            if not self._resume.exists():
                missing = f"there is no {self._resume}: a run that went to its end leaves none"
                raise BadRecord(f"there is nothing to go on with; {missing}")
            written = _whole_lines(read_bytes(self._resume))
            before, done = _parsed_log(written, self._resume)
            if different := before.differs(head):
                raise BadRecord(f"{self._resume} is of other runs than these: {'; '.join(different)}")
            for record in done.values():
                self._written(record)  # from now on its plans are known
        elif old := [path for path in self._paths if path.exists() and path.stat().st_size]:
            for path in old:
                os.replace(path, path.with_name(f"{path.name}.bak"))
            self._warn(f"An unfinished run was there (--resume goes on with one): it is kept as {old[0]}.bak")
        self._files = [_LogFile(path, written, self._warn, there=path == self._resume) for path in self._paths]
        return done

    def add(self, index: int, record: Record) -> None:
        """Append a run, which is the ``index``-th of those that were planned."""
        body, plans = self._written(record)
        line = _line({"index": index, "run": body, "plans": plans})
        for file in self._files:
            file.append(line)

    def _written(self, record: Record) -> tuple[dict[str, Json], dict[str, Json]]:
        """Return a run as it is written, and its plans that no run before it had; they are not kept."""
        body = run_to_json(record, self._plans)
        new, self._plans.bodies = self._plans.bodies, {}
        return body, new

    def close(self, *, complete: bool) -> None:
        """Close the logs, and remove them if they are not needed any more."""
        for file in self._files:
            file.close(remove=complete)


class _LogFile:
    """One log, which holds whole lines or, after a disaster, the beginning of one more.

    ``written`` is what it begins with; if that is ``there`` already, it stays: a log is never shorter for a moment.
    """

    def __init__(self, path: Path, written: bytes, warn: Callable[[str], None], *, there: bool) -> None:
        self._path = path
        self._warn = warn
        self._warned = False
        self._size = len(written)
        self._waiting: list[bytes] = []
        make_writable(path)
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            os.ftruncate(self._fd, len(written) if there else 0)
            if not there:
                self._write(written)
        except OSError as error:
            raise NotWritable(f"can't write {path}: {error.strerror or error}") from error

    def append(self, line: bytes) -> None:
        """Write a line, and those that wait, or keep them for later."""
        self._waiting.append(line)
        try:
            while self._waiting:
                self._write(self._waiting[0])
                self._size += len(self._waiting.pop(0))
        except OSError as error:
            os.ftruncate(self._fd, self._size)  # half a line would spoil the next one
            if not self._warned:
                self._warned = True
                self._warn(f"{self._path} can't be written ({error.strerror}): runs stay in memory until the end")

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._fd, line) :]

    def close(self, *, remove: bool) -> None:
        """Close the file."""
        os.close(self._fd)
        if remove:
            self._path.unlink(missing_ok=True)


def read_log(path: Path) -> tuple[Head, dict[int, Record]]:
    """Return the head of a log and its runs, by their place in the plan. Raises BadRecord, with file and line."""
    return _parsed_log(_whole_lines(read_bytes(path)), path)


def _parsed_log(text: bytes, path: Path) -> tuple[Head, dict[int, Record]]:
    lines = text.splitlines()
    place = f"{path}, line 1"
    try:
        if not lines:
            raise BadValue("no run was begun")
        head: Head = decode(Head, _object(lines[0]), "")
        if head.schema != SCHEMA:
            raise BadValue(f"{head.schema} is not {SCHEMA}, which this version reads", "schema")
        done: dict[int, Record] = {}
        plans: dict[str, Plan] = {}
        for number, line in enumerate(lines[1:], start=2):
            place = f"{path}, line {number}"
            body = decode(dict[str, Any], _object(line), "")
            plans |= decode(dict[str, Plan], body.get("plans"), "plans")
            index = decode(int, body.get("index"), "index")
            if not 0 <= index < head.planned:
                raise BadValue(f"{index} is none of {head.planned} planned runs", "index")
            done[index] = run_from_json(body.get("run"), plans, "run")
    except BadValue as error:
        raise BadRecord(f"{place}: {error}") from None
    return head, done


def file_of(head: Head, done: Mapping[int, Record]) -> RecordFile:
    """Return the record file of a log's runs, in the order in which they were planned."""
    runs = [done[index] for index in sorted(done)]
    return RecordFile(head.versions, runs, planned=head.planned, scenarios=list(head.told))


def _line(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _whole_lines(text: bytes) -> bytes:
    """Return the text of a file without what was cut off at its end."""
    return text[: text.rfind(b"\n") + 1]


def _object(line: bytes) -> Any:
    try:
        return parsed(line.decode())
    except UnicodeDecodeError:
        raise BadValue("not UTF-8") from None
    except BadRecord as error:
        raise BadValue(str(error)) from None


def _change(was: str | None, now: str | None) -> str:
    if was is None or now is None:
        return "is new" if was is None else "is missing"
    return f"has changed ({was}, now {now})"


def _plain(value: object) -> str:
    return (", ".join(value) or "all") if isinstance(value, tuple) else str(value)
