"""A comparison as JSON, for programs."""

from __future__ import annotations

import json
from typing import Any

from ssedrill.comparing.compare import Change, Changed, Comparison
from ssedrill.comparing.drills import Drill
from ssedrill.comparing.measures import THRESHOLD_P, THRESHOLD_SHARE
from ssedrill.model.codec import Json, encode

SCHEMA = 1
"""It grows if a name changes its meaning or goes; new names leave it as it is."""


def to_text(comparison: Comparison) -> str:
    """Return the JSON; the same comparison gives the same text. Times are in seconds."""
    red = {id(one) for one in comparison.regressions}
    counts = {change.value: len(comparison.with_change(change)) for change in Change}
    body: dict[str, Any] = {
        "comparison": SCHEMA,
        "regressions": len(red),
        "counts": counts,
        "threshold": {"p": THRESHOLD_P, "share": THRESHOLD_SHARE, "tests": comparison.tests},
        "clients": dict(comparison.clients),
        "old": {"versions": comparison.old.versions, "meta": comparison.old.meta},
        "new": {"versions": comparison.new.versions, "meta": comparison.new.meta},
        "drills": [_changed(one, id(one) in red) for one in comparison.drills],
    }
    return json.dumps(body, indent=1, ensure_ascii=True) + "\n"


def _changed(one: Changed, regression: bool) -> dict[str, Any]:
    return {
        **one.key._asdict(),
        "change": one.change.value,
        "regression": regression,
        "old": _drill(one.old),
        "new": _drill(one.new),
        "remarks": list(one.remarks),
        "measures": [_full(measure) for measure in one.measures],
    }


def _drill(drill: Drill | None) -> dict[str, Any] | None:
    if drill is None:
        return None
    return {
        "client": drill.key.client,
        "verdict": drill.verdict.value,
        "outcome": drill.outcome.value,
        "outcomes": {outcome.value: count for outcome, count in drill.outcomes.items()},
        "runs": len(drill.runs),
        "passed_runs": drill.passed_runs,
        "broken": list(drill.broken),
        "warned": list(drill.warned),
        "clocks": sorted(drill.clocks),
        "seeds": list(drill.seeds),
        "summary": drill.worst.summary,
    }


def _full(measure: object) -> Json:
    return encode(measure, full=True)
