"""The page of a report in Chromium: links, filters, search and keys, with and without its script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from ssedrill.drivers.browser.chromium import NAMES, find_chromium
from ssedrill.model.record import Check, RecordFile, Severity, Status
from support.fleet import fleet, impatient, many_runs
from support.one_browser import OneBrowser
from support.records import changed
from support.report_pages import NARROW, WIDE, Reader, read_report

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium ({', '.join(NAMES)})")

ROWS, CARDS = "table.matrix th[scope=row]", "details.run:not(.call) strong"
HEAD = "document.querySelector('details.run[open] summary')"
EAGER = "drill/reset-mid-stream/eager"


Read: TypeAlias = Callable[..., None]


@pytest.fixture
def read(browser: OneBrowser, tmp_path: Path) -> Read:
    """Write a report's page, open it, and have something done with it."""

    def read(what: Callable[[Reader], Awaitable[None]], file: RecordFile | None = None) -> None:
        read_report(browser, fleet() if file is None else file, tmp_path / "index.html", what)

    return read


@pytest.mark.parametrize("script", [True, False])
def test_anchors(read: Read, script: bool) -> None:
    """A link to a drill, or to one dialect of it, opens its card and no other, with the card's head in sight."""

    async def what(reader: Reader) -> None:
        await reader.script(on=script)
        for fragment in (f"#{EAGER}", f"#{EAGER}/openai-chat"):
            await reader.go(fragment)
            assert await reader.opened() == [EAGER]
            top = await reader.value(f"{HEAD}.getBoundingClientRect().top")
            assert -1 <= top < 450
            assert await reader.seen("details.run[open] .about") == ["A reset after 12 tokens."]

    read(what)


@pytest.mark.parametrize("script", [True, False])
def test_from_cell_to_card_and_back(read: Read, script: bool) -> None:
    """A click on a cell leads to its card; the card's own link and the browser's Back lead to where one was."""

    async def what(reader: Reader) -> None:
        await reader.script(on=script)
        await reader.go()
        await reader.click(f"a.cell[href='#{EAGER}']")
        assert await reader.opened() == [EAGER]
        await reader.click("details.run[open] a.back")
        assert await reader.value("location.hash") == "#cell/reset-mid-stream/eager"
        assert await reader.value("document.querySelector('a.cell:target').getBoundingClientRect().top < innerHeight")
        await reader.value("history.go(-2)")
        await reader.until("location.hash === ''")

    read(what)


def test_a_card_that_was_closed_again(read: Read) -> None:
    """A second click on the same cell opens it once more."""

    async def what(reader: Reader) -> None:
        await reader.click(f"a.cell[href='#{EAGER}']")
        await reader.value("document.querySelector('details.run[open]').open = false")
        await reader.click(f"a.cell[href='#{EAGER}']")
        assert await reader.opened() == [EAGER]

    read(what)


@pytest.mark.parametrize("script", [True, False])
def test_filters(read: Read, script: bool) -> None:
    """Failures are what failed and what was not tested; differences are where clients came out otherwise."""

    async def what(reader: Reader) -> None:
        await reader.script(on=script)
        await reader.go()
        all_families = ["protocol", "tcp", "limits"]
        assert await reader.seen("tr.family") == all_families
        await reader.click("#only-bad")
        assert await reader.seen(ROWS) == ["reset-mid-stream", "stall", "rate-limited"]
        assert await reader.seen(CARDS) == ["reset-mid-stream", "stall", "rate-limited"]
        assert await reader.seen("tr.family") == await reader.seen("#evidence h3") == ["tcp", "limits"]
        await reader.click("#only-bad")
        await reader.click("#only-diff")
        assert await reader.seen(ROWS) == ["reset-mid-stream", "stall", "rate-limited"]
        assert len(await reader.seen(CARDS)) == 8
        if script:
            assert await reader.seen("#found") == ["8 of 11"]
        await reader.click("#only-diff")
        assert await reader.seen("tr.family") == all_families

    read(what)


def test_search(read: Read) -> None:
    """All words must be in what is told of a drill: names, checks, what it is about, where it was seen."""
    expected = {
        "retry_after": ["rate-limited"],
        "ACME/client#51": ["reset-mid-stream"] * 3,
        "half not-tested": ["stall"],
        "tcp eager": ["reset-mid-stream", "stall"],
        "showed 12 tokens twice": ["reset-mid-stream"],
        "no such thing": [],
    }

    async def what(reader: Reader) -> None:
        for words, cards in expected.items():
            await reader.value("document.getElementById('search').focus()")
            await reader.type(words)
            assert await reader.seen(CARDS) == cards, words
            assert await reader.seen(ROWS) == list(dict.fromkeys(cards)), words
            assert await reader.seen("#found") == [f"{len(cards)} of 11"]
            assert len(await reader.seen("a.cell:not(.dim)")) == len(cards), words
            await reader.key("Escape")
        assert len(await reader.seen(CARDS)) == 11
        assert await reader.seen("#found") == []

    read(what)


def test_search_within_a_filter(read: Read) -> None:
    """A family is gone if what the search leaves of it the filter hides."""

    async def what(reader: Reader) -> None:
        await reader.click("#only-bad")
        await reader.click("#search")
        await reader.type("good")
        assert await reader.seen(CARDS) == []
        assert await reader.seen("#evidence h3") == []
        assert await reader.seen("#found") == ["0 of 11"]

    read(what)


def test_keyboard(read: Read) -> None:
    """A slash goes to the search, arrows from cell to cell, Enter to the card, where the keyboard goes on."""

    async def what(reader: Reader) -> None:
        await reader.key("/", "/")
        assert await reader.focused() == "search"
        assert await reader.value("document.getElementById('search').value") == ""
        await reader.key("Escape")
        await reader.value("document.getElementById('cell/healthy/eager').focus()")
        steps = [
            ("ArrowRight", "cell/healthy/good"),
            ("ArrowDown", "cell/reset-mid-stream/good"),
            ("ArrowLeft", "cell/reset-mid-stream/eager"),
            ("ArrowLeft", "cell/reset-mid-stream/eager"),  # there is none
        ]
        for key, cell in steps:
            await reader.key(key)
            assert await reader.focused() == cell
        await reader.key("Enter", "\r")
        await reader.value("new Promise(done => setTimeout(done, 50))")
        assert await reader.opened() == [EAGER]
        assert await reader.focused() == EAGER
        await reader.key("Tab")
        assert await reader.value("document.activeElement.className") == "back"
        await reader.key("Enter", "\r")
        await reader.value("new Promise(done => setTimeout(done, 50))")
        assert await reader.focused() == "cell/reset-mid-stream/eager"

    read(what)


def test_without_script_there_is_no_search(read: Read) -> None:
    """What does nothing is not shown."""

    async def what(reader: Reader) -> None:
        assert await reader.value("document.getElementById('search').checkVisibility()")
        await reader.script(on=False)
        await reader.go()
        assert not await reader.value("document.getElementById('search').checkVisibility()")

    read(what)


LOOK = """() => {
    document.querySelectorAll("details").forEach(one => { one.open = true; });
    const rect = one => one.getBoundingClientRect();
    const scroll = document.querySelector(".scroll:has(.matrix)");
    scroll.scrollLeft = 1e6;
    const name = document.querySelector(".matrix tbody th[scope=row]");
    const last = document.querySelector(".matrix thead th:last-child");
    const heights = [...document.querySelectorAll(".matrix tr:not(.family):has(td)")].map(row => rect(row).height);
    const cut = [...document.querySelectorAll(".cell > span")].filter(one => one.scrollWidth > one.clientWidth);
    const broken = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const around = node.parentElement;
        if (!around.checkVisibility() || around.closest("script, style, .sr, .skip")) continue;
        for (const found of node.data.matchAll(/(?<!\\S)-+[a-z]+|[\\p{L}\\p{N}]+/gu)) {
            const range = document.createRange();
            range.setStart(node, found.index);
            range.setEnd(node, found.index + found[0].length);
            const tops = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
            if (tops.size > 1) broken.push(found[0]);
        }
    }
    return {
        wide: document.documentElement.scrollWidth - innerWidth,
        name: rect(name).left - rect(scroll).left,
        last: rect(last).right - rect(scroll).right,
        tallest: Math.max(...heights) - Math.min(...heights),
        broken,
        cut: cut.map(one => one.textContent),
    };
}"""


@pytest.mark.slow
def test_the_page_on_every_screen(read: Read) -> None:
    """No word is broken, no outcome cut, nothing too wide; the last client is reached with the names still there."""
    file = many_runs(60, clients=20)
    names = ("retry_after", "run_open_connections", "credentials", "idempotency_key")  # more than a cell has room for
    broken = [Check(name, Severity.MUST, Status.BROKEN, "kept", "broken") for name in names]
    file.runs[3] = changed(impatient("scenario-0", "client-3"), checks=broken)

    async def what(reader: Reader) -> None:
        for width in (WIDE, NARROW):
            for scheme in ("light", "dark"):
                await reader.screen(width, scheme)
                await reader.go()
                found = await reader.page.call(LOOK)
                assert found["wide"] <= 0
                assert found["broken"] == []
                assert found["cut"] == []
                assert 0 <= found["name"] <= 2
                assert found["last"] <= 1
                assert found["tallest"] <= 2

    read(what, file)


@pytest.mark.slow
def test_a_filter_touches_what_it_changes(read: Read) -> None:
    """Of two thousand drills, a search changes each card, cell and row once at most, and nothing the second time."""
    count = """async words => {
        let changes = 0;
        const watch = new MutationObserver(found => { changes += found.length; });
        watch.observe(document, {attributes: true, childList: true, subtree: true});
        const search = document.getElementById("search");
        search.value = words;
        search.dispatchEvent(new Event("input"));
        await new Promise(done => setTimeout(done));
        watch.disconnect();
        return changes;
    }"""

    async def what(reader: Reader) -> None:
        drills, rows, groups = 2000, 100, 20
        first = await reader.page.call(count, "client-7")
        assert drills < first <= 2 * drills + rows + groups + 2
        assert len(await reader.seen(CARDS)) == 100
        assert await reader.page.call(count, " CLIENT-7 ") <= 2  # but for what is written of how many there are

    read(what, many_runs(2000))
