"""The page of a run with several calls in Chromium: on a desk and on a telephone, by day and by night."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ssedrill.drivers.browser.chromium import NAMES, chromium, find_chromium
from ssedrill.drivers.browser.page import Page
from ssedrill.reporting.formats import html
from support.call_records import bad, good, loud, several, stopped
from support.pages import EVIL
from support.records import file_of

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium ({', '.join(NAMES)})")

LOOK = """() => {
    const shown = element => element.checkVisibility() && element.getClientRects().length > 0;
    const all = selector => [...document.querySelectorAll(selector)];
    const style = (element, part) => getComputedStyle(element, part);
    const rows = all("article > table.story.of-calls tbody tr");
    return {
        wide: document.documentElement.scrollWidth - innerWidth,
        opened: all("details.run:not(.call)").filter(one => one.open).map(one => one.querySelector(".card").id),
        calls: all("details.call").map(one => [one.querySelector("strong").textContent, one.open]),
        outside: all("article *").filter(shown).filter(one => !one.closest(".scroll"))
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80)),
        rows: rows.filter(shown).length,
        whose: rows.map(row => row.querySelector(".calls").textContent),
        before: style(rows[0].querySelector(".calls"), "::before").content,
        summary: style(document.querySelector(".run.call .outcome")).backgroundColor,
        scripts: document.scripts.length,
        images: document.images.length,
    };
}"""


async def looked_at(page: Page, path: Path, width: int, scheme: str) -> dict[str, Any]:
    """Return what there is to be seen at a width and in a scheme of colours, once a cell has been followed."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    await page.cdp.call("Emulation.setDeviceMetricsOverride", page.session, **metrics)
    colours = [{"name": "prefers-color-scheme", "value": scheme}]
    await page.cdp.call("Emulation.setEmulatedMedia", page.session, features=colours)
    await page.go(path.as_uri())
    await page.evaluate("document.querySelector('a.cell').click(); new Promise(done => setTimeout(done, 50))")
    found: dict[str, Any] = await page.call(LOOK)
    return found


@needs_chromium
def test_a_page_with_calls(tmp_path: Path) -> None:
    """A cell leads to its card; nothing is wider than the screen; the first call that went wrong is open."""
    path = tmp_path / "index.html"
    html.write(file_of(several(good(), *[stopped(2)] * 12, bad(3), loud(EVIL, 4))), path)

    async def main() -> dict[tuple[int, str], dict[str, Any]]:
        async with chromium() as browser, browser.page() as page:
            return {
                (width, scheme): await looked_at(page, path, width, scheme)
                for width in (1400, 375)
                for scheme in ("light", "dark")
            }

    seen = asyncio.run(main())
    for (width, _), found in seen.items():
        assert found["before"] == ('"call "' if width == 375 else "none")
        assert found["wide"] <= 0
        assert found["outside"] == []
        assert found["opened"] == ["drill/pool/eager"]
        assert found["calls"] == [["call 14", True], ["call 15", False]]
        assert found["rows"] == len(found["whose"]) > 10
        assert "2-13" in found["whose"]
        assert (found["scripts"], found["images"]) == (1, 0)
    assert seen[1400, "light"]["summary"] != seen[1400, "dark"]["summary"]
