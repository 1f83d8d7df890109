"""One Chromium for many tests: starting it takes longer than most of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Self

from ssedrill.drivers.browser.chromium import Browser, chromium
from ssedrill.drivers.browser.page import Page


class OneBrowser:
    """A running Chromium and the loop that it belongs to; each test has a page with a profile of its own."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._browser: Browser | None = None

    def __enter__(self) -> Self:
        self._browser = self._runner.run(self._open.enter_async_context(chromium()))
        return self

    def __exit__(self, *error: object) -> None:
        self._runner.run(self._open.aclose())
        self._runner.close()

    def read(self, what: Callable[[Page], Awaitable[None]]) -> None:
        """Have something done with a new page."""

        async def main() -> None:
            assert self._browser is not None
            async with self._browser.page() as page:
                await what(page)

        self._runner.run(main())
