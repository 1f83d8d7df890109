"""What a page tells: of the run, its scenarios and its cells; what it weighs; and that it makes nothing up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ssedrill.model.record import Check, Record, Severity, Status
from ssedrill.model.scenario_facts import ScenarioFacts
from ssedrill.model.token_journal import TokenJournal
from ssedrill.reporting.formats import html, to_json
from ssedrill.reporting.views import anchors
from ssedrill.reporting.views.evidence import LEFT_OUT, MOST_WAYS
from ssedrill.reporting.views.matrix import lay_out
from ssedrill.reporting.views.token_strip import spans, strip
from ssedrill.reporting.views.what_broke import blame
from support.call_records import bad, good, several
from support.fleet import fleet, impatient, many_runs
from support.linear import grows_linearly
from support.pages import EVIL, Tags
from support.records import (
    changed,
    duplicated,
    file_of,
    marked,
    passed,
    restarted,
    shown,
    truncated,
    unsupported,
    untested,
)

MOST_BYTES = 5_000_000
LEFT_OPEN = Check("run_open_connections", Severity.MUST, Status.BROKEN, "== 0", "2")


def part(page: str, pattern: str) -> str:
    """Return the only part of a page that looks like this, without tags."""
    (found,) = re.findall(pattern, page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(r"</?b>", "", found)).split())


def test_the_top_says_how_it_was_run() -> None:
    """Date, duration, versions and the command stand there, and what went wrong with how often."""
    page = html.to_text(fleet())
    made = part(page, r'<p class="made">.*?</p>')
    assert made == ("12 runs · on 2026-01-02 03:04:05 UTC · in 1.25 s · ssedrill 0.1.0 · Python 3.11.2 · on Linux")
    again = "Again: ssedrill run --client eager --client good --client half"
    assert part(page, r"</p>\n(<p class=\"again\">.*?</p>)") == again
    ways = part(page, r'<ul class="ways">.*?</ul>')
    assert ways == "✗ duplicated 1 ✗ recovered: retry_after broken 1 ? not-tested 1"
    assert "<small>1.2.3</small>" in page


def test_a_report_of_several_records_has_no_command() -> None:
    """What is not known is not said; of a single run the command that repeats it is known."""
    assert "Again: <code>" not in html.to_text(file_of(passed(), duplicated())).partition("<main>")[0]
    again = part(html.to_text(file_of(passed())).partition("<main>")[0], r'<p class="again">.*?</p>')
    assert again == "Again: ssedrill run healthy --client good --dialect openai-chat --seed 0"


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (impatient(), "retry_after broken"),  # not the SHOULD, which is not why it fails
        (restarted(), "recovery broken"),
        (duplicated(), ""),  # the outcome says it
        (passed(), ""),
        (untested(), ""),
        (several(good(), bad(), checks=[LEFT_OPEN]), "run_open_connections broken"),
    ],
)
def test_a_cell_says_what_broke(run: Record, told: str) -> None:
    """Besides the outcome it names the checks that made the verdict what it is."""
    assert blame(run) == told


def test_what_broke_stands_in_cell_and_card() -> None:
    """A recovery that did not keep its Retry-After is no mere ``recovered``."""
    page = html.to_text(fleet())
    assert part(page, r'<a class="cell fail" id="cell/rate-limited/eager".*?</a>') == "✗ recovered retry_after broken"
    heads = [re.sub(r"<[^>]*>", "", head) for head in re.findall(r'<summary class="find">.*?</summary>', page)]
    (head,) = (head.split() for head in heads if "rate-limited eager" in head)
    assert head[:3] == ["✗", "rate-limited", "eager"]
    assert head[-3:] == ["retry_after", "broken", "recovered"]


def test_a_card_says_what_its_scenario_is_for() -> None:
    """About, why (as one paragraph) and where it was seen; nothing of a scenario that says nothing."""
    page = html.to_text(fleet())
    card = part(page, r'id="drill/healthy/good">(.*?)<article')
    assert card == "Nothing goes wrong. Why: The control of every experiment."
    assert "Seen in: acme/client#51" in part(page, r'id="drill/reset-mid-stream/good">(.*?)<article')
    assert "facts-of" not in html.to_text(file_of(passed())).partition("<main>")[2]


def test_what_is_unsupported_is_no_run_of_a_cell() -> None:
    """n of m counts what was put to the test."""
    runs = [unsupported("s", "c", dialect=f"d{i}") for i in range(2)]
    shares = [
        (runs, "2/2"),
        ([*runs, passed("s", "c")], ""),
        ([*runs, passed("s", "c"), duplicated("s", "c", dialect="x")], "1/2"),
    ]
    for found, share in shares:
        (cell,) = lay_out(found).ordered()
        assert cell.share.strip() == share


def test_families_keep_together() -> None:
    """A family has one head, in the order of the runs, and its scenarios below; without families there is none."""
    page = html.to_text(fleet())
    rows = re.findall(r'<tr class="family">.*?<span>(.*?)</span>|id="scenario/(.*?)"', page)
    assert ["".join(row) for row in rows] == [
        *("protocol", "healthy", "tcp", "reset-mid-stream", "stall", "limits", "rate-limited")
    ]
    assert 'class="family"' not in html.to_text(file_of(passed()))


def test_must_and_should_are_explained() -> None:
    """The legend says what they mean here."""
    legend = part(html.to_text(fleet()), r'<ul class="legend">.*?</ul>')
    assert (
        "MUST what every client has to do; where it is broken, the drill fails, and ssedrill exits with 1" in legend
    )
    assert "SHOULD what a good client does; where it is broken, the drill passes, with a warning" in legend


# ---- anchors


def test_anchors_are_the_same_in_every_report() -> None:
    """They hang on names alone, not on what else was run."""
    assert anchors.card("reset-mid-stream", "cmd:./a b", "openai-chat") == (
        "drill/reset-mid-stream/cmd~3a.~2fa~20b/openai-chat"
    )
    one, two = (Tags(html.to_text(file)) for file in (file_of(duplicated()), file_of(passed(), duplicated())))
    wanted = "drill/reset-mid-stream/eager/openai-chat"
    for page in (one, two):
        assert sum(attributes.get("id") == wanted for _, attributes in page.tags) == 1


def test_no_two_names_share_an_anchor() -> None:
    """However long or odd they are."""
    names = ["a b", "a~20b", "a/b", "a", "A", EVIL, "x" * 500, "x" * 501, "\ud800", "\udfff", "é", "e"]
    found = {anchors.card(name, "c") for name in names} | {anchors.card("c", name) for name in names}
    assert len(found) == 2 * len(names)
    assert max(map(len, found)) < 300


# ---- what it weighs


@pytest.mark.parametrize("clients", [1, 20])
def test_a_page_of_two_thousand_runs(clients: int) -> None:
    """It weighs less than 5 MB; what failed is told in full, and what is not says where it is told."""
    page = html.to_text(many_runs(2000, clients))
    assert len(page.encode()) < MOST_BYTES
    brief = page.count(LEFT_OUT)
    assert 0 < brief < 1700
    for card in page.split('<details class="run')[1:]:
        assert LEFT_OUT not in card or "duplicated" not in card.partition("</summary>")[0]


def test_a_small_page_leaves_nothing_out() -> None:
    """As long as there is room."""
    assert LEFT_OUT not in html.to_text(many_runs(300))


def test_the_work_of_a_page_grows_with_its_runs() -> None:
    """Four times the runs are about four times the work."""
    grows_linearly(lambda size: lambda: html.to_text(many_runs(size)), 30)


def test_many_ways_of_one_cell() -> None:
    """A cell whose every run went otherwise tells a number of them, and how many there are besides."""
    runs = [changed(passed("s", "c", repeat=i), summary=f"went its own way {i}") for i in range(MOST_WAYS + 7)]
    page = html.to_text(file_of(*runs))
    assert page.count("<article") == MOST_WAYS
    assert "… and 7 other ways: the record has them." in page


# ---- nothing is made up


def leaves(value: object) -> Iterator[float]:
    """Give all numbers in a JSON value."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    elif isinstance(value, int | float):
        yield float(value)


def test_every_measure_of_a_card_is_in_the_record() -> None:
    """What a card has of a run is what the record has once it was written and read again."""
    written = to_json.to_text(fleet())
    page = html.to_text(fleet())
    assert page == html.to_text(to_json.from_text(written))
    compared = 0
    for run in json.loads(written)["runs"]:
        place = f'<article id="{anchors.card(run["scenario"], run["client"], run["dialect"])}">'
        _, _, article = page.partition(place)
        measures, _, _ = article.partition("</dl>")
        known = list(leaves(run["numbers"]))
        for told in re.findall(r"<dd>(.*?)</dd>", measures):
            for figure in re.findall(r"\d[\d,]*(?:\.\d+)?", told):
                value = float(figure.replace(",", ""))
                assert any(abs(value - one) < 0.0006 for one in known), (place, told)
                compared += 1
    assert compared > 60


def test_tokens_are_folded_as_far_as_they_are_alike() -> None:
    """Every token is in one span, in the order in which it was shown."""
    for run in (passed(), duplicated(), truncated(), restarted()):
        boxes = strip(run)
        found = spans(boxes)
        assert sum(span.count for span in found) == len(boxes)
        for span in found:
            assert span.first.token.marks == span.last.token.marks
            assert span.last.token.number - span.first.token.number == span.count - 1
    entries = [*shown(1, 3, 0.1), *shown(5, 6, 0.2, n=4), *shown(6, 6, 0.3, n=6)]
    gaps = marked(passed(tokens=TokenJournal(entries)), expected=6)
    assert [span.label for span in spans(strip(gaps))] == ["a1-3", "a5-6", "a6", "4"]
    labels = [(span.label, span.when) for span in spans(strip(truncated()))]
    assert labels == [("a1-12", "0.005 s to 0.060 s"), ("13-40", "")]


def test_hostile_scenarios_stay_text() -> None:
    """So does what a record says of its scenarios, versions and command."""
    evil = f'" onfocus=alert(2) {EVIL}'
    file = file_of(passed(evil))
    file.scenarios = [ScenarioFacts(evil, evil, evil, evil, (evil,), (evil,))]
    file.versions, file.meta = {evil: evil, "ssedrill": evil, "client good": evil}, {"command": evil, evil: evil}
    page = Tags(html.to_text(replace(file, price=1.0)))
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert sum(tag == "script" for tag, _ in page.tags) == 1


def test_one_client_differs_from_nobody() -> None:
    """The filter that would hide all rows can't be chosen; where there are several clients it can."""
    assert '<input type="checkbox" id="only-diff" disabled>' in html.to_text(file_of(passed()))
    assert '<input type="checkbox" id="only-diff">' in html.to_text(fleet())


def test_a_cell_is_told_without_seeing_it() -> None:
    """Its sign has a name, and what went wrong at the top names the scenarios that it went wrong in."""
    page = html.to_text(fleet())
    assert '<b role="img" aria-label="fail">✗</b> <span>recovered</span> <small>retry_after broken</small>' in page
    assert 'title="rate-limited">✗ recovered: retry_after broken' in page
