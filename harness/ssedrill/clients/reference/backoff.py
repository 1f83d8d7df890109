"""How long to wait before the next attempt: what the server asks for, else back-off with jitter."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from ssedrill_faults.answer.retry_after import wait_in_body

FLOOR_S = 0.35
"""Never sooner than this: a server in trouble is not helped by an answer within the same breath."""
BASE_S = 0.5
CAP_S = 8.0
LONGEST_S = 120.0
"""A longer wait is the application's to decide, not the client's."""
_LATE_S = (0.02, 0.25)
"""How much later than asked for, at random: whoever was told the same wait must not come back at the same moment."""

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")


def backoff_s(failures: int, rng: random.Random, at_least_s: float = 0.0) -> float:
    """Return the wait after so many failures in a row: full jitter under a ceiling that doubles, above a floor."""
    ceiling = min(CAP_S, BASE_S * 2.0 ** min(failures - 1, 10))
    return max(FLOOR_S, min(at_least_s, LONGEST_S)) + rng.uniform(0, ceiling)


def wait_s(asked_s: float | None, backoff: float, rng: random.Random) -> float:
    """Return the wait that keeps both what was asked for, if anything was, and the client's own manners."""
    return backoff if asked_s is None else max(backoff, asked_s + rng.uniform(*_LATE_S))


def asked_wait_s(headers: Mapping[str, str], body: bytes, now_epoch_s: float) -> float | None:
    """Return the wait that an answer asks for in its head or in its body, or None if it makes no sense.

    A date is taken against the answer's own ``Date``, if it has one: the two clocks need not agree.
    """
    if (ms := _number(headers.get("retry-after-ms"))) is not None:
        return ms / 1000
    asked = headers.get("retry-after")
    if (seconds := _number(asked)) is not None:
        return seconds
    if asked is not None and (until := _date(asked)) is not None:
        return max(0.0, until - (_date(headers.get("date", "")) or now_epoch_s))
    return wait_in_body(body.decode("utf-8", "replace"))


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
