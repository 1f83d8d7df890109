"""How many calls come back is told as it was: counted by construction, in words, in characters and as a picture."""

from __future__ import annotations

import re

import pytest

from ssedrill.model.record import CallRecord, Claim, Outcome, Record, Verdict
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.reporting.views.arrivals import Arrivals, arrivals_of, as_svg, as_text
from ssedrill_faults.plan import Plan


def crowd(*retries: float, calls: int = 20) -> Record:
    """Return a run in which each call asks at once, and the first of them again at these times."""
    asked = [(0.0, call) for call in range(1, calls + 1)]
    asked += [(t, call) for call, t in enumerate(retries, start=1)]
    attempts = [
        AttemptLog(n, n, t, Plan(1, ()), method="GET", kind=RequestKind.STREAM, call=call)
        for n, (t, call) in enumerate(asked, start=1)
    ]
    made = [
        CallRecord(n, 1, Outcome.RECOVERED, Claim.COMPLETE, Verdict.PASS, "", 0.0, 5.0) for n in range(1, calls + 1)
    ]
    record = Record("s", "c", "d", 0, "virtual", Outcome.RECOVERED, Claim.COMPLETE, Verdict.PASS)
    record.wire, record.calls = WireJournal([], attempts), made
    return record


@pytest.mark.parametrize(
    ("retries", "peak", "even"),
    [
        ([2.0] * 20, 20, 2.0),
        ([2.0 + n / 10 for n in range(20)], 2, 20 * 0.1 / 1.9),
        ([2.0, 2.05, 2.09, 2.3, 5.0], 3, 5 * 0.1 / 3.0),
        ([], 0, 0.0),
    ],
)
def test_the_peak_beside_an_even_spread(retries, peak, even):
    """The most within a tenth of a second; evenly spread over the time that they took, a second at least."""
    found = arrivals_of(crowd(*retries))
    assert found is not None
    assert (found.peak, len(found.retries)) == (peak, len(retries))
    assert found.even == pytest.approx(even)


def test_a_few_calls_are_no_crowd():
    """Nothing is told of them."""
    assert arrivals_of(crowd(2.0, calls=3)) is None


def test_in_characters():
    """A line for each tenth of a second in which somebody came; quiet times are left out once."""
    lines = list(as_text(Arrivals(20, (2.0, 2.0, 2.01, 4.5))))
    assert "asked again 4 times, from 2.00 s to 4.50 s; at most 3 times within 100 ms" in lines[0]
    assert [line.split()[-1] for line in lines[1:]] == ["3", "…", "1"]
    assert list(as_text(Arrivals(20, ()))) == ["20 calls, of which none asked again"]


def test_as_a_picture():
    """A bar for each of them, as high as there were many, and the words beside it."""
    picture = as_svg(Arrivals(20, (2.0, 2.0, 2.01, 4.5)))
    assert re.findall(r"<title>([^<]*)</title>", picture) == ["2.0 s: 3", "4.5 s: 1"]
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"><title>', picture)]
    assert heights[0] == pytest.approx(3 * heights[1])
    assert as_svg(Arrivals(20, ())) == "<p>20 calls, of which none asked again</p>"


def test_a_day_of_retries_is_bounded():
    """However far apart they are, there is a last bar."""
    assert len(as_svg(Arrivals(20, tuple(n * 10.0 for n in range(5000))))) < 100_000
