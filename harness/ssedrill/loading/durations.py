"""Durations and bounds as people write them: ``500 ms``, ``2 s``, ``<= 4``, ``>= 0.5 s``.

A bare number is never a duration: a drill that mixes up seconds and milliseconds proves the wrong thing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, cast

from ssedrill.loading.problems import Wrong, shown
from ssedrill.model.scenario import Comparison

UNITS: dict[str, Decimal] = {
    "us": Decimal("0.000001"),
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "min": Decimal(60),
    "h": Decimal(3600),
}
"""The units that a duration may have, in seconds."""

LONGEST_S = 366 * 24 * 3600.0
"""No drill waits longer than a year; what is longer is a slip of the pen, and breaks dates in headers."""

EXAMPLES = '"500 ms", "2 s" or "1.5 min"'

_DURATION = re.compile(r"(-?)([0-9]{1,12}(?:\.[0-9]{1,9})?)(?: ?([a-zA-Zµ]+))?")
_BOUND = re.compile(r"(<=|>=|==|<|>) ?(.*)", re.DOTALL)
_COUNT = re.compile(r"[0-9]{1,9}")


def parse_duration(written: object) -> float:
    """Return a duration in seconds, to the microsecond; zero is allowed here.

    Raises Wrong, with what would be right, for a number without a unit, an unknown unit, a negative, infinite or
    endless duration, and whatever else is no duration.
    """
    if isinstance(written, int | float) and not isinstance(written, bool):
        raise Wrong(f"{shown(written)} has no unit", f"add a unit in a string, such as {EXAMPLES}")
    match = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise Wrong(f"{shown(written)} is no duration", f"write a number and a unit, such as {EXAMPLES}")
    sign, number, unit = match.groups()
    if unit is None:
        raise Wrong(f"{shown(written)} has no unit", f'add a unit, as in "{number} s" or "{number} ms"')
    if unit not in UNITS:
        raise Wrong(f"{shown(unit)} is no unit of time", f"use one of {', '.join(UNITS)}")
    if sign:
        raise Wrong(f"{shown(written)} is negative", f"use a duration above zero, such as {EXAMPLES}")
    seconds = Decimal(number) * UNITS[unit]
    if seconds > Decimal(LONGEST_S):
        raise Wrong(f"{shown(written)} is longer than a year", "use a shorter duration")
    if 0 < seconds < UNITS["us"]:
        raise Wrong(f"{shown(written)} is shorter than a microsecond", 'use "1 us" or more')
    return round(float(seconds), 6)


def format_duration(seconds: float) -> str:
    """Return a duration as :func:`parse_duration` reads it, in the unit that suits it."""
    exact = Decimal(str(round(seconds, 6)))
    unit = next((u for u in ("h", "min", "s", "ms") if exact >= UNITS[u] and exact % UNITS[u] == 0), None)
    unit = unit or ("s" if exact >= 1 else "ms" if exact >= UNITS["ms"] else "us")
    return f"{_plain(exact / UNITS[unit])} {unit}"


def parse_comparison(written: object, *, duration: bool) -> Comparison:
    """Return a bound on a duration (in seconds) or on a count.

    Raises Wrong, with what would be right, if it is malformed, and if it holds, or fails, for every number:
    such a bound proves nothing.
    """
    kind = "duration" if duration else "whole number"
    right = f"write a comparison with a {kind}, such as " + ('"<= 2 s"' if duration else '"<= 4"')
    match = _BOUND.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise Wrong(f"{shown(written)} is no comparison", right)
    op, rest = match.groups()
    if duration:
        value = parse_duration(rest)
    elif _COUNT.fullmatch(rest):
        value = float(rest)
    elif rest.isascii() and rest.isdecimal():
        raise Wrong(f"{shown(rest)} is more than anything here can come to", right)
    else:
        raise Wrong(f"{shown(rest)} is no whole number", right)
    if value == 0 and op in (">=", "<"):
        raise Wrong(f"{shown(written)} {'always holds' if op == '>=' else 'can never hold'}", right)
    return Comparison(cast(Literal["<=", ">=", "==", "<", ">"], op), value, str(written))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
