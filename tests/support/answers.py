"""Plans made from a request, and what a client would read out of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ssedrill.dialects import find_dialect
from ssedrill.dialects.exchange import Ask, ClientRequest, Request
from ssedrill.model.scenario import Attempt, Scenario, Server, Stream
from ssedrill.planning.compile import compile_plan
from ssedrill.planning.sample_requests import fresh_request
from ssedrill_faults.fault import Fault
from ssedrill_faults.plan import Plan, Role, Write


@dataclass(frozen=True)
class Event:
    """One dispatched event, with the last event id as it stood then."""

    type: str
    data: str
    id: str


def decoded(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Decode a stream that arrives in these pieces, as the WHATWG standard says; an unfinished event is dropped."""
    kind = last_id = ""
    data: list[str] = []
    for number, line in enumerate(_lines(pieces)):
        line = line if number else line.removeprefix("\ufeff")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(kind or "message", "\n".join(data), last_id)
            kind, data = "", []
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            last_id = value


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    line = bytearray()
    after_cr = False
    for byte in (byte for piece in pieces for byte in piece):
        if byte == 0x0A and after_cr:
            after_cr = False
        elif byte in b"\r\n":
            yield line.decode(errors="replace")
            line.clear()
            after_cr = byte == 0x0D
        else:
            line.append(byte)
            after_cr = False


def scenario(stream: Stream | None = None, *attempts: tuple[Fault, ...]) -> Scenario:
    """Return a scenario with this stream, whose attempts meet these faults."""
    met = tuple(Attempt(faults) for faults in attempts) or (Attempt(),)
    return Scenario("test", "", ("eventsource",), stream or Stream(), met, ())


def request(name: str, /, headers: dict[str, str] | None = None, **body: Any) -> Request:
    """Return a healthy request of this dialect, with these headers and keys of its body changed."""
    fresh = fresh_request(find_dialect(name))
    changed = {**dict(fresh.headers), **(headers or {})}
    if fresh.body:
        fresh = replace(fresh, body=json.dumps({**json.loads(fresh.body), **body}).encode())
    return replace(fresh, headers=tuple(changed.items()))


def received(made: ClientRequest) -> Request:
    """Return a client's request as it comes over the wire, addressed to an origin that is left out."""
    sent = b"" if made.json is None else json.dumps(made.json).encode()
    return Request(made.method, made.url, tuple(made.headers.items()), sent)


def compiled(
    name: str,
    stream: Stream | None = None,
    *attempts: tuple[Fault, ...],
    asked: Request | None = None,
    server: Server | None = None,
) -> tuple[Ask, Plan]:
    """Compile the first attempt in this dialect for a request; generation "a" is next."""
    stream = stream or Stream(tokens=5)
    spoken = find_dialect(name)
    drilled = replace(scenario(stream, *attempts), server=server or Server())
    return compile_plan(drilled, spoken, 7, 1, asked or fresh_request(spoken), "a")


def body(plan: Plan) -> bytes:
    """Return what a plan's answer holds, without status line, headers and chunk framing."""
    writes = [op for op in plan.ops if isinstance(op, Write) and op.role not in (Role.HEAD, Role.END)]
    return b"".join(op.content for op in writes)


def head(plan: Plan) -> str:
    """Return a plan's status line and headers."""
    return plan.data.partition(b"\r\n\r\n")[0].decode()


def events(plan: Plan) -> list[Event]:
    """Return the events of a plan's stream."""
    return list(decoded([body(plan)]))


def keys(value: Any) -> Any:
    """Return the shape of a JSON value: the keys of its objects in their order, other values as None."""
    if isinstance(value, dict):
        return {key: keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [keys(item) for item in value]
    return None


def spelled(value: Any) -> str:
    """Spell a shape so that the order of its keys counts."""
    return json.dumps(keys(value))
