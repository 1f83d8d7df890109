"""How long to wait before the next attempt: what the server asks for, else back-off with jitter."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

FLOOR_S = 0.35
"""Never sooner than this: a server in trouble is not helped by an answer within the same breath."""
BASE_S = 0.5
CAP_S = 8.0
LONGEST_S = 120.0
"""A longer wait is the application's to decide, not the client's."""
_LATE_S = (0.02, 0.25)
"""How much later than asked for, at random: whoever was told the same wait must not come back at the same moment."""

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")
_IN_WORDS = re.compile(
    r"\b(?:retry|try again) in (?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?\b", re.IGNORECASE
)


def backoff_s(failures: int, rng: random.Random, at_least_s: float = 0.0) -> float:
    """Return the wait after so many failures in a row: full jitter under a ceiling that doubles, above a floor."""
    ceiling = min(CAP_S, BASE_S * 2.0 ** min(failures - 1, 10))
    return max(FLOOR_S, min(at_least_s, LONGEST_S)) + rng.uniform(0, ceiling)


def wait_s(asked_s: float | None, backoff: float, rng: random.Random) -> float:
    """Return the wait that keeps both what was asked for, if anything was, and the client's own manners."""
    return backoff if asked_s is None else max(backoff, asked_s + rng.uniform(*_LATE_S))


def asked_wait_s(headers: Mapping[str, str], body: bytes, now_epoch_s: float) -> float | None:
    """Return the wait that an answer asks for, however it is spelled, or None if it makes no sense.

    A date is taken against the answer's own ``Date``, if it has one: the two clocks need not agree.
    """
    if (ms := _number(headers.get("retry-after-ms"))) is not None:
        return ms / 1000
    asked = headers.get("retry-after")
    if (seconds := _number(asked)) is not None:
        return seconds
    if asked is not None and (until := _date(asked)) is not None:
        return max(0.0, until - (_date(headers.get("date", "")) or now_epoch_s))
    try:
        return wait_in(json.loads(body))
    except (ValueError, RecursionError):
        return None


def wait_in(data: Any) -> float | None:
    """Return the wait in an error's JSON, in seconds: ``retry_after`` beside the error or inside it, or a RetryInfo.

    The latter is how Google's services have it (google/rpc/error_details.proto): a duration such as ``3.5s``.
    If there is none, what the error's message says in words counts: "retry in 2.5s", "try again in 2m30s".
    """
    if not isinstance(data, dict):
        return None
    error = data.get("error")
    for place in (data, error):
        if isinstance(place, dict):
            if (seconds := _number(place.get("retry_after"))) is not None:
                return seconds
            details = place.get("details")
            for detail in details if isinstance(details, list) else ():
                asked = detail.get("retryDelay") if isinstance(detail, dict) else None
                if isinstance(asked, str) and (seconds := _number(asked.removesuffix("s"))) is not None:
                    return seconds
    message = error.get("message") if isinstance(error, dict) else None
    found = _IN_WORDS.search(message) if isinstance(message, str) else None
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return float(found[0]) if (found := _NUMBER.fullmatch(str(value).strip())) else None


def _date(value: str) -> float | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
