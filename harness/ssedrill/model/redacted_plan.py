"""A plan as it is kept: a scenario's text may have named the run's own address, which differs from run to run."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

from ssedrill.model.redaction import HOST, RUN
from ssedrill_faults.plan import Op, Plan, Role, Write

_FROM_SCENARIO = (Role.HEAD, Role.ERROR)
"""Where a scenario's own text may stand: a long stream of tokens need not be gone through, let alone copied.

Without a fault that is the head alone."""


def redacted_plan(plan: Plan, port: int, run: str) -> Plan:
    """Return the plan without the run's segment and the server's host, even where a cut goes right through them."""
    own = plan.ops if plan.faults else takewhile(_is_of_head, plan.ops)
    told = b"".join(op.data for op in own if isinstance(op, Write) and op.role in _FROM_SCENARIO)
    if (not run or run.encode() not in told) and b":%d" % port not in told:
        return plan
    data = plan.data
    words = {rb"(?:127\.0\.0\.1|localhost):%d\b" % port: HOST.encode()}
    if run:
        words[re.escape(run.encode())] = RUN.encode()
    spans = [(*found.span(), instead) for word, instead in words.items() for found in re.finditer(word, data)]
    if not spans:
        return plan
    ops: list[Op] = []
    at = 0
    for op in plan.ops:
        if isinstance(op, Write):
            ops.append(replace(op, data=_without(spans, data, at, at + len(op.data))))
            at += len(op.data)
        else:
            ops.append(op)
    return replace(plan, ops=tuple(ops))


def _is_of_head(op: Op) -> bool:
    return isinstance(op, Write) and op.role is Role.HEAD


def _without(spans: list[tuple[int, int, bytes]], data: bytes, start: int, end: int) -> bytes:
    """Return a slice of the data; what stands instead of a span stands where the span begins."""
    kept, at = [], start
    for first, behind, instead in sorted(spans):
        if behind <= at or first >= end:
            continue
        kept.append(data[at : max(at, first)])
        if first >= start:
            kept.append(instead)
        at = min(behind, end)
    return b"".join((*kept, data[at:end]))
