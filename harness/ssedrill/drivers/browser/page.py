"""One page of a browser: where it goes, what is run in it, and what it tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssedrill.drivers.browser.cdp import Cdp, Params


class PageFailed(Exception):
    """What was run in the page has thrown, or the page could not be loaded."""


@dataclass(frozen=True)
class Page:
    """A page in a context of its own: it shares neither cookies nor connections with another."""

    cdp: Cdp
    session: str

    async def go(self, url: str) -> None:
        """Load a page; return when it and all that it holds are loaded."""
        loaded: asyncio.Queue[str] = asyncio.Queue()

        def heard(event: Params) -> None:
            if event["name"] == "load":
                loaded.put_nowait(event["loaderId"])

        self.cdp.hear("Page.lifecycleEvent", self.session, heard)
        await self.cdp.call("Page.enable", self.session)
        await self.cdp.call("Page.setLifecycleEventsEnabled", self.session, enabled=True)
        found = await self.cdp.call("Page.navigate", self.session, url=url)
        if found.get("errorText"):
            raise PageFailed(f"{url}: {found['errorText']}")
        while await loaded.get() != found["loaderId"]:
            pass  # it was the page before

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript and return its value, as JSON has it; of a promise, what it comes to. Raises PageFailed."""
        found = await self.cdp.call(
            "Runtime.evaluate", self.session, expression=expression, awaitPromise=True, returnByValue=True
        )
        if (details := found.get("exceptionDetails")) is not None:
            raise PageFailed(details.get("exception", {}).get("description") or details["text"])
        return found["result"].get("value")

    async def call(self, function: str, *arguments: object) -> Any:
        """Call a function, written in JavaScript, with arguments that JSON can hold; return as ``evaluate`` does."""
        return await self.evaluate(f"({function})(...{json.dumps(arguments)})")

    async def listen(self, name: str, callback: Callable[[str], None]) -> None:
        """Give the page a function ``name`` that takes a string; ``callback`` is given what the page tells by it."""

        def heard(event: Params) -> None:
            if event["name"] == name:
                callback(event["payload"])

        self.cdp.hear("Runtime.bindingCalled", self.session, heard)
        await self.cdp.call("Runtime.enable", self.session)
        await self.cdp.call("Runtime.addBinding", self.session, name=name)
