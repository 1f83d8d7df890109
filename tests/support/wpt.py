"""The event source cases of the web platform tests, and a planner that has our own server serve them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.request_kind import RequestKind
from ssedrill_faults.plan import Door, Fin, Op, Open, Plan, Role, Silence, Wait, Write

FILE = Path(__file__).parent.parent / "wpt" / "eventsource.json"
REASON = "OK"
REPEATS = 2
"""So often a stream that is held open says its body; WPT's own goes on for ever."""
PAGE = b"<!doctype html><meta charset=utf-8><link rel=icon href=data:,><title>witness</title>"
_PLACEHOLDER = re.compile(r"<value of the (\S+) request header>")


@dataclass(frozen=True)
class Case:
    """One case: what the server answers, and what a client must make of it."""

    number: int
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """What the case is about."""
        return self.data["name"]

    @property
    def kind(self) -> str:
        """What it asks of a client: see the file."""
        return self.data["kind"]

    @property
    def expect(self) -> dict[str, Any]:
        """What must come of it."""
        return self.data["expect"]

    @property
    def connections(self) -> list[dict[str, Any]]:
        """The answers, one a request; the last one holds on."""
        return self.data["connections"]

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/{self.number}/stream"

    @property
    def in_chromium(self) -> Case:
        """The case with what Chromium makes of it, where the file says that it is not what the standard says."""
        other = self.data.get("chromium", {})
        return Case(self.number, self.data | {"expect": other.get("expect", self.expect)})

    def answer(self, request: int) -> dict[str, Any]:
        """Return what the nth request is answered with, counted from 1."""
        return self.connections[min(request, len(self.connections)) - 1]


def event_of(event: dict[str, str]) -> tuple[str, str, str]:
    """Return an event's type, data and last id."""
    return event["type"], event["data"], event["lastEventId"]


SOURCE = json.loads(FILE.read_text("utf-8"))
CASES = [Case(number, data) for number, data in enumerate(SOURCE["cases"])]


def head_of(answer: dict[str, Any], *more: tuple[str, str], moved: str = "") -> bytes:
    """Return the head of an answer: what the case says, and that the connection's end is the body's."""
    lines = [f"HTTP/1.1 {answer['status']} {answer.get('reason', REASON)}"]
    told = ((name, moved if name == "Location" else value) for name, value in answer["headers"].items())
    lines += [f"{name}: {value}" for name, value in (*told, *more)]
    return "\r\n".join((*lines, "Connection: close", "", "")).encode()


def body_of(answer: dict[str, Any], request: Request) -> bytes:
    """Return the body of an answer, which may depend on the request."""
    if answer["body_b64"] is None:
        return _PLACEHOLDER.sub(lambda found: request.header(found[1].lower()) or "", answer["body_text"]).encode()
    body = base64.b64decode(answer["body_b64"])
    if "echoes the header bytes" in answer.get("when", ""):
        return b"data: %b\n\n" % (request.header("last-event-id") or "").encode("latin-1")
    cookie = b"COOKIE" if "COOKIE" in (request.header("cookie") or "") else b"NO_COOKIE"
    return body.replace(b"<COOKIE|NO_COOKIE>", cookie)


def ops_of(answer: dict[str, Any], head: bytes, body: bytes) -> tuple[Op, ...]:
    """Return what is done to the socket for an answer."""
    delay_s = answer.get("delay_before_headers_ms", 0) / 1000
    start = (Wait(delay_s),) if delay_s else ()
    block = (Write(body, Role.BODY),) if body else ()
    if answer["then"] == "close":
        return (*start, Write(head, Role.HEAD), *block, Fin())
    every = re.fullmatch(r"hold open, repeat body every (\d+) ms", answer["then"])
    again = (Wait(int(every[1]) / 1000), *block) * (REPEATS - 1)
    return (*start, Write(head, Role.HEAD), *block, *again, Silence())


class Served:
    """A planner that serves cases, each at its path, and an empty page at ``/``; keeps the requests it was asked for.

    ``more`` are headers that every stream has besides the case's own. An answer that waits does so for ``delay_s`` if
    that is given.
    """

    def __init__(self, cases: Sequence[Case] = CASES, *more: tuple[str, str], delay_s: float | None = None) -> None:
        self._cases = {case.path: case for case in cases}
        self._more = more
        self._delay_s = delay_s
        self.requests: dict[str, list[Request]] = {}
        self.on_request: Callable[[], None] = lambda: None

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """See DrillServer."""
        case = self._cases.get(request.path)
        if case is None:
            return Ask(RequestKind.UNKNOWN), Plan(attempt, _page(request.path))
        asked = self.requests.setdefault(case.path, [])
        asked.append(request)
        answer = case.answer(len(asked))
        head = head_of(answer, *self._more, moved=case.path)
        self.on_request()
        ops = ops_of(answer, head, body_of(answer, request))
        if self._delay_s is not None and isinstance(ops[0], Wait):
            ops = (Wait(self._delay_s), *ops[1:])
        return Ask(RequestKind.STREAM), Plan(attempt, ops)

    def door(self, attempt: int, call: int = 1) -> tuple[Door, str]:
        """See DrillServer."""
        return Open(), ""


def _page(path: str) -> tuple[Op, ...]:
    status = b"200 OK" if path == "/" else b"404 Not Found"
    head = b"HTTP/1.1 %b\r\nContent-Type: text/html\r\nContent-Length: %d\r\n" % (status, len(PAGE))
    return Write(head + b"Connection: close\r\n\r\n", Role.HEAD), Write(PAGE, Role.BODY), Fin()
