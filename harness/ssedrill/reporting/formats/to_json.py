"""Records to JSON and back: the file that ``--json`` writes and every report can be made from again.

The order of keys is that of the dataclasses, floats have six digits, and each operation of a plan and each thing that
a client said stands on a line of its own, so that two files can be compared by ``diff``. ``wall_s`` and
``printed`` of each run and ``meta`` are the only places for what differs between two runs that did the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from ssedrill.loading.toml_scenario import MOST_TOKENS
from ssedrill.model.attempt_json import Plans, attempt_from_json, attempt_to_json
from ssedrill.model.clean_text import safe
from ssedrill.model.codec import BadValue, Json, decode, encode
from ssedrill.model.most_calls import MOST_CALLS
from ssedrill.model.record import SCHEMA, CallRecord, ErrorSeen, Record, RecordFile
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.reporting.store.files import write_text
from ssedrill.reporting.store.json_layout import laid_out
from ssedrill_faults.plan import Plan

MOST_BYTES = 1 << 30
DEEPEST = 40
"""Levels of nesting of what may be anything."""
WALL = ("wall_s", "printed")
"""Fields that may differ between two runs which did the same: real time, and what the client's process printed."""


class BadRecord(ValueError):
    """A file is no record, or not one that this version reads; the message names the file and the place."""


def write(file: RecordFile, path: Path) -> None:
    """Write a record file, whole or not at all."""
    write_text(path, to_text(file))


def read(path: Path) -> RecordFile:
    """Read a record file; raises BadRecord, with file and place, if it isn't one."""
    data = read_bytes(path)
    try:
        return from_text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadRecord(f"{path}: byte {error.start} is not UTF-8") from None
    except BadRecord as error:
        raise BadRecord(f"{path}: {error}") from None


def read_bytes(path: Path) -> bytes:
    """Read a file that may be without an end; raises BadRecord if it can't be read, or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadRecord(f"{path}: can't be read: {error.strerror or error}") from None
    if len(data) > MOST_BYTES:
        raise BadRecord(f"{path}: is larger than {MOST_BYTES} bytes")
    return data


def to_text(file: RecordFile) -> str:
    """Return the JSON of a record file; the same file gives the same text."""
    plans = Plans()
    runs: list[Json] = [run_to_json(run, plans) for run in file.runs]
    body: dict[str, Json] = {
        "schema": file.schema,
        "versions": encode(file.versions),
        "meta": encode(file.meta),
        **({"planned": file.planned} if file.interrupted else {}),
        **{one: encode(had) for one in ("repeats", "scenarios", "price", "baseline") if (had := getattr(file, one))},
        "runs": runs,
        "plans": {name: plans.bodies[name] for name in sorted(plans.bodies)},
    }
    # What a client printed may hold characters that a terminal obeys: they stand in the file as escapes.
    return _TERMINAL.sub(lambda found: f"\\u{ord(found[0]):04x}", laid_out(body, 0)) + "\n"


def from_text(text: str) -> RecordFile:
    """Return the record file that a JSON text holds; raises BadRecord with the place."""
    body = parsed(text)
    if not isinstance(body, dict):
        raise BadRecord("not a record: expected an object with schema, versions and runs")
    if "schema" not in body and "runs" not in body:
        raise BadRecord("not a record of ssedrill, which has schema, versions and runs: name what --json has written")
    if body.get("schema") != SCHEMA:
        raise BadRecord(f"schema: {_wrong_schema(body.get('schema'))}; this version reads schema {SCHEMA}")
    if _depth(body.get("meta")) > DEEPEST:  # all else is read by its types, which are as deep as they are
        raise BadRecord("meta: nested too deeply to be a record")
    try:
        runs = decode(list[Any], body.pop("runs", None), "runs")
        plans = decode(dict[str, Plan], body.pop("plans", {}), "plans")
        file: RecordFile = decode(RecordFile, {**body, "runs": []}, "")
        file.runs = [run_from_json(run, plans, f"runs[{i}]") for i, run in enumerate(runs)]
    except BadValue as error:
        raise BadRecord(str(error)) from None
    return file


def parsed(text: str) -> Any:
    """Return a JSON text's value, strictly; raises BadRecord with the place."""
    try:
        return _JSON.decode(text)
    except json.JSONDecodeError as error:
        raise BadRecord(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from None
    except BadValue as error:
        raise BadRecord(str(error)) from None
    except ValueError:
        raise BadRecord("holds a number that is too long to be read") from None
    except RecursionError:
        raise BadRecord("nested too deeply to be a record") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise BadValue("stands twice in one object", safe(repr(twice), 80))
    return found


def _no_number(name: str) -> NoReturn:
    raise BadValue(f"{name} is no number that JSON has")


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


def _depth(value: Any) -> int:
    """Return how deeply a value is nested, as far as it matters."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        depth += 1
        level = [inner for one in level if isinstance(one, dict | list)
                 for inner in (one.values() if isinstance(one, dict) else one)]  # fmt: skip
    return depth


def _wrong_schema(found: object) -> str:
    """Say what is wrong with a schema: an older record lacks the marks of its tokens, and can't give them."""
    if type(found) is int and 0 < found < SCHEMA:
        return f"{found} is of an older ssedrill, whose runs must be made again"
    return f"{safe(repr(found), 80)} is unknown"


def run_to_json(record: Record, plans: Plans) -> dict[str, Json]:
    """Return one run under the names of the record; its plans are added to ``plans``."""
    body = encode(replace(record, wire=replace(record.wire, attempts=[])), full=True)
    assert isinstance(body, dict)
    body |= _numbers_and_error(record)
    empty = {name for name in ("spec", "printed") if not body[name]}
    body = {name: value for name, value in body.items() if name not in {"calls", *empty}}
    if record.calls:  # a run that does not speak of calls has no such key
        body["calls"] = [_call_to_json(call) for call in record.calls]
    wire = body.pop("wire")
    assert isinstance(wire, dict)
    if record.wire.attempts:
        wire["attempts"] = [attempt_to_json(log, plans) for log in record.wire.attempts]
    body["journals"] = {"wire": wire, "tokens": body.pop("tokens")}
    return body


def _call_to_json(call: CallRecord) -> Json:
    body = encode(call, full=True)
    assert isinstance(body, dict)
    return body | _numbers_and_error(call)


def _numbers_and_error(record: Record | CallRecord) -> dict[str, Json]:
    """Return both as they stand in a file: every name stands, so that a reader need not know the defaults."""
    numbers = encode(record.numbers, full=True)
    assert isinstance(numbers, dict)
    for name in ("recovery", "retry_after"):
        numbers[name] = encode(getattr(record.numbers, name), full=True)
    found: dict[str, Json] = {"numbers": numbers}
    if record.error is not None:
        found["error"] = {"class": encode(record.error.error_class), "message": encode(record.error.message)}
    return found


def _error_from_json(value: Any, place: str) -> ErrorSeen | None:
    if value is None:
        return None
    error = decode(dict[str, str], value, place)
    if set(error) != {"class", "message"}:
        raise BadValue("expected class and message", place)
    return ErrorSeen(error["class"], error["message"])


def _calls_from_json(value: Any, place: str) -> list[CallRecord]:
    bodies = decode(list[Any], value, place)
    if len(bodies) > MOST_CALLS:
        raise BadValue(f"{len(bodies)} are more than {MOST_CALLS}, which a scenario can have", place)
    calls = [_call_from_json(body, f"{place}[{i}]") for i, body in enumerate(bodies)]
    numbers: set[int] = set()
    for i, call in enumerate(calls):
        if not 1 <= call.number <= MOST_CALLS:
            raise BadValue(f"{call.number} is out of range", f"{place}[{i}].number")
        if call.number in numbers:
            raise BadValue(f"{call.number} stands for another call already", f"{place}[{i}].number")
        numbers.add(call.number)
    return calls


def _check_whose(record: Record, place: str) -> None:
    """Refuse attempts of calls that are missing; a client may have named one that never began, after all others."""
    known = {0, *(call.number for call in record.calls)}
    for i, attempt in enumerate(record.wire.attempts):
        if attempt.call not in known and not max(known) < attempt.call <= MOST_CALLS:
            raise BadValue(f"{attempt.call} is none of the run's calls", f"{place}[{i}].call")


def _call_from_json(value: Any, place: str) -> CallRecord:
    body = decode(dict[str, Any], value, place)
    error = _error_from_json(body.pop("error", None), f"{place}.error")
    call: CallRecord = decode(CallRecord, body, place)
    call.error = error
    return call


def run_from_json(body: Any, plans: dict[str, Plan], place: str) -> Record:
    """Return the run that a JSON value stands for; raises BadValue."""
    if not isinstance(body, dict):
        raise BadValue("expected an object", place)
    rest = {name: value for name, value in body.items() if name not in ("journals", "error", "calls")}
    for name in ("wire", "tokens"):
        if name in rest:
            raise BadValue("is not known here", f"{place}.{name}")
    record: Record = decode(Record, rest, place)
    record.error = _error_from_json(body.get("error"), f"{place}.error")
    record.calls = _calls_from_json(body.get("calls", []), f"{place}.calls")
    journals = decode(dict[str, Any], body.get("journals", {}), f"{place}.journals")
    if unknown := sorted(set(journals) - {"wire", "tokens"}):
        raise BadValue("is not known here", f"{place}.journals.{unknown[0]}")
    wire = decode(dict[str, Any], journals.get("wire", {}), f"{place}.journals.wire")
    attempts = decode(list[Any], wire.pop("attempts", []), f"{place}.journals.wire.attempts")
    record.wire = decode(WireJournal, wire, f"{place}.journals.wire")
    record.wire.attempts = [
        attempt_from_json(attempt, plans, f"{place}.journals.wire.attempts[{i}]")
        for i, attempt in enumerate(attempts)
    ]
    _check_whose(record, f"{place}.journals.wire.attempts")
    record.tokens = decode(TokenJournal, journals.get("tokens", {}), f"{place}.journals.tokens")
    _check_shown(record, f"{place}.shown")
    for i, call in enumerate(record.calls):
        _check_shown(call, f"{place}.calls[{i}].shown")
        _check_shown(_without_missing(call), f"{place}.calls[{i}].shown", missing=0)  # there may be many calls
    return record


def _without_missing(call: CallRecord) -> CallRecord:
    return replace(call, shown=[run for run in call.shown if run.entry])


def _check_shown(record: Record | CallRecord, place: str, missing: int = MOST_TOKENS) -> None:
    """Refuse more tokens than there can be: a few bytes of a file must not become gigabytes of memory."""
    shown = sum(len(entry.text) for entry in record.tokens.entries if entry.kind == "text")
    if sum(max(0, run.count) for run in record.shown) > shown + missing:  # each has a character, or is missing
        raise BadValue("has more tokens than the client's text has room for", place)


def fingerprint(record: Record) -> str:
    """Return a hash of everything in a run but what may differ (WALL): equal runs have equal fingerprints."""
    # A plan's digest stands for all that is in it.
    body = {name: value for name, value in run_to_json(record, Plans()).items() if name not in WALL}
    return hashlib.sha256(json.dumps(body, ensure_ascii=True).encode()).hexdigest()


_TERMINAL = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
