"""How much a run may come to: whatever a scenario asks for, its journals have to fit into memory."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.loading.calls import variants
from ssedrill.loading.problems import Report
from ssedrill.model.scenario import Scenario
from ssedrill.planning.compile import trial

MOST_OPS = 5_000_000
"""Operations, such as a write or a pause, in all answers of a run together; a token takes two of them."""
MOST_BYTES = 1024**3
"""Bytes in all of them together."""
OF_OTHERS = 20
"""An answer is never so many times as long in one dialect as in another."""


def check_bounds(scenario: Scenario, report: Report) -> None:
    """Note that a run could become too large, if each of its requests met the longest of its attempts, or none."""
    requests = scenario.max_requests * scenario.call_count
    each = f"{requests} answers" if not scenario.calls else f"{scenario.max_requests} answers to each call"
    ops, size = _longest(replace(scenario, dialects=scenario.dialects[:1]))
    if max(ops * requests / MOST_OPS, size * requests / MOST_BYTES) * OF_OTHERS < 1:
        return
    if len(scenario.dialects) > 1:
        ops, size = _longest(scenario)
    if ops * requests > MOST_OPS:
        wrong = f"{each} of up to {ops} writes and pauses are too much for one run"
        right = f"allow at most {_most(MOST_OPS, ops, scenario)} requests, or make the stream shorter"
        report.add("max_requests", wrong, right)
    elif size * requests > MOST_BYTES:
        wrong = f"{each} of up to {size} bytes are too much for one run"
        right = f"allow at most {_most(MOST_BYTES, size, scenario)} requests, or make the events smaller"
        report.add("max_requests", wrong, right)


def _most(limit: int, each: int, scenario: Scenario) -> int:
    return max(1, limit // (each * scenario.call_count))


def _longest(scenario: Scenario) -> tuple[int, int]:
    """Return the most operations that an answer has, and the most bytes."""
    plans = [plan for one in variants(scenario) for plan in trial(one.scenario)]
    ops = max(2 * scenario.stream.tokens, *(len(plan.ops) for plan in plans))
    return ops, max(1, *(len(plan.data) for plan in plans))
