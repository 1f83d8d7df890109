"""What a report of two thousand runs costs: to write it, beside the record; to filter it, beside loading it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.limits import Limits
from bench.tables import Table, ratio
from ssedrill.drivers.browser.chromium import NAMES, find_chromium
from ssedrill.reporting.formats import html, to_json
from support.fleet import many_runs
from support.one_browser import OneBrowser
from support.report_pages import Reader, read_report

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

RUNS, ROUNDS = 2000, 5
AS_THE_RECORD = 2
"""A page takes at most so many times what its record takes: ten seconds are far from what either takes."""
OF_LOADING = 0.5
"""A filter takes at most half of what the page takes to load."""

FILTER = """async words => {
    const search = document.getElementById("search");
    const began = performance.now();
    search.value = words;
    search.dispatchEvent(new Event("input"));
    document.body.offsetHeight;  // laid out
    return (performance.now() - began) / 1000;
}"""


def taken(work: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def test_writing_a_page(publish: Callable[[Table], None], limits: Limits) -> None:
    """The page of many runs is made in about the time of their record."""
    file = many_runs(RUNS)
    rounds = [(taken(lambda: html.to_text(file)), taken(lambda: to_json.to_text(file))) for _ in range(ROUNDS)]
    ratios = [page / record for page, record in rounds]
    size = len(html.to_text(file).encode()) / 1e6
    rows = (
        (f"index.html, {size:.1f} MB", f"{min(page for page, _ in rounds):.2f} s", ratio(ratios)),
        ("record.json", f"{min(record for _, record in rounds):.2f} s", ""),
    )
    note = f"{ROUNDS} rounds; each writes the page and the record of the same runs, into memory."
    publish(Table(f"A report of {RUNS:,} runs", note, ("file", "least", "beside the record"), rows))
    limits.at_most("a page beside its record", ratios, AS_THE_RECORD)


@pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium ({', '.join(NAMES)})")
def test_filtering_a_page(tmp_path: Path, publish: Callable[[Table], None], limits: Limits) -> None:
    """A search among many runs is done, and laid out, in a part of the time that the page takes to load."""

    rounds: list[tuple[float, float]] = []

    async def measure(reader: Reader) -> None:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await reader.go()
            loaded = time.perf_counter() - began
            await reader.page.call(FILTER, "nothing")  # the first one reads the page
            rounds.append((max([await reader.page.call(FILTER, words) for words in ("client-7", "")]), loaded))

    with OneBrowser() as browser:
        read_report(browser, many_runs(RUNS), tmp_path / "index.html", measure)
    ratios = [filtered / loaded for filtered, loaded in rounds]
    note = f"{ROUNDS} rounds; each loads the page, searches for a client and shows all again, laid out."
    row = ("the slower of the two", f"{min(filtered for filtered, _ in rounds):.2f} s", ratio(ratios))
    publish(Table(f"A search among {RUNS:,} runs", note, ("what", "least", "beside loading the page"), (row,)))
    limits.at_most("a search beside loading the page", ratios, OF_LOADING)
