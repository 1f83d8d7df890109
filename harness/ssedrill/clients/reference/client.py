"""The client that does it right: the proof that a drill can be passed.

It recovers wherever that is possible. A stream with ids is resumed at its cursor; a chat model is asked to continue
the partial answer; anything else is begun anew with the old text withdrawn. Between attempts it waits as it
was asked to, else with back-off and jitter. It gives up a connection that is silent for its patience, and one that
brings only keep-alives for CONTENT_PATIENCES times that. After the last retry it asks once without streaming.

An answer is complete at its terminal event, or when the model has said why it stopped, if that is a normal end and
there was any text; the end of the body alone says nothing. Whatever stands in the way is raised by name.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import assert_never, cast

import httpx

from ssedrill.clients.reference.backoff import LONGEST_S, asked_wait_s, backoff_s, wait_in, wait_s
from ssedrill.clients.reference.failures import (
    AnswerCutShort,
    EmptyAnswer,
    GaveUp,
    NoContent,
    OutOfTime,
    RequestRefused,
    Retryable,
    ServerBusy,
    StoppedOtherwise,
    StreamBroken,
    WaitTooLong,
)
from ssedrill.clients.request import dialect_of, request_for, tell, with_key
from ssedrill.clients.tls import default_context
from ssedrill.dialects.answer import (
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

RETRIES = 5
"""Failures in a row, none of which brought a token, after which it stops streaming."""
MOST_REQUESTS = 15
CONTENT_PATIENCES = 2.5
MARGIN = 0.1
"""This part of the deadline is left for the application to hear of the failure."""

_WORTH_RETRYING = frozenset({408, 409, 425, 429})
_HOPELESS = ("authentication", "permission", "invalid_request", "not_found", "billing", "request_too_large")
_NORMAL_ENDS = frozenset({"end_turn", "stop_sequence", "stop", "tool_use", "tool_calls", "function_call"})
_CUT_SHORT = frozenset({"max_tokens", "length", "model_context_window_exceeded", "content_filter"})
_DROPS = (Retryable, httpx.RequestError)


@dataclass
class _Call:
    """One logical call, over however many requests."""

    target: Target
    dialect: Dialect
    http: httpx.AsyncClient
    until: float  # of the loop's clock
    shown: str = ""
    number: int = 0  # of the last piece that was shown, if they have numbers
    stopped: bool = False
    last_id: str = ""
    ids: set[str] = field(default_factory=set)
    reconnect_s: float = 0.0
    usage: dict[str, int] = field(default_factory=dict)

    async def stream(self) -> AsyncGenerator[str, None]:
        """Make one request and yield the new text; raises one of _DROPS if another may do better."""
        async with self._answer(self._request(stream=True)) as response:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                raise StreamBroken("the answer is no event stream")
            decoder, message_id = SseDecoder(), ""
            async for data in self._chunks(response, decoder):
                for event in decoder.feed(data):
                    if event.id and event.id in self.ids:
                        continue
                    self._tell_usage(event)
                    for part in self._parts(event):
                        match part:
                            case AnswerText(text, number):
                                self._follow(number)
                                self.shown += text
                                yield text
                            case AnswerStarted(id_):
                                if message_id not in ("", id_):
                                    raise StreamBroken("another message begins in the middle of this one")
                                message_id = id_
                            case AnswerStopped(reason):
                                self._stop(reason)
                            case AnswerFailed(kind, message, body):
                                self._fail(kind, message, wait_in(body))
                            case AnswerEnded():
                                self._check_shown("the terminal event")
                                self.stopped = True
                                return
                            case _:
                                assert_never(part)
                    if event.id:
                        self.ids.add(event.id)
                        self.last_id = event.id
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

    def _stop(self, reason: str) -> None:
        """Take the model's reason for a normal end, or raise what it is instead."""
        tell(self.target, None, reason)
        if reason in _CUT_SHORT:
            raise AnswerCutShort(f"the model stopped at a limit: {reason}")
        if reason not in _NORMAL_ENDS:
            raise StoppedOtherwise(f"the model stopped for another reason than a normal end: {reason[:200]}")
        self._check_shown(f"the model's stop ({reason})")
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
            raise StreamBroken(str(problem)) from None

    def _request(self, *, stream: bool) -> ClientRequest:
        """Return the request for the rest of the answer; for a new one if there is no way to get the rest."""
        if self.shown and not self._can_go_on():
            self._take_back()
        made = request_for(self.target, stream=stream, partial=self.shown, last_event_id=self.last_id)
        return with_key(made) if "idempotency_key" in self.target.wants else made

    def _follow(self, number: int) -> None:
        """Take the next piece of the answer; raises StreamBroken if one before it has not come.

        One that is not new, under an id that is, belongs to another answer.
        """
        if 0 < number <= self.number:
            self._take_back()
        if number > self.number + 1:
            raise StreamBroken(f"piece {self.number + 1} of the answer is missing")
        self.number = number

    def _take_back(self) -> None:
        self.target.restart()
        self.shown, self.number = "", 0

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
        request = self.http.build_request(ask.method, ask.url, headers=ask.headers, json=ask.json)
        async with self._in_time():
            response = await self.http.send(request, stream=True)
        try:
            if response.status_code != 200:
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


async def reference(target: Target) -> AsyncIterator[str]:
    """Yield the answer's text, each token once, over as many requests as it takes."""
    rng = random.Random(f"reference/{target.seed}")
    until = asyncio.get_running_loop().time() + target.deadline_s * (1 - MARGIN)
    timeout = httpx.Timeout(5.0, connect=min(5.0, target.patience_s), read=target.patience_s)
    async with httpx.AsyncClient(timeout=timeout, verify=default_context()) as http:
        call = _Call(target, dialect_of(target), http, until)
        requests = failures = 0
        while requests < MOST_REQUESTS and failures <= RETRIES:
            requests += 1
            before = len(call.shown)
            try:
                async with aclosing(call.stream()) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except _DROPS as drop:
                if call.stopped:
                    return  # the model had said that it was done: only the connection's end went wrong
                failures = 1 if len(call.shown) > before else failures + 1
                await _pause(call, drop, failures, rng)
        try:
            rest = await call.whole()
        except _DROPS as drop:
            raise GaveUp(f"after {requests + 1} requests; the last: {_named(drop)}") from drop
        yield rest


async def _pause(call: _Call, drop: Exception, failures: int, rng: random.Random) -> None:
    """Wait before the next request, and tell the application why."""
    asked = drop.wait_s if isinstance(drop, Retryable) else None
    wait = wait_s(asked, backoff_s(failures, rng, call.reconnect_s), rng)
    left = call.until - asyncio.get_running_loop().time()
    if asked is not None and asked > min(LONGEST_S, left):
        raise WaitTooLong(f"the server asks for {asked:g} s ({_named(drop)})") from drop
    if wait > left:
        raise OutOfTime(f"no time for another attempt; the last: {_named(drop)}") from drop
    call.target.retry(f"{_named(drop)}; waiting {wait:.2f} s")
    await asyncio.sleep(wait)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
