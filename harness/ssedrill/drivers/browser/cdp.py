"""Chromium's DevTools protocol: commands and what comes of them, and events, over one WebSocket."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any, TypeAlias

import aiohttp

Params: TypeAlias = dict[str, Any]

_GONE = ("Target.detachedFromTarget", "Inspector.targetCrashed")
"""Events after which a session answers nothing more."""


class BrowserFailed(Exception):
    """The browser, or one of its pages, is not there any more, or could not do what it was told."""


class Cdp:
    """Sends commands and hears events while it is entered. A session is a page's; the browser's own is empty."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[str, asyncio.Future[Params]]] = {}
        self._heard: dict[tuple[str, str], Callable[[Params], None]] = {}
        self._gone: set[str] = set()
        self._over = False

    async def __aenter__(self) -> Cdp:
        self._reading = asyncio.get_running_loop().create_task(self._read())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def call(self, method: str, session: str = "", /, **params: object) -> Params:
        """Send a command and return its result. Raises BrowserFailed."""
        if self._over or session in self._gone:
            raise BrowserFailed(f"{method}: the page or the browser is gone")
        number = next(self._numbers)
        message: Params = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        answer: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        self._asked[number] = session, answer
        try:
            await self._socket.send_str(json.dumps(message))
            return await answer
        except ConnectionError as error:
            raise BrowserFailed(f"{method}: {error}") from error
        finally:
            del self._asked[number]

    def hear(self, method: str, session: str, callback: Callable[[Params], None]) -> None:
        """Have ``callback`` called with the parameters of each such event."""
        self._heard[session, method] = callback

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(json.loads(message.data))
        finally:
            self._over = True
            self._fail(lambda session: True, "the browser is gone")

    def _take(self, message: Params) -> None:
        if (number := message.get("id")) is not None:
            _, answer = self._asked.get(number, ("", None))
            if answer is None or answer.done():
                return
            if "error" in message:
                answer.set_exception(BrowserFailed(message["error"].get("message", "")))
            else:
                answer.set_result(message["result"])
            return
        session, method, params = message.get("sessionId", ""), message["method"], message.get("params", {})
        if method in _GONE:
            gone = params.get("sessionId", session)
            self._gone.add(gone)
            self._fail(lambda asked: asked == gone, "the page is gone")
        if (callback := self._heard.get((session, method))) is not None:
            callback(params)

    def _fail(self, of: Callable[[str], bool], why: str) -> None:
        for session, answer in self._asked.values():
            if of(session) and not answer.done():
                answer.set_exception(BrowserFailed(why))
