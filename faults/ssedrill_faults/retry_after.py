"""How an answer asks its client to wait: Retry-After and its relatives."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["seconds", "decimal", "date", "ms-header", "body", "past-date", "garbage"]

HEADERS = frozenset({"retry-after", "retry-after-ms"})
"""The headers that ask for a wait, in lower case."""

PAST_S = 3600
"""How old the date of a "past-date" is."""


_RETRY_INFO = "google.rpc.RetryInfo"
_DURATION = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)s?")


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


def wait_in_body(body: str) -> float | None:
    """Return the longest wait in seconds that an error's JSON asks for; None if it asks for none, or is no JSON.

    Gateways put ``retry_after`` beside the error or inside it, as a number or a duration such as "30s"; Google's
    services put a google.rpc.RetryInfo among the error's details.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    waits = [seconds for place in _places(data) if (seconds := _seconds(place)) is not None]
    return max(waits, default=None)


def _places(data: object) -> Iterator[object]:
    """Give every value of an error body that is a wait."""
    for one in data if isinstance(data, list) else [data]:  # Google wraps the error of a stream in a list
        error = one.get("error") if isinstance(one, dict) else None
        for place in (place for place in (one, error) if isinstance(place, dict)):
            yield place.get("retry_after")
            details = place.get("details")
            for detail in details if isinstance(details, list) else []:
                if isinstance(detail, dict) and str(detail.get("@type")).endswith(_RETRY_INFO):
                    yield detail.get("retryDelay")


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float | str):
        return None
    found = _DURATION.fullmatch(str(value).strip())
    return float(found[1]) if found else None


def _date(epoch_s: int) -> str:
    return formatdate(epoch_s, usegmt=True)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
