"""Moments at which a call is to be told to stop, and which never come."""

from __future__ import annotations

from ssedrill.loading.calls import variants
from ssedrill.loading.problems import Report
from ssedrill.model.scenario import Scenario
from ssedrill.planning.compile import trial
from ssedrill_faults.plan import Write


def check_stops(scenario: Scenario, report: Report) -> None:
    """Note each of them: a call that nobody can tell to stop proves nothing of stopping."""
    for i, group in enumerate(scenario.calls):
        cancel, place = group.cancel, f"call[{i}].cancel"
        if cancel is None:
            continue
        if cancel.at_s is not None and cancel.at_s >= scenario.deadline_s:
            right = f"write less than the deadline of {scenario.deadline_s:g} s"
            report.add(f"{place}.at", "each call is over by then", right)
        if cancel.after_token is not None and cancel.after_token > scenario.stream.tokens:
            right = f"write a token from 1 to {scenario.stream.tokens}, or send more of them"
            report.add(f"{place}.after_token", f"{cancel.after_token} is behind the last token", right)
        if cancel.after_event is not None and cancel.after_event > (most := _most_events(scenario)):
            right = f"write an event from 1 to {most}, or send more of them"
            report.add(f"{place}.after_event", f"{cancel.after_event} is behind the last event of all answers", right)


def _most_events(scenario: Scenario) -> int:
    """Return how many events a call may be sent, if each of its requests meets the longest answer."""
    plans = [plan for one in variants(scenario) for plan in trial(one.scenario)]
    events = [sum(len(op.events) for op in plan.ops if isinstance(op, Write)) for plan in plans]
    return max(events, default=0) * scenario.max_requests
