"""Have a browser's own EventSource read all cases of the web platform tests, in a few pages, at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ssedrill.drivers.browser.chromium import Browser
from ssedrill.drivers.browser.page import Page
from ssedrill.server.app import DrillServer
from support.patience import HANG_S, LONGER_THAN_ANY_TEST_S
from support.wpt import CASES, Case, Served
from support.wpt_seen import STATES, Seen

WITNESS = """types => {
    window.logs = {};
    window.sources = {};
    window.witness = (name, url, what, count, close, withCredentials) => new Promise(done => {
        const log = logs[name] = [];
        const source = sources[name] = new EventSource(url, {withCredentials});
        const note = event => {
            const kind = event instanceof MessageEvent ? "message" : event.type;
            const {type, data, lastEventId} = event;
            log.push({what: kind, type, data, lastEventId, state: source.readyState});
            if (kind === what && log.filter(entry => entry.what === what).length === count) {
                if (close) source.close();
                done();
            }
        };
        for (const type of ["open", "error", ...types]) source.addEventListener(type, note);
    });
}"""
"""Note all that a source tells; done when ``what`` was told ``count`` times, and closed at that instant if asked."""
TYPES = sorted({event["type"] for case in CASES for event in case.expect.get("events_first_connection", [])})
CANCELLED = next(case for case in CASES if case.kind == "client-cancel")
CREDENTIALS = next(case for case in CASES if "request-credentials" in case.data["file"])
TWICE = next(case for case in CASES if "request-cache-control" in case.data["file"])
CONTROL = Case(len(CASES), next(case for case in CASES if case.name == "default body").data)
"""A stream without a fault, which is asked for again after the browser's own wait."""


@dataclass(frozen=True)
class Until:
    """What ends the reading of a case, and how many requests it takes."""

    what: str
    count: int
    close: bool = True  # the page closes the source; else it is looked whether the source asks again
    requests: int = 1


def until(case: Case) -> Until:
    """Return when a case has shown what it expects."""
    expect = case.expect
    if expect.get("outcome") == "fail":
        return Until("error", 1, close=False)
    if "final_ready_state" in expect:
        return Until("open", 1, requests=len(case.connections))
    if expect.get("reconnect_after_last") is False:
        return Until("error", len(case.connections), close=False, requests=len(case.connections))
    if case.kind == "retry-timing":
        return Until("open", 2, requests=2)
    if case.kind == "reconnect":
        requests = max(2, len(case.connections))
        return Until("message", len(expect.get("events_all_connections_prefix", case.connections)), requests=requests)
    if case.answer(1)["then"] != "close":
        return Until("message", len(expect["events_first_connection"]))
    return Until("error", 1, requests=2 if case is TWICE else 1)


@asynccontextmanager
async def serving(served: Served) -> AsyncIterator[tuple[str, DrillServer]]:
    """Serve cases; give the origin and the server."""
    server = DrillServer(planner=served, door_for=served.door, max_requests=10 * len(CASES))
    origin = server.start()
    try:
        yield origin, server
    finally:
        await server.stop()


async def read_all(browser: Browser) -> dict[str, Seen]:
    """Return what was seen of each case, by a title.

    When all is done the control is read: until it is asked for again, whoever meant to ask again has done so.
    """
    served = Served([*CASES, CONTROL], delay_s=LONGER_THAN_ANY_TEST_S)
    async with asyncio.timeout(HANG_S), serving(served) as (origin, server), _page(browser, origin) as page:
        simple = [case for case in CASES if case not in (CANCELLED, CREDENTIALS)]
        async with _cancelled(browser, origin, served) as other:
            _, foreign = await asyncio.gather(
                asyncio.gather(*(_read(page, case) for case in simple)),
                asyncio.gather(*(_credentials(browser, origin, allowed) for allowed in (False, True))),
            )
            await _witness(page, CONTROL, Until("open", 2))
            found = {case.name: await _seen(page, case, server) for case in simple}
            found[CANCELLED.name] = await _seen(other, CANCELLED, server)
    return found | dict(foreign)


@asynccontextmanager
async def _page(browser: Browser, origin: str) -> AsyncIterator[Page]:
    async with browser.page() as page:
        await page.go(f"{origin}/")
        await page.call(WITNESS, TYPES)
        yield page


async def _read(page: Page, case: Case) -> None:
    for _ in range(2 if case is TWICE else 1):
        await _witness(page, case, until(case))


async def _witness(page: Page, case: Case, end: Until, origin: str = "", *, allowed: bool = False) -> None:
    arguments = str(case.number), origin + case.path, end.what, end.count, end.close, allowed
    await page.call("(...told) => witness(...told)", *arguments)


async def _seen(page: Page, case: Case, server: DrillServer) -> Seen:
    log, state = await page.call("name => [logs[name], sources[name].readyState]", str(case.number))
    requests = [request for request in server.journal.requests if request.path == case.path]
    return Seen(case, log, STATES[state], requests, until(case).requests)


@asynccontextmanager
async def _cancelled(browser: Browser, origin: str, served: Served) -> AsyncIterator[Page]:
    """Have a page ask, and stop loading while the server has not answered yet."""
    asked = asyncio.Event()
    served.on_request = lambda: asked.set() if CANCELLED.path in served.requests else None
    async with _page(browser, origin) as page:
        arguments = str(CANCELLED.number), CANCELLED.path, "open", 1, True, False
        await page.call("(...told) => void witness(...told)", *arguments)
        await asked.wait()
        await page.evaluate("stop()")
        yield page


async def _credentials(browser: Browser, origin: str, allowed: bool) -> tuple[str, Seen]:
    """Read the case about cookies from a page of another origin, which the server lets in."""
    let_in = ("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")
    served = Served([CREDENTIALS], *let_in, ("Set-Cookie", "test=COOKIE"))
    async with serving(served) as (there, server), _page(browser, origin) as page:
        await _witness(page, CREDENTIALS, until(CREDENTIALS), there, allowed=allowed)
        second = {"type": "message", "data": f"second {'COOKIE' if allowed else 'NO_COOKIE'}", "lastEventId": "2"}
        all_told = {"events_all_connections_prefix": [*CREDENTIALS.expect["events_first_connection"], second]}
        case = Case(CREDENTIALS.number, CREDENTIALS.data | {"expect": CREDENTIALS.expect | all_told})
        return f"{case.name}: {allowed}", await _seen(page, case, server)
