"""Which content codings a request accepts (RFC 9110, 12.4.2 and 12.5.3)."""

from __future__ import annotations

import re

_WEIGHT = re.compile(r"[ \t]*q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.IGNORECASE | re.ASCII)


def accepts(header: str, coding: str) -> bool:
    """Tell whether Accept-Encoding, all lines of it joined by commas, has a coding, by its name or by ``*``.

    What comes with a weight of 0, or with something that is no weight, is not accepted.
    """
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, sign, weight = item.strip(" \t").partition(";")
        found = _WEIGHT.fullmatch(weight)
        weights[name.rstrip(" \t")] = (float(found[1]) if found else 0.0) if sign else 1.0
    return weights.get(coding.lower(), weights.get("*", 0.0)) > 0
