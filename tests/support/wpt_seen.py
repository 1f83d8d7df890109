"""What a browser made of a case of the web platform tests, laid beside what the case expects."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

from ssedrill.model.wire_journal import AttemptLog
from support.wpt import Case, event_of

STATES = ("CONNECTING", "OPEN", "CLOSED")


@dataclass(frozen=True)
class Seen:
    """What the page was told of a case, in order, and what came over the wire."""

    case: Case
    log: list[dict[str, Any]]  # events: what, type, data, lastEventId, and the source's state in them
    state: str  # of the source at the end
    requests: list[AttemptLog]
    takes: int  # so many requests, if all is right

    def of(self, what: str, log: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Return the events of one sort: open, message or error."""
        return [event for event in (self.log if log is None else log) if event["what"] == what]

    @property
    def messages(self) -> list[tuple[str, str, str]]:
        """All that was dispatched."""
        return [event_of(event) for event in self.of("message")]

    @property
    def first_messages(self) -> list[tuple[str, str, str]]:
        """What was dispatched before the first connection's end."""
        first = list(takewhile(lambda event: event["what"] != "error", self.log))
        return [event_of(event) for event in self.of("message", first)]

    @property
    def sequence(self) -> list[str]:
        """Messages and errors, as the file writes them."""
        said = {"message": lambda event: event["data"], "error": lambda event: STATES[event["state"]]}
        return [f"{event['what']} {said[event['what']](event)}" for event in self.log if event["what"] in said]

    @property
    def waits_s(self) -> list[float]:
        """How long the client waited after the end of each answer, the FIN on the wire, before it asked again."""
        return [again.t - before.played[-1].t for before, again in pairwise(self.requests)]


def header(request: AttemptLog, name: str) -> str | None:
    """Return a header of a request as UTF-8; None if there is none or it is empty."""
    found = [value for key, value in request.headers if key == name.lower()]
    return found[0].encode("latin-1").decode() if found and found[0] else None


def _carries(number: int) -> Callable[[dict[str, str], Seen], bool]:
    def check(told: dict[str, str], seen: Seen) -> bool:
        id_ = header(seen.requests[number - 1], "Last-Event-ID")
        same_bytes = base64.b64decode(told.get("last_event_id_header_bytes_b64", "")) in (b"", (id_ or "").encode())
        return id_ == told["last_event_id_header"] and same_bytes

    return check


def _waited(least_ms: int | None, seen: Seen) -> bool:
    return least_ms is None or all(wait_s >= least_ms / 1000 for wait_s in seen.waits_s)


def _headers(told: dict[str, str], seen: Seen) -> bool:
    return all(header(request, name) == value for request in seen.requests for name, value in told.items())


CHECKS: dict[str, Callable[[Any, Seen], bool]] = {
    "events_first_connection": lambda told, seen: seen.first_messages == [event_of(event) for event in told],
    "events_all_connections_prefix": lambda told, seen: seen.messages == [event_of(event) for event in told],
    "never_dispatched": lambda told, seen: not any(data in told for _, data, _ in seen.messages),
    "sequence": lambda told, seen: seen.sequence == told,
    "outcome": lambda told, seen: told == ("open" if seen.of("open") else "fail"),
    "error_events": lambda told, seen: len(seen.of("error")) == told,
    "ready_state_after": lambda told, seen: {STATES[seen.of("error")[-1]["state"]], seen.state} == {told},
    "final_ready_state": lambda told, seen: [STATES[event["state"]] for event in seen.of("open")] == [told],
    "requests": lambda told, seen: len(seen.requests) == told,
    "reconnect": lambda told, seen: (len(seen.requests) > 1) == told,
    "reconnect_after_last": lambda told, seen: (seen.state != "CLOSED") == told,
    "second_request": _carries(2),
    "third_request": _carries(3),
    "request_headers": _headers,
    "retry_ms": _waited,
    "reopen_delay_ms": lambda told, seen: _waited(told["target"], seen),  # no upper bound: the machine may be busy
}
"""What is asked of a browser for each thing that a case may expect."""
WORDS = frozenset({"asserted_by_wpt", "observe_after_ms"})
"""What explains the rest of an expectation."""


def contradictions(case: Case, seen: Seen) -> list[str]:
    """Return what of a case's expectation does not hold; nor may there be more requests than it takes."""
    wrong = [key for key, told in case.expect.items() if key not in WORDS and not CHECKS[key](told, seen)]
    if len(seen.requests) != seen.takes:
        wrong.append(f"{len(seen.requests)} requests, not {seen.takes}")
    if any(header(request, "Last-Event-ID") for request in seen.requests[:1]):
        wrong.append("an id in the first request")
    return wrong


def spoiled(case: Case) -> list[tuple[str, Case]]:
    """Return the case once for every part of its expectation, with another value there, which must not hold."""
    return [
        (key, Case(case.number, case.data | {"expect": case.expect | {key: _other(key, told, case)}}))
        for key, told in case.expect.items()
        if key not in WORDS and told is not None
    ]


def _other(key: str, told: Any, case: Case) -> Any:
    match key, told:
        case "never_dispatched", _:
            return [event["data"] for event in case.expect["events_first_connection"]]
        case "outcome", _:
            return "fail" if told == "open" else "open"
        case (("ready_state_after" | "final_ready_state"), _):
            return "CONNECTING"
        case (("second_request" | "third_request"), _):
            return {"last_event_id_header": "another"}
        case "reopen_delay_ms", _:
            return {"target": told["target"] + 3_600_000}
        case "retry_ms", _:
            return told + 3_600_000
        case _, bool():
            return not told
        case _, int():
            return told + 1
        case _, list():
            return [*told, "more" if key == "sequence" else {"type": "message", "data": "more", "lastEventId": ""}]
        case _, dict():
            return dict.fromkeys(told, "another")
    raise AssertionError(f"{key}: {told!r}")
