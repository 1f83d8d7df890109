"""A plan as it is kept: a scenario's text may have named the run's own address, which differs from run to run."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

from ssedrill.model.redaction import HOST, OTHER_HOST, RUN
from ssedrill.model.replaced import replaced
from ssedrill_faults.plan import Op, Plan, Role, Write

_FROM_SCENARIO = (Role.HEAD, Role.ERROR)
"""Where a scenario's own text may stand: a long stream of tokens need not be gone through, let alone copied.

Without a fault that is the head alone."""


def redacted_plan(plan: Plan, port: int, run: str, other_port: int = 0) -> Plan:
    """Return the plan without the run's segment and the server's host, even where a cut goes right through them."""
    own = plan.ops if plan.faults else takewhile(_is_of_head, plan.ops)
    told = b"".join(op.data for op in own if isinstance(op, Write) and op.role in _FROM_SCENARIO)
    hosts = {port: HOST.encode(), other_port: OTHER_HOST.encode()} if other_port else {port: HOST.encode()}
    if (not run or run.encode() not in told) and not any(b":%d" % own in told for own in hosts):
        return plan
    words = {rb"(?:127\.0\.0\.1|localhost):%d\b" % own: instead for own, instead in hosts.items()}
    if run:
        words[re.escape(run.encode())] = RUN.encode()
    data = plan.data
    spans = [(*found.span(), instead) for word, instead in words.items() for found in re.finditer(word, data)]
    if not spans:
        return plan
    return with_data(plan, replaced([op.data for op in plan.ops if isinstance(op, Write)], spans))


def _is_of_head(op: Op) -> bool:
    return isinstance(op, Write) and op.role is Role.HEAD


def with_data(plan: Plan, pieces: list[bytes]) -> Plan:
    """Return the plan with other bytes in its writes, one after the other."""
    rest = iter(pieces)
    return replace(plan, ops=tuple(replace(op, data=next(rest)) if isinstance(op, Write) else op for op in plan.ops))
