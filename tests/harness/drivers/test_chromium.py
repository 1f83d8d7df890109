"""Chromium over its DevTools: pages do what they are told, tell what comes of it, and leave nothing behind."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.drivers.browser.cdp import BrowserFailed
from ssedrill.drivers.browser.chromium import NAMES, chromium, find_chromium
from ssedrill.drivers.browser.page import PageFailed
from support.patience import LONGER_THAN_ANY_TEST_S
from support.processes import below, wait_until_gone
from support.wpt import Served
from support.wpt_browser import serving

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium ({', '.join(NAMES)})")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes there are")


@needs_chromium
@on_linux
def test_pages():
    """What is run in a page comes back, and what it tells is heard; pages share no cookies; nothing is left."""

    others = below(os.getpid())  # what earlier tests of this process have started, and keep

    async def main():
        told = []
        async with (
            chromium() as browser,
            serving(Served()) as (origin, _),
            browser.page() as one,
            browser.page() as two,
        ):
            pids, folder = below(os.getpid()) - others, browser.folder
            assert len(pids) > 2
            assert folder.is_dir()
            await one.go(f"{origin}/")
            await two.go(f"{origin}/")
            assert await one.evaluate("document.title") == "witness"
            assert await one.evaluate("Promise.resolve({a: [1, 'ก\\0', null]})") == {"a": [1, "ก\0", None]}
            assert await one.evaluate("undefined") is None
            assert await one.call("(a, b) => a + b.c", 1, {"c": 2}) == 3
            with pytest.raises(PageFailed, match="no such thing"):
                await one.evaluate("Promise.reject(new Error('no such thing'))")
            with pytest.raises(PageFailed, match="SyntaxError"):
                await one.evaluate("(")
            with pytest.raises(PageFailed, match="net::ERR_"):
                await two.go("http://127.0.0.1:9/")
            with pytest.raises(BrowserFailed, match="wasn't found"):
                await browser.cdp.call("No.such")
            await one.listen("tell", told.append)
            await one.evaluate("tell('first'); setTimeout(() => tell('second'), 1)")
            await one.evaluate("new Promise(done => setTimeout(done, 20))")
            assert told == ["first", "second"]
            await two.go(f"{origin}/")
            await one.evaluate("document.cookie = 'mine=1'")
            assert await two.evaluate("document.cookie") == ""
            waiting = asyncio.ensure_future(two.evaluate("new Promise(() => {})"))
            crash = asyncio.ensure_future(two.go("chrome://crash"))
            with pytest.raises(BrowserFailed, match="the page is gone"):
                await waiting
            await asyncio.gather(crash, return_exceptions=True)
            assert await one.evaluate("1 + 1") == 2
        return pids, folder

    pids, folder = asyncio.run(main())
    wait_until_gone(pids)
    assert not folder.exists()


@needs_chromium
@on_linux
def test_a_browser_that_dies():
    """Whoever waits for a page is told, and so is whoever asks it later; the exception leaves nothing behind."""

    others = below(os.getpid())  # what earlier tests of this process have started, and keep

    async def main():
        async with chromium() as browser, browser.page() as page:
            pids, folder = below(os.getpid()) - others, browser.folder
            waiting = asyncio.ensure_future(page.evaluate("new Promise(() => {})"))
            with pytest.raises(BrowserFailed, match="is gone"):
                await browser.cdp.call("Browser.crash")
            with pytest.raises(BrowserFailed, match="is gone"):
                await waiting
            with pytest.raises(BrowserFailed, match="is gone"):
                await page.evaluate("1")
        return pids, folder

    pids, folder = asyncio.run(main())
    wait_until_gone(pids)
    assert not folder.exists()


@needs_chromium
@on_linux
@pytest.mark.parametrize("after_s", [0.02, 0.3])
def test_one_that_is_given_up_as_it_starts(after_s):
    """Nothing is left when the start is cancelled, early or late."""

    others = below(os.getpid())  # what earlier tests of this process have started, and keep

    async def main():
        async def start():
            async with chromium():
                await asyncio.sleep(LONGER_THAN_ANY_TEST_S)

        task = asyncio.ensure_future(start())
        await asyncio.sleep(after_s)
        pids = below(os.getpid()) - others
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return pids

    pids = asyncio.run(main())
    assert pids
    wait_until_gone(pids)


@needs_chromium
@on_linux
def test_nothing_is_left_by_a_parent_that_is_killed():
    """SIGKILL for the process that had a browser ends the browser and removes its profile."""
    code = f"""
import asyncio
from ssedrill.drivers.browser.chromium import chromium

async def main():
    async with chromium() as browser, browser.page() as page:
        print(browser.folder, flush=True)
        await asyncio.sleep({LONGER_THAN_ANY_TEST_S})

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        folder = Path(parent.stdout.readline().decode().rstrip("\n"))
        pids = below(parent.pid)
        assert folder.is_dir()
        parent.kill()
    wait_until_gone(pids)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("executable", "why"), [("/no/such/chromium", "/no/such/chromium"), (sys.executable, "exit code 2: .*option")]
)
def test_one_that_does_not_start(executable, why):
    """The error says what it was and what it said."""

    async def main():
        async with chromium(executable):
            raise AssertionError("it started")

    with pytest.raises(BrowserFailed, match=why):
        asyncio.run(main())


def test_none_at_all(monkeypatch):
    """The error names what was looked for."""
    monkeypatch.setenv("PATH", "")

    async def main():
        async with chromium():
            raise AssertionError("it started")

    with pytest.raises(BrowserFailed, match="chromium-browser"):
        asyncio.run(main())
