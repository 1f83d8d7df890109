"""How an answer asks its client to wait: Retry-After and its relatives."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["seconds", "decimal", "date", "ms-header", "body", "past-date", "garbage"]

HEADERS = frozenset({"retry-after", "retry-after-ms"})
"""The headers that ask for a wait, in lower case."""

PAST_S = 3600
"""How old the date of a "past-date" is."""


_RETRY_INFO = "google.rpc.RetryInfo"
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_WAITS: Mapping[str, float] = {
    **dict.fromkeys(("retryafter", "retryafters", "retryafterseconds"), 1.0),
    **dict.fromkeys(("retryafterms", "retryaftermilliseconds", "retryafterinms"), 0.001),
}
"""The members of an error that are a wait, without case, ``_`` and ``-``, and what they count in, in seconds."""
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(
    r"([0-9]{1,15}(?:\.[0-9]{1,15})?) ?(?:(?P<ms>ms|milliseconds?)|(?P<s>s|secs?|seconds?)|(?P<m>m|mins?|minutes?)"
    r"|(?P<h>h|hrs?|hours?))(?![a-z]) ?",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    r"\b(?:retry|try again|wait)(?: the request| your request)?(?: in| after| for)?(?: about)? (?=[0-9])",
    re.IGNORECASE,
)
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


@dataclass(frozen=True, slots=True)
class Asked:
    """A wait as it is spelled."""

    headers: tuple[tuple[str, str], ...] = ()
    in_body: str | None = None  # for error bodies: a number of seconds
    wait_s: float | None = None  # what a client that understands it has to wait


def check(wait_s: float | None, form: Form) -> None:
    """Raise ValueError if this wait can't be spelled in this form."""
    if form in ("past-date", "garbage"):
        if wait_s is not None:
            raise ValueError(f"retry_after_s means nothing with form = {form}: leave it out")
    elif wait_s is None:
        if form != "seconds":
            raise ValueError(f"form = {form} needs a retry_after_s to spell")
    elif not 0 <= wait_s < math.inf:
        raise ValueError("retry_after_s must be a time from zero up; for one gone by use form = past-date")
    elif form == "seconds" and wait_s % 1:
        raise ValueError("retry_after_s is no whole number of seconds: use form = decimal")


def spell(wait_s: float | None, form: Form, now_epoch_s: float) -> Asked:
    """Spell a wait, as seen at this moment of the wall clock."""
    if form == "past-date":
        return Asked(headers=(("Retry-After", _date(math.floor(now_epoch_s) - PAST_S)),))
    if form == "garbage":
        return Asked(headers=(("Retry-After", "soon"),))
    if wait_s is None:
        return Asked()
    match form:
        case "seconds":
            return Asked((("Retry-After", f"{wait_s:.0f}"),), None, wait_s)
        case "decimal":
            text = _number(wait_s)
            return Asked((("Retry-After", text if "." in text else f"{text}.0"),), None, wait_s)
        case "date":
            # Dates have whole seconds: up, so that a client that obeys has waited at least as long as asked.
            due = math.ceil(now_epoch_s + wait_s)
            return Asked((("Retry-After", _date(due)),), None, due - now_epoch_s)
        case "ms-header":
            return Asked((("retry-after-ms", _number(wait_s * 1000)),), None, wait_s)
        case "body":
            return Asked((), _number(wait_s), wait_s)


def wait_in_header(text: str, now_epoch_s: float) -> float | None:
    """Return the wait in seconds that a Retry-After asks for: it is a number of seconds, or a date that is to come.

    Servers write fractions of seconds too, though HTTP has none. Anything else asks for nothing.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _DATE.fullmatch(text):
        return None
    try:
        wait_s = parsedate_to_datetime(text).timestamp() - now_epoch_s
    except ValueError:
        return None
    return wait_s if wait_s > 0 else None


def wait_in_body(body: str) -> float | None:
    """Return the wait in seconds that an error's body asks for; None if it asks for none.

    Gateways put ``retry_after`` (or ``retryAfter``, ``retry_after_ms`` ...) beside the error or inside it, as a
    number or a duration such as "30s"; Google's services put a google.rpc.RetryInfo among the error's details. Of
    several waits it is the longest. If there is none, what is said in words counts: "Please retry in 26.66s", "try
    again in 2m30s".
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    waits = [seconds for place, unit in _places(data) if (seconds := _seconds(place, unit)) is not None]
    return max(waits, default=None) if waits else _in_words(body)


def _in_words(text: str) -> float | None:
    """Return the longest wait that a text asks its reader for."""
    waits = []
    for found in _IN_WORDS.finditer(text):
        seconds, end = _parts(text, found.end())
        waits += [seconds] if end > found.end() else []
    return max(waits, default=None)


def _parts(text: str, at: int) -> tuple[float, int]:
    """Return how many seconds the times with units are together that stand there, and where they end."""
    seconds = 0.0
    while part := _PART.match(text, at):
        seconds += sum(float(part[1]) * factor for unit, factor in _UNITS.items() if part[unit])
        at = part.end()
    return round(seconds, 9), at


def _places(data: object) -> Iterator[tuple[object, float]]:
    """Give every value of an error body that is a wait, and what it counts in, in seconds."""
    for one in data if isinstance(data, list) else [data]:  # Google wraps the error of a stream in a list
        error = one.get("error") if isinstance(one, dict) else None
        for place in (place for place in (one, error) if isinstance(place, dict)):
            named = ((value, _WAITS.get(re.sub("[_-]", "", key.lower()))) for key, value in place.items())
            yield from ((value, unit) for value, unit in named if unit is not None)
            details = place.get("details")
            for detail in details if isinstance(details, list) else []:
                if isinstance(detail, dict) and str(detail.get("@type")).endswith(_RETRY_INFO):
                    yield detail.get("retryDelay"), 1.0


def _seconds(value: object, unit: float) -> float | None:
    """Return a wait in seconds; a number without a unit of its own counts in this one."""
    if isinstance(value, dict):  # a google.protobuf.Duration whose JSON nobody has shortened
        whole, nanos = value.get("seconds", 0), value.get("nanos", 0)
        parts = [_seconds(whole, 1.0), _seconds(nanos, 1.0)] if value.keys() & {"seconds", "nanos"} else [None]
        return None if None in parts else (parts[0] or 0.0) + (parts[1] or 0.0) / 1e9
    if not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return round(float(text) * unit, 9)
    seconds, end = _parts(text, 0)
    return seconds if text and end == len(text) else None


def _date(epoch_s: int) -> str:
    return formatdate(epoch_s, usegmt=True)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
