"""From a TOML document to a scenario: every key looked at, every problem told.

Nothing here opens a file; :mod:`ssedrill.loading.load` does. The document has passed :func:`check_shapes` first, so
that what follows may recurse and print without bounds of its own.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from unicodedata import category

from ssedrill.dialects import ALL, DIALECTS
from ssedrill.dialects.exchange import Resumption
from ssedrill.loading.attempts import check_attempts, check_doors, read_attempts
from ssedrill.loading.calls import read_calls, variants
from ssedrill.loading.expectations import read_expectations
from ssedrill.loading.problems import Report, joined, nearest, shown
from ssedrill.loading.settings import build, read_duration
from ssedrill.model.record import Severity
from ssedrill.model.scenario import OUTCOME, Attempt, Scenario, Server, Stream

MOST_TOKENS = 100_000
MOST_REQUESTS = 10_000
MOST_STRINGS = 100
MOST_WORK = 500_000
MOST_NAME_CHARS = 64
DEEPEST = 12

KEYS = (
    *("name", "about", "why", "covers", "seen_in", "tags", "dialects", "patience", "deadline", "max_requests"),
    *("stream", "server", "call", "attempt", "must", "should"),
)
"""The keys of a scenario file."""

_EXAMPLES = {"covers": "tcp-rst-mid-stream", "tags": "basic"}
_UNSEEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they change the order of what is shown
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+#[1-9][0-9]{0,8}")
_DEFAULTS = {item.name: item.default for item in fields(Scenario)}


def check_shapes(document: Mapping[str, Any], report: Report) -> None:
    """Note dates and tables nested too deep; looks at everything without recursion."""
    waiting: list[tuple[str, Any, int]] = [("", document, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > DEEPEST:
            report.add(path[:200], "nested too deep", f"a scenario needs no more than {DEEPEST} levels")
            return
        if isinstance(value, Mapping):
            waiting += [(joined(path, key), item, depth + 1) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}[{i}]", item, depth + 1) for i, item in enumerate(value)]
        elif isinstance(value, datetime.date | datetime.time):
            report.add(path, "a date or time of day", "put it in quotes: scenarios hold strings and numbers")


def read_scenario(document: Mapping[str, Any], family: str, report: Report) -> Scenario | None:
    """Return the scenario, or None with the reasons in the report."""
    before = len(report.problems)
    for key in document:
        if key not in KEYS:
            report.unknown("", key, KEYS)
    stream = build(Stream, document["stream"], "stream", report) if "stream" in document else Stream()
    server = build(Server, document["server"], "server", report) if "server" in document else Server()
    calls = read_calls(document, report)
    own_rules = bool(calls) and all(group.attempts for group in calls) and "attempt" not in document
    own_bounds = bool(calls) and all(group.expectations for group in calls) and "must" not in document
    scenario = Scenario(
        name=_name(document, report),
        about=_prose(document, "about", report, required=True),
        why=_prose(document, "why", report),
        seen_in=_threads(document, report),
        covers=_names(document, "covers", report),
        tags=_names(document, "tags", report),
        dialects=_dialects(document, report),
        stream=stream or Stream(),
        attempts=(Attempt(),) if own_rules else read_attempts(document, report),
        expectations=() if own_bounds else read_expectations(document, report),
        calls=calls,
        patience_s=_duration(document, "patience", report),
        deadline_s=_duration(document, "deadline", report),
        max_requests=_whole(document, "max_requests", MOST_REQUESTS, report),
        family=family,
        source=report.file,
        server=server or Server(),
    )
    if stream is not None:
        _check_stream(stream, report)
    if len(report.problems) == before:
        _check_sense(scenario, report)
    return scenario if len(report.problems) == before else None


def is_name(name: str) -> bool:
    """Tell whether a scenario may be called so."""
    return bool(_NAME.fullmatch(name)) and len(name) <= MOST_NAME_CHARS


def _name(document: Mapping[str, Any], report: Report) -> str:
    name = document.get("name")
    right = 'write name = "..." in lower case with hyphens, as the file is called, without .toml'
    if not isinstance(name, str):
        report.add("name", "missing" if name is None else f"{shown(name)} is no string", right)
    elif not is_name(name):
        wrong = f"{shown(name)} is no name of at most {MOST_NAME_CHARS} letters, digits and hyphens"
        report.add("name", wrong, right)
    return str(name)


def _prose(document: Mapping[str, Any], key: str, report: Report, *, required: bool = False) -> str:
    text = document.get(key)
    right = f'write {key} = "..." in a sentence or two'
    if text is None and not required:
        return ""
    if not isinstance(text, str) or not text.strip():
        report.add(key, "missing" if text is None else f"{shown(text)} says nothing", right)
    elif any(char not in "\n\t" and (char in _UNSEEN or category(char) == "Cc") for char in text):
        report.add(key, "holds control characters", "write plain text")
    return str(text).strip()


def _strings(document: Mapping[str, Any], key: str, report: Report, right: str) -> dict[int, str]:
    """Return the strings of a list by their index."""
    value = document.get(key, [])
    if not isinstance(value, list) or len(value) > MOST_STRINGS:
        wrong = f"more than {MOST_STRINGS} strings" if isinstance(value, list) else f"{shown(value)} is no list"
        report.add(key, wrong, right)
        return {}
    for i, item in enumerate(value):
        if not isinstance(item, str):
            report.add(f"{key}[{i}]", f"{shown(item)} is no string", right)
        elif item in value[:i]:
            report.add(f"{key}[{i}]", f"{shown(item)} stands there twice", "keep one of them")
    return {i: item for i, item in enumerate(value) if isinstance(item, str)}


def _threads(document: Mapping[str, Any], report: Report) -> tuple[str, ...]:
    right = 'cite public threads as ["owner/repository#number"]'
    threads = _strings(document, "seen_in", report, right)
    for i, thread in threads.items():
        if not _THREAD.fullmatch(thread):
            report.add(f"seen_in[{i}]", f"{shown(thread)} is no thread", right)
    return tuple(threads.values())


def _names(document: Mapping[str, Any], key: str, report: Report) -> tuple[str, ...]:
    right = f'write names in lower case with hyphens, as in {key} = ["{_EXAMPLES[key]}"]'
    names = _strings(document, key, report, right)
    for i, name in names.items():
        if not is_name(name):
            report.add(f"{key}[{i}]", f"{shown(name)} is no name of at most {MOST_NAME_CHARS} characters", right)
    return tuple(names.values())


def _dialects(document: Mapping[str, Any], report: Report) -> tuple[str, ...]:
    known = tuple(DIALECTS)
    if document.get("dialects") == ALL:
        return known
    right = f'write "{ALL}", or list them as ["' + '", "'.join(known) + '"]'
    names = _strings(document, "dialects", report, right)
    for i, name in names.items():
        if name not in known:
            report.add(f"dialects[{i}]", f"unknown dialect {shown(name)}", nearest(name, known))
    if not document.get("dialects", []):
        report.add("dialects", "missing or empty", f'write "{ALL}", or list at least one of {", ".join(known)}')
    return tuple(names.values())


def _duration(document: Mapping[str, Any], key: str, report: Report) -> float:
    default: Any = _DEFAULTS[f"{key}_s"]
    return read_duration(document[key], key, report) if key in document else float(default)


def _whole(document: Mapping[str, Any], key: str, most: int, report: Report) -> int:
    value = document.get(key, _DEFAULTS[key])
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
        return value
    report.add(key, f"{shown(value)} is out of range", f"write a whole number from 1 to {most}")
    return most


def _check_stream(stream: Stream, report: Report) -> None:
    if not 1 <= stream.tokens <= MOST_TOKENS:
        right = f"write a whole number from 1 to {MOST_TOKENS}"
        report.add("stream.tokens", f"{shown(stream.tokens)} is out of range", right)
    if stream.ping_every is not None and stream.ping_every < 1:
        report.add("stream.ping_every", f"{shown(stream.ping_every)} is out of range", "write 1 or more")


def _check_sense(scenario: Scenario, report: Report) -> None:
    """Note what is right by itself and makes no sense together."""
    if scenario.patience_s >= scenario.deadline_s:
        right = f"make it shorter than the deadline of {scenario.deadline_s:g} s"
        report.add("patience", "a client could never run out of it", right)
    retry_s, by_cursor = scenario.stream.retry_s, [name for name in DIALECTS if _goes_by_cursor(name)]
    if retry_s is not None and not set(by_cursor) & set(scenario.dialects):
        right = f"leave it out; those that do are {', '.join(by_cursor)}"
        report.add("stream.retry", "no dialect here says when to reconnect", right)
    if retry_s is not None and round(retry_s * 1000) != round(retry_s * 1000, 6):
        report.add("stream.retry", "it is said in whole milliseconds", 'write such as "500 ms"')
    if scenario.stream.tokens * scenario.stream.every_s >= scenario.deadline_s:
        right = f"end a healthy stream within the deadline of {scenario.deadline_s:g} s"
        report.add("stream.every", "even a healthy stream would take too long", right)
    for one in variants(scenario):
        _check_rules(one.scenario, report.under(one.place))
    check_doors(scenario, report)


def _check_rules(scenario: Scenario, report: Report) -> None:
    if len(scenario.attempts) > scenario.max_requests:
        right = f"allow {len(scenario.attempts)} or more, one for each attempt"
        report.add("max_requests", "the last attempts could never be reached", right)
    if len(scenario.attempts) * scenario.stream.tokens > MOST_WORK:
        right = f"keep the tokens of all attempts together under {MOST_WORK}"
        report.add("stream.tokens", "too many for so many attempts", right)
    check_attempts(scenario, report)
    for i, attempt in enumerate(scenario.attempts):
        if attempt.when is not None and attempt.when.fallback and not scenario.server.fallback:
            right = "give the run a second address: fallback = true under [server]"
            report.add(f"attempt[{i}].when.fallback", "no request can come to where nobody listens", right)
    bounds = {(e.severity, e.key): e.bound for e in scenario.expectations}
    must, should = (bounds.get((severity, OUTCOME)) for severity in Severity)
    if isinstance(must, tuple) and isinstance(should, tuple) and not set(should) <= set(must):
        beyond = ", ".join(outcome for outcome in should if outcome not in must)
        report.add("should.outcome", f"[must] forbids {beyond}", "keep to what [must] allows")


def _goes_by_cursor(dialect: str) -> bool:
    return DIALECTS[dialect].resumption is Resumption.CURSOR
