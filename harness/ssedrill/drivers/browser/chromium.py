"""Start a Chromium of one's own, and be sure that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from ssedrill.drivers import reaper
from ssedrill.drivers.browser.cdp import BrowserFailed, Cdp
from ssedrill.drivers.browser.page import Page
from ssedrill.drivers.program.environment import held_back

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
START_S = 120.0
"""After so long a Chromium that has not said where it listens never will, on however busy a machine."""
LOOK_S = 0.02
LAST_WORDS = 2000

_FLAGS = (
    "--headless",
    "--remote-debugging-port=0",  # any free one; it is written to the profile
    "--user-data-dir={folder}/profile",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",  # a drill that goes through a proxy tests the proxy
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-background-timer-throttling",  # a page that nobody sees is one that somebody sees
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--password-store=basic",
    "about:blank",
)
_ADDRESS = re.compile(r"(\d+)\n(/devtools/browser/[0-9a-f-]{36})\n?")


def find_chromium() -> str | None:
    """Return where Chromium is on this machine, or None if it is not."""
    return next((found for name in NAMES if (found := shutil.which(name)) is not None), None)


@dataclass(frozen=True)
class Browser:
    """A running Chromium."""

    cdp: Cdp
    folder: Path  # all that it writes is in it, and goes with it

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """Open a page with cookies, cache and connections of its own; it is closed at the end."""
        context = (await self.cdp.call("Target.createBrowserContext"))["browserContextId"]
        try:
            made = await self.cdp.call("Target.createTarget", url="about:blank", browserContextId=context)
            at = await self.cdp.call("Target.attachToTarget", targetId=made["targetId"], flatten=True)
            yield Page(self.cdp, at["sessionId"])
        finally:
            with suppress(BrowserFailed):
                await self.cdp.call("Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def chromium(executable: str | None = None) -> AsyncIterator[Browser]:
    """Run a Chromium with a new profile. All its processes and the profile go at the end, and if this process dies.

    Raises BrowserFailed if there is none, or none that starts.
    """
    executable = executable or find_chromium()
    if executable is None:
        raise BrowserFailed(f"there is no Chromium on this machine (looked for {', '.join(NAMES)})")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # it has none for root
    secret = held_back(os.environ)
    environment = {name: value for name, value in os.environ.items() if name not in secret}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", reaper.__file__, executable, *sandbox, *_FLAGS),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        folder, address = await _started(process, executable)
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(address, max_msg_size=0) as socket,
            Cdp(socket) as cdp,
        ):
            yield Browser(cdp, folder)
    finally:
        process.stdin.close()
        with suppress(ConnectionError):
            await process.stdin.wait_closed()
        await process.wait()


async def _started(process: asyncio.subprocess.Process, executable: str) -> tuple[Path, str]:
    """Return Chromium's folder, and where its DevTools listen."""
    assert process.stdout is not None
    folder = Path((await process.stdout.readline()).decode().rstrip("\n"))
    over = asyncio.get_running_loop().create_task(process.stdout.readline())
    try:
        async with asyncio.timeout(START_S):
            while not over.done():
                if (address := _address(folder)) is not None:
                    return folder, address
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise BrowserFailed(f"{executable} did not listen within {START_S:g} s: {_last_words(folder)}") from None
    finally:
        over.cancel()
    how = over.result().decode().strip()
    raise BrowserFailed(f"{executable} ended at once, exit code {how or 'unknown'}: {_last_words(folder)}")


def _address(folder: Path) -> str | None:
    """Return the address that Chromium has written down; None if it has not, or not all of it."""
    with suppress(OSError):
        found = _ADDRESS.fullmatch((folder / "profile" / "DevToolsActivePort").read_text("ascii"))
        return None if found is None else f"ws://127.0.0.1:{found[1]}{found[2]}"
    return None


def _last_words(folder: Path) -> str:
    """Return the end of what Chromium has written to its standard output and error."""
    with suppress(OSError):
        return (folder / reaper.OUTPUT).read_text("utf-8", "replace")[-LAST_WORDS:].strip()
    return ""
