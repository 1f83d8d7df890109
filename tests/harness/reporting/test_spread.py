"""Measures over repeats."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from ssedrill.model.numbers import Recovery
from ssedrill.model.record import Record
from ssedrill.reporting.formats.markdown import to_text
from ssedrill.reporting.views.spread import spreads
from ssedrill.reporting.views.terminal import print_report
from support.records import file_of, passed


def repeated(count: int) -> list[Record]:
    """Return repeats whose recovery takes 1, 2, 3 ... seconds."""
    return [passed(repeat=i, recovery=Recovery(total_s=float(i + 1))) for i in range(count)]


def test_median_and_the_worst_but_five_of_a_hundred():
    """The figures are values that occurred, but for a median between two."""
    (one,) = spreads(repeated(100))
    assert (one.measure, one.count, one.middle, one.p95, one.least, one.most) == (
        "recovery",
        100,
        "50.500 s",
        "95.000 s",
        "1.000 s",
        "100.0 s",
    )


def test_what_is_always_the_same_is_not_told():
    """A single run, and repeats that came out alike, have no spread; drills are not mixed."""
    one, other = repeated(2)
    assert spreads([one]) == []
    assert spreads([one, replace(one, repeat=1)]) == []
    assert spreads([one, replace(other, client="another")]) == []
    assert len(spreads([one, other])) == 1


def test_a_repeat_without_the_measure_is_left_out():
    """Of three repeats one did not recover: the figures are of the other two."""
    runs = [*repeated(2), passed(repeat=2, recovery=Recovery())]
    (one,) = spreads(runs)
    assert (one.count, one.p95) == (2, "2.000 s")


def test_told_in_the_terminal_and_in_markdown():
    """Both say the figures; neither says anything where nothing was repeated."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    print_report(console, file_of(*repeated(3)))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "recovery: median 2.000 s, p95 3.000 s, 1.000 s to 3.000 s, 3 repeats" in text
    assert "| recovery | 2.000 s | 3.000 s | 1.000 s | 3.000 s |" in to_text(file_of(*repeated(3)))
    assert "repeats" not in to_text(file_of(passed()))
