"""What their requests carry, and what reaches their application: one sin each, and twins that do it right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx

from broken_clients.again import again, texts
from broken_clients.line import DROPS, Refused, Truncated, pieces, request, text_of
from ssedrill.drivers.target import Target

FAILURES = (Refused, *DROPS)


async def _posted(target: Target, made: dict[str, Any]) -> AsyncIterator[str]:
    async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream(**made) as answer:
        if answer.status_code != 200:
            raise Refused(answer.status_code, answer.headers.get("retry-after"))
        async for line in answer.aiter_lines():
            if line == "data: [DONE]" or line == "event: message_stop":
                return
            if line.startswith("data: ") and (text := text_of(json.loads(line[6:]))) is not None:
                yield text
    raise Truncated("the stream ended without its terminal event")


async def stamps_its_requests(target: Target) -> AsyncIterator[str]:
    """Put the number of the try into the body of each."""
    numbers = count(1)

    async def stamped() -> AsyncIterator[str]:
        made = request(target)
        made["json"]["metadata"] = {"try": str(next(numbers))}
        async for text in _posted(target, made):
            yield text

    async for text in again(stamped, after=FAILURES):
        yield text


async def uses_its_body_up(target: Target) -> AsyncIterator[str]:
    """Give the body as something that can be read once."""
    made = request(target)
    body = iter([json.dumps(made.pop("json")).encode()])

    async def once() -> AsyncIterator[bytes]:
        for piece in body:
            yield piece

    async def streamed() -> AsyncIterator[str]:
        async for text in _posted(target, {**made, "content": once()}):
            yield text

    async for text in again(streamed, after=FAILURES):
        yield text


def _keyed(key: Any) -> Any:
    async def client(target: Target) -> AsyncIterator[str]:
        numbers = count(1)

        async def asked() -> AsyncIterator[str]:
            name, value = key(next(numbers))
            async for text in _posted(target, {**request(target), "headers": {name: value} if value else {}}):
                yield text

        async for text in again(asked, after=FAILURES):
            yield text

    return client


keeps_its_key = _keyed(lambda n: ("Idempotency-Key", "one-for-all"))
keeps_its_key_by_another_name = _keyed(lambda n: ("X-Idempotency-Key", "one-for-all"))
makes_a_key_each_time = _keyed(lambda n: ("Idempotency-Key", f"try-{n}"))
forgets_its_key = _keyed(lambda n: ("Idempotency-Key", "one-for-all" if n == 1 else ""))


async def keeps_the_id_at_its_line(target: Target) -> AsyncIterator[str]:
    """Take an id as soon as its line is there, and reconnect with it though the event never came as a whole."""
    last = ""

    async def rest() -> AsyncIterator[str]:
        nonlocal last
        made = request(target, last)
        async with httpx.AsyncClient(timeout=2.0) as http, http.stream(**made) as answer:
            held = b""
            async for data in answer.aiter_raw():
                *lines, held = (held + data).split(b"\n")
                for line in lines:
                    if line.startswith(b"id: "):
                        last = line[4:].decode()
                    if line == b"event: end":
                        return
                    if line.startswith(b"data: ") and (text := text_of(json.loads(line[6:]))) is not None:
                        yield text
        raise Truncated("the stream ended without its terminal event")

    async for text in again(rest):
        yield text


def _resumes(cursor: Any) -> Any:
    async def client(target: Target) -> AsyncIterator[str]:
        ids: list[str] = []
        shown: set[str] = set()

        async def rest() -> AsyncIterator[str]:
            async for piece in pieces(target, last_event_id=cursor(ids) if ids else ""):
                ids.append(piece.id)
                if piece.id not in shown:
                    shown.add(piece.id)
                    yield piece.text

        async for text in again(rest):
            yield text

    return client


resumes_at_the_newest = _resumes(lambda ids: ids[-1])
resumes_two_too_early = _resumes(lambda ids: ids[-3])
resumes_at_an_invented_id = _resumes(lambda ids: ids[-1].partition("-")[0] + "-0")
begins_anew_and_hides_it = _resumes(lambda ids: "")


async def _told(
    target: Target, *, leaves: bool = False, usage: Any = lambda n: n, finish: Any = lambda r: r
) -> AsyncIterator[str]:
    made = request(target)
    made["json"]["stream_options"] = {"include_usage": True}
    async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream(**made) as answer:
        async for line in answer.aiter_lines():
            if line == "data: [DONE]":
                return
            if not line.startswith("data: "):
                continue
            said = json.loads(line[6:])
            if (text := text_of(said)) is not None:
                yield text
            if said.get("usage") and (numbers := usage(said["usage"])):
                target.usage(**{name: n for name, n in numbers.items() if isinstance(n, int)})
            for choice in said["choices"]:
                if choice["finish_reason"] is not None:
                    if (reason := finish(choice["finish_reason"])) is not None:
                        target.finish(reason)
                    if leaves:
                        return


async def tells_all(target: Target) -> AsyncIterator[str]:
    """Tell usage and finish reason as they came."""
    async for text in _told(target):
        yield text


async def leaves_at_the_finish(target: Target) -> AsyncIterator[str]:
    """Read no further than the finish reason."""
    async for text in _told(target, leaves=True):
        yield text


async def tells_no_usage(target: Target) -> AsyncIterator[str]:
    """Read the usage and keep it."""
    async for text in _told(target, usage=lambda numbers: None):
        yield text


async def tells_another_usage(target: Target) -> AsyncIterator[str]:
    """Count a token too few."""
    async for text in _told(target, usage=lambda n: {**n, "completion_tokens": n["completion_tokens"] - 1}):
        yield text


async def tells_half_its_usage(target: Target) -> AsyncIterator[str]:
    """Tell what came in and not what went out."""
    async for text in _told(target, usage=lambda n: {"input_tokens": n["prompt_tokens"]}):
        yield text


async def says_stop_whatever_came(target: Target) -> AsyncIterator[str]:
    """Call every end a normal one."""
    async for text in _told(target, finish=lambda reason: "stop"):
        yield text


async def tells_no_finish(target: Target) -> AsyncIterator[str]:
    """Read the finish reason and keep it."""
    async for text in _told(target, finish=lambda reason: None):
        yield text


for _one in (tells_all, leaves_at_the_finish, tells_no_usage, tells_another_usage, tells_half_its_usage):
    _one.can = {"usage", "finish"}  # type: ignore[attr-defined]
says_stop_whatever_came.can = tells_no_finish.can = {"usage", "finish"}  # type: ignore[attr-defined]


def fails_with(error: type[Exception]) -> Any:
    """Return a client that makes this of every failure."""

    async def client(target: Target) -> AsyncIterator[str]:
        try:
            async for text in texts(target):
                yield text
        except FAILURES as failure:
            raise error("it did not work") from failure

    return client


trips_over_its_own_feet = fails_with(KeyError)


def waits(pause: Any, times: int = 6) -> Any:
    """Return a client that waits ``pause(n)`` seconds after the n-th failure."""

    async def client(target: Target) -> AsyncIterator[str]:
        for n in range(1, times + 1):
            try:
                async for text in texts(target):
                    yield text
                return
            except FAILURES:
                await asyncio.sleep(pause(n))
        raise ConnectionError("gave up")

    return client


waits_a_moment_each_time = waits(lambda n: 0.001)


def asks_again(times: int, pause_s: float = 0.05) -> Any:
    """Return a client that asks so many times, whatever is answered."""

    async def client(target: Target) -> AsyncIterator[str]:
        async for text in again(lambda: texts(target), lambda failure: pause_s, after=FAILURES, times=range(times)):
            yield text

    return client


asks_three_times = asks_again(3)
