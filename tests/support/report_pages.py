"""A report's page in Chromium, as a reader meets it: with and without script, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ssedrill.drivers.browser.page import Page
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import html
from support.one_browser import OneBrowser

WIDE, NARROW = 1400, 375


class Reader:
    """Reads one report."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self._path = path

    async def go(self, fragment: str = "") -> None:
        """Open the page anew, at an anchor."""
        await self.page.go("about:blank")
        await self.page.go(self._path.as_uri() + fragment)

    async def screen(self, width: int, scheme: str = "light") -> None:
        """Set the width of the window, in pixels, and the scheme of colours."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await self.page.cdp.call("Emulation.setDeviceMetricsOverride", self.page.session, **metrics)
        colours = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.page.cdp.call("Emulation.setEmulatedMedia", self.page.session, features=colours)

    async def script(self, *, on: bool) -> None:
        """Let the page run its script, or not; what a test asks is answered all the same."""
        await self.page.cdp.call("Emulation.setScriptExecutionDisabled", self.page.session, value=not on)

    async def key(self, name: str, text: str = "") -> None:
        """Press a key."""
        key: dict[str, object] = {"key": name, **({"text": text} if text else {})}
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        key["windowsVirtualKeyCode"] = codes.get(name, 0)
        for kind in ("keyDown", "keyUp"):
            await self.page.cdp.call("Input.dispatchKeyEvent", self.page.session, type=kind, **key)

    async def type(self, words: str) -> None:
        """Type text where the keyboard is."""
        await self.page.cdp.call("Input.insertText", self.page.session, text=words)

    async def click(self, selector: str) -> None:
        """Click on the middle of the first element that this selects."""
        place = await self.page.call(
            """selector => {
                const box = (document.querySelector(selector).scrollIntoView({block: "center"}),
                    document.querySelector(selector).getBoundingClientRect());
                return [box.x + box.width / 2, box.y + box.height / 2];
            }""",
            selector,
        )
        for kind in ("mousePressed", "mouseReleased"):
            what = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
            await self.page.cdp.call("Input.dispatchMouseEvent", self.page.session, type=kind, **what)

    async def opened(self) -> list[str]:
        """Return which cards are open, by their ids."""
        found: list[str] = await self.page.evaluate(
            "[...document.querySelectorAll('details.run[open] > .card')].map(one => one.id)"
        )
        return found

    async def focused(self) -> str:
        """Return what the keyboard is at: its id, or the id of the card whose summary it is."""
        found: str = await self.page.evaluate(
            "(at => at.id || (at.closest('details') || {querySelector: () => at}).querySelector('.card').id)"
            "(document.activeElement)"
        )
        return found

    async def seen(self, selector: str) -> list[str]:
        """Return the texts of the elements that can be seen, without what is around them."""
        found: list[str] = await self.page.call(
            """selector => [...document.querySelectorAll(selector)].filter(one => one.checkVisibility())
                .map(one => one.textContent.trim())""",
            selector,
        )
        return found

    async def until(self, expression: str) -> None:
        """Return when an expression holds."""
        while not await self.page.evaluate(expression):
            await self.page.evaluate("undefined")  # a turn of the browser

    async def value(self, expression: str) -> Any:
        """Return the value of an expression."""
        return await self.page.evaluate(expression)


def read_report(browser: OneBrowser, file: RecordFile, path: Path, what: Callable[[Reader], Awaitable[None]]) -> None:
    """Write a report's page, open it in a browser, and have something done with it."""
    html.write(file, path)

    async def main(page: Page) -> None:
        reader = Reader(page, path)
        await reader.screen(WIDE)
        await reader.go()
        await what(reader)

    browser.read(main)
