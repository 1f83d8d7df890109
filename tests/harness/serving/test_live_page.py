"""The live page in Chromium: what happens is on it while it happens, as text, on a wide screen and a narrow one."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import httpx
import pytest

from ssedrill.drivers.browser.chromium import NAMES, chromium, find_chromium
from support.patience import HANG_S
from support.report_pages import NARROW, WIDE, Reader
from support.serving import api

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium ({', '.join(NAMES)})")

TOKEN = "sesame-sesame"
EVIL = "<img src=x onerror=document.title=1>"
SLOW = f"""
name = "slow"
about = "{EVIL}"
dialects = ["eventsource"]
patience = "30 s"
deadline = "120 s"
[stream]
tokens = 40
every = "1 s"
[[attempt]]
faults = [{{ status = {{ code = 503 }} }}]
[[attempt]]
[must]
outcome = ["recovered"]
"""


async def shot(reader: Reader, path: Path) -> None:
    """Keep a picture of the page."""
    found = await reader.page.cdp.call("Page.captureScreenshot", reader.page.session, captureBeyondViewport=True)
    await asyncio.to_thread(path.write_bytes, base64.b64decode(found["data"]))


def test_it_shows_what_happens(tmp_path):
    """Connections and attempts appear while a stream is under way, and what is over is folded; a token is kept."""

    async def main() -> None:
        async with (
            api(TOKEN) as asked,
            chromium() as browser,
            browser.page() as page,
            httpx.AsyncClient(trust_env=False) as http,
        ):
            reader = Reader(page, tmp_path)
            await reader.screen(WIDE)
            await page.go(f"{asked.url}/?token={TOKEN}")
            await reader.until("document.querySelector('#state').textContent === 'live'")
            assert await reader.value("location.search") == ""
            assert await reader.seen("#none")
            slow = await asked.ok("POST", "/drills", {"toml": SLOW})
            await reader.until("!!document.querySelector('.drill.waiting')")
            assert await reader.seen(".drill .soft") == ["eventsource", EVIL]
            assert (await http.get(slow["url"])).status_code == 503
            async with http.stream("GET", slow["url"]) as answer:
                assert answer.status_code == 200
                await reader.until("document.querySelectorAll('.attempt').length === 2")
                assert await reader.seen(".fault") == ["status"]
                first, second = await reader.seen(".attempt .what")
                assert first.startswith("GET /<run>/stream 503 status")
                assert "done at" in first
                assert "done at" not in second
                assert len(await reader.seen(".connection.open")) == 1
                for name, width, scheme in (("wide", WIDE, "light"), ("narrow", NARROW, "dark")):
                    await reader.screen(width, scheme)
                    await shot(reader, tmp_path / f"{name}.png")
                    assert await reader.value("document.documentElement.scrollWidth <= innerWidth")
            await asked.ok("POST", f"/drills/{slow['id']}/shown", {"error": {"class": "Oh", "message": EVIL}})
            await reader.until("!!document.querySelector('.drill.over') && !document.querySelector('.drill').open")
            await reader.until("!!document.querySelector('.verdict')")  # it may come a little after the end
            assert await reader.seen(".verdict") == ["fail: failed-loudly"]
            await reader.click(".drill summary")
            await reader.until("document.querySelector('.drill').open")
            assert any(EVIL in text for text in await reader.seen(".drill p"))
            again = await asked.ok("POST", f"/drills/{slow['id']}/reset")
            await reader.until("!!document.querySelector('.drill.waiting') && !document.querySelector('.attempt')")
            assert again["url"] == slow["url"]
            await asked.ok("DELETE", f"/drills/{slow['id']}")
            await reader.until("!document.querySelector('.drill')")
            assert await reader.value("document.title") == "ssedrill: drills as they happen"

    async def within() -> None:
        async with asyncio.timeout(HANG_S):
            await main()

    asyncio.run(within())
