"""Chromium's own EventSource, over our server, makes of every case what the web platform tests say."""

from __future__ import annotations

import asyncio

import pytest

from ssedrill.drivers.browser.chromium import NAMES, chromium, find_chromium
from ssedrill_faults.plan import Write
from support.wpt import CASES
from support.wpt_browser import CANCELLED, CREDENTIALS, read_all
from support.wpt_seen import contradictions, spoiled

DIFFERENT = [case.number for case in CASES if "chromium" in case.data]
"""Cases of which Chromium is known to make something else; the file says how that is known."""


@pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium ({', '.join(NAMES)})")
def test_chromium_reads_every_case_as_the_standard_says():
    """Events, states, requests and headers are those of the case, and no wait is shorter; one browser reads all.

    A case of which Chromium is known to make something else may come out either way. That each part of an expectation
    is asked shows if another takes its place: then it does not hold.
    """
    found = asyncio.run(_read())
    assert {seen.case.number for seen in found.values()} == {case.number for case in CASES}
    assert sum(title.startswith(CREDENTIALS.name) for title in found) == 2
    wrong = {title: (said, seen.log) for title, seen in found.items() if (said := contradictions(seen.case, seen))}
    known = {title for title in wrong if found[title].case.number in DIFFERENT}
    assert known == {title for title in known if not contradictions(found[title].case.in_chromium, found[title])}
    assert wrong.keys() - known == set(), {title: wrong[title] for title in wrong.keys() - known}
    for title, seen in found.items():
        for key, other in spoiled(seen.case.in_chromium if title in known else seen.case):
            assert key in contradictions(other, seen), f"{title}: {key} is not asked"
    stopped = found[CANCELLED.name]
    assert stopped.state == "CLOSED"
    (request,) = stopped.requests
    assert request.left is not None
    assert not any(isinstance(request.plan.ops[played.op], Write) for played in request.played)


async def _read():
    async with chromium() as browser:
        return await read_all(browser)
