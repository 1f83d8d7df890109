"""One logical call of the reference client: its requests, and what it makes of their answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import assert_never, cast

import httpx

from ssedrill.clients.reference.backoff import asked_wait_s
from ssedrill.clients.reference.failures import (
    AnswerCutShort,
    EmptyAnswer,
    NoContent,
    OutOfTime,
    RequestRefused,
    Retryable,
    ServerBusy,
    StoppedOtherwise,
    StreamBroken,
)
from ssedrill.clients.request import request_for, tell, with_key
from ssedrill.dialects.answer import (
    AnswerClosed,
    AnswerEnded,
    AnswerFailed,
    AnswerPart,
    AnswerStarted,
    AnswerStopped,
    AnswerText,
    Unreadable,
)
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import ClientRequest, Resumption
from ssedrill.dialects.sse_decoder import SseDecoder, SseEvent
from ssedrill.drivers.target import Target
from ssedrill_faults.answer.retry_after import wait_in_body

CONTENT_PATIENCES = 2.5
DRAIN_S = 0.05
"""So long it reads on behind the terminal event, for the end of the body: then the connection can be used again."""

_WORTH_RETRYING = frozenset({408, 409, 425, 429})
_HOPELESS = ("authentication", "permission", "invalid_request", "not_found", "billing", "request_too_large")
_NORMAL_ENDS = frozenset({"end_turn", "stop_sequence", "stop", "tool_use", "tool_calls", "function_call"})
_CUT_SHORT = frozenset({"max_tokens", "length", "model_context_window_exceeded", "content_filter"})
DROPS = (Retryable, httpx.RequestError)


@dataclass
class Call:
    """One logical call, over however many requests."""

    target: Target
    dialect: Dialect
    http: httpx.AsyncClient
    until: float  # of the loop's clock
    shown: str = ""
    number: int = 0  # of the last piece that was shown, if they have numbers
    at_cursor: int = 0  # of the last that had come by when ``last_id`` did
    stopped: bool = False
    last_id: str = ""
    ids: set[str] = field(default_factory=set)
    reconnect_s: float = 0.0
    elsewhere: bool = False  # it has turned to the fallback
    usage: dict[str, int] = field(default_factory=dict)

    async def stream(self) -> AsyncGenerator[str, None]:
        """Make one request and yield the new text; raises one of DROPS if another may do better."""
        async with self._answer(self._request(stream=True)) as response:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                raise StreamBroken("the answer is no event stream")
            decoder, message_id, closed, came = SseDecoder(), "", False, self.at_cursor
            chunks = self._chunks(response, decoder)
            async for data in chunks:
                for event in decoder.feed(data):
                    if event.id and event.id in self.ids:
                        self._came_to(event.last_id, came)
                        continue
                    self._tell_usage(event)
                    for part in self._parts(event):
                        match part:
                            case AnswerText(text, number):
                                closed, came = False, number
                                if self._follow(number):
                                    self.shown += text
                                    yield text
                            case AnswerStarted(id_):
                                if message_id not in ("", id_):
                                    raise StreamBroken("another message begins in the middle of this one")
                                message_id = id_
                            case AnswerStopped(reason):
                                self._stop(reason)
                            case AnswerFailed(kind, message, body):
                                self._fail(kind, message, wait_in_body(json.dumps(body)))
                            case AnswerClosed():
                                closed = True
                            case AnswerEnded():
                                self._end(closed=closed)
                                await self._drain(chunks)
                                return
                            case _:
                                assert_never(part)
                    self.ids |= {event.id} if event.id else set()
                    self._came_to(event.last_id, came)
                self._came_to(decoder.last_id, came)
        if not self.stopped:
            raise StreamBroken("the stream ended before the answer was complete")

    async def whole(self) -> str:
        """Ask for the rest without streaming."""
        async with self._answer(self._request(stream=False)) as response, self._in_time():
            body = await response.aread()
        try:
            text = self.dialect.read.read_whole(body)
        except Unreadable as problem:
            raise StreamBroken(str(problem)) from None
        self.shown += text
        told = self.dialect.account.in_whole(body)
        tell(self.target, told.usage, told.finish)
        self._check_shown("the end of the answer without streaming")
        return text

    def _came_to(self, last_id: str | None, number: int) -> None:
        """Keep the id that a reconnect sends: a block without data may give another one, or none."""
        if last_id is not None and last_id != self.last_id:
            self.last_id, self.at_cursor = last_id, number

    def _stop(self, reason: str) -> None:
        """Take the model's reason for a normal end, or raise what it is instead."""
        tell(self.target, None, reason)
        if reason in _CUT_SHORT:
            raise AnswerCutShort(f"the model stopped at a limit: {reason}")
        if reason not in _NORMAL_ENDS:
            raise StoppedOtherwise(f"the model stopped for another reason than a normal end: {reason[:200]}")
        self._check_shown(f"the model's stop ({reason})")
        self.stopped = True

    def _end(self, *, closed: bool) -> None:
        """Take the terminal event for the end, or raise that the answer was not over: no reason for that came.

        Some servers never say a reason; ``closed``: the piece came that would have had it.
        """
        if self.dialect.reasons and not (self.stopped or closed):
            raise StreamBroken("the terminal event came, but the model had not said why it stopped")
        self._check_shown("the terminal event")
        self.stopped = True

    def _tell_usage(self, event: SseEvent) -> None:
        found = self.dialect.account.in_event(event)
        if found is not None:
            self.usage |= found[0]
            tell(self.target, self.usage if found[1] else None, None)

    def _check_shown(self, at: str) -> None:
        if not self.shown:
            raise EmptyAnswer(f"no text came before {at}")

    def _parts(self, event: SseEvent) -> tuple[AnswerPart, ...]:
        try:
            return self.dialect.read.read_event(event)
        except Unreadable as problem:
            if event.type == "error":
                raise ServerBusy(str(problem), wait_in_body(event.data)) from None
            raise StreamBroken(str(problem)) from None

    def _request(self, *, stream: bool) -> ClientRequest:
        """Return the request for the rest of the answer; for a new one if there is no way to get the rest."""
        if self.shown and not self._can_go_on():
            self._take_back()
        target = replace(self.target, url=self.target.fallback_url) if self.elsewhere else self.target
        made = request_for(target, stream=stream, partial=self.shown, last_event_id=self.last_id)
        return with_key(made) if "idempotency_key" in self.target.wants else made

    def _follow(self, number: int) -> bool:
        """Tell whether a piece of the answer is to be shown; raises StreamBroken if one before it has not come.

        One that came behind the cursor, its event without an id, comes again if the answer is resumed there. Any
        other that is not new belongs to another answer; of one without a number nothing can be told.
        """
        if not number:
            return True
        if self.at_cursor < number <= self.number:
            return False
        if number <= self.number:
            self._take_back()
        if number > self.number + 1:
            raise StreamBroken(f"piece {self.number + 1} of the answer is missing")
        self.number = number
        return True

    def _take_back(self) -> None:
        self.target.restart()
        self.shown, self.number, self.at_cursor = "", 0, 0
        self.last_id, self.ids = "", set()  # of what was taken back nothing is gone on with

    def _can_go_on(self) -> bool:
        match self.dialect.resumption:
            case Resumption.CURSOR:
                return bool(self.last_id)
            case Resumption.CONTINUATION:
                return True
            case Resumption.NONE:
                return False

    @asynccontextmanager
    async def _answer(self, ask: ClientRequest) -> AsyncIterator[httpx.Response]:
        headers = {name.encode(): value.encode() for name, value in ask.headers.items()}
        request = self.http.build_request(ask.method, ask.url, headers=headers, json=ask.json)
        async with self._in_time():
            response = await self.http.send(request, stream=True)
        try:
            if response.status_code != 200:
                body = b""
                with suppress(httpx.RequestError):  # what the head says is known, whatever becomes of the body
                    async with self._in_time():
                        body = await response.aread()
                self._refused(response, body)
            yield response
        finally:
            await response.aclose()

    async def _chunks(self, response: httpx.Response, decoder: SseDecoder) -> AsyncIterator[bytes]:
        """Yield the body; raises NoContent when nothing of the answer has come for too long."""
        loop = asyncio.get_running_loop()
        allowed = CONTENT_PATIENCES * self.target.patience_s
        content, length = loop.time(), len(self.shown)
        async with aclosing(cast(AsyncGenerator[bytes, None], response.aiter_bytes())) as chunks:
            while True:
                if len(self.shown) > length:
                    content, length = loop.time(), len(self.shown)
                try:
                    async with asyncio.timeout_at(min(content + allowed, self.until)):
                        data = await anext(chunks, None)
                except TimeoutError:
                    if loop.time() >= self.until:
                        raise OutOfTime("the answer is not complete and the time is up") from None
                    raise NoContent(f"nothing but keep-alives for {allowed:g} s") from None
                finally:
                    self.reconnect_s = decoder.reconnect_s or self.reconnect_s
                if data is None:
                    return
                yield data

    async def _drain(self, rest: AsyncIterator[bytes]) -> None:
        """Read to the end of the body, if it comes now."""
        with suppress(*DROPS, OutOfTime, TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                async for _ in rest:
                    pass

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(self.until):
                yield
        except TimeoutError:
            raise OutOfTime("the answer is not complete and the time is up") from None

    def _refused(self, response: httpx.Response, body: bytes) -> None:
        status = response.status_code
        said_so = f"status {status}: {body[:200].decode('utf-8', 'replace')}".rstrip(": ")
        worth = {"true": True, "false": False}.get(response.headers.get("x-should-retry", ""))
        if not (worth if worth is not None else status >= 500 or status in _WORTH_RETRYING):
            raise RequestRefused(said_so)
        raise ServerBusy(said_so, asked_wait_s(response.headers, body, time.time()))

    def _fail(self, kind: str, message: str, asked_s: float | None) -> None:
        if kind.startswith(_HOPELESS):
            raise RequestRefused(f"{kind}: {message}")
        raise ServerBusy(f"{kind}: {message}", asked_s)
