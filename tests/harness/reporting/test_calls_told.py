"""Runs with several calls in reports: the calls are told apart, alike ones once, and a thousand of them briefly."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ssedrill.model.record import Check, Outcome, Record, RecordFile, Severity, Status, Verdict
from ssedrill.model.wire_journal import ConnectionLog, WireJournal
from ssedrill.reporting.formats import html, junit, markdown, to_json
from ssedrill.reporting.formats.table import FORMATS, write_all
from ssedrill.reporting.views.call_timeline import CallStories
from ssedrill.reporting.views.calls import lines_to_tell, table, to_look_at, ways
from ssedrill.reporting.views.measures import numbers
from ssedrill.reporting.views.terminal import print_report, print_timeline
from ssedrill.reporting.views.timeline import Row, plain
from support.call_records import bad, call_of, good, loud, several, stopped
from support.pages import EVIL, Tags
from support.records import attempt, duplicated, file_of, passed, restarted

LEFT_OPEN = Check("run_open_connections", Severity.MUST, Status.BROKEN, "== 0", "3")
NOT_ASKED = Check("retry_after", Severity.MUST, Status.NOT_ASKED, "kept", "nothing asked for a wait")


def mixed() -> Record:
    """Return a run with a good call, three that were told to stop, and two that showed tokens twice."""
    return several(good(), *[stopped(2)] * 3, bad(3), bad(3))


def printed(*runs: Record, width: int = 200) -> str:
    """Return what is printed of runs at the end."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_report(console, file_of(*runs))
    return console.file.getvalue()  # type: ignore[attr-defined]


def story_of(run: Record, width: int = 200) -> str:
    """Return what ``-v`` prints of a run."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_timeline(console, run)
    return console.file.getvalue()  # type: ignore[attr-defined]


def told(rows: list[Row]) -> list[tuple[str, str]]:
    """Return whose each row is, and what it says."""
    return [(row.calls, plain(row)) for row in rows]


# ---- the views


def test_alike_calls_are_one_way() -> None:
    """Calls of a group with the same outcome and the same broken checks stand together; the worst way comes first."""
    found = ways(several(good(), bad(2), good(), bad(2), bad(3), good(2)))
    assert [way.name for way in found] == ["calls 1, 3", "calls 2, 4", "call 5", "call 6"]
    assert [way.others for way in found] == ["call 3: alike", "call 4: alike", "", ""]
    assert [way.name for way in to_look_at(found)] == ["calls 2, 4", "call 5"]


def test_the_table_tells_what_came_of_each() -> None:
    """Times of several calls are told by their ends, what was not so is left out, a cancel has its numbers."""
    late = stopped(2, over_s=None, closed_s=None, left_open=1, tokens_after=7, requests_after=2)
    never = (replace(late[0], ended_t=None), late[1])
    rows, more = table(several(good(), stopped(2), never, bad(3)))
    assert more == ""
    assert [row.cells for row in rows] == [
        ("1", "clean", "", "1", "0.000 s", "0.205 s", "1", "", ""),
        (
            *("2-3", "cancelled", "", "2", "0.000 s", "0.025 s or never", "1", ""),
            "at 0.025 s, over after 0.000 s or never, connection closed after 0.000 s, connections left open 0 to 1,"
            " tokens generated after it 0 to 7, requests after it 0 to 2",
        ),
        ("4", "duplicated", "outcome, recovery", "3", "0.000 s", "0.765 s", "2", "0.565 s", ""),
    ]


def test_checks_name_their_calls() -> None:
    """Those of the run come first; those of calls say of which calls, and what each had."""
    slow = [Check("recovery", Severity.SHOULD, Status.BROKEN, "<= 1 s", f"{i}.000 s") for i in range(2, 7)]
    calls = [call_of(restarted(), checks=[check]) for check in slow]
    run = several(good(), bad(), *calls, bad(), checks=[LEFT_OPEN])
    assert lines_to_tell(run) == [
        "MUST run_open_connections: expected == 0, got 3",
        "calls 2, 8: MUST outcome: expected recovered or failed-loudly, got duplicated",
        "calls 2, 8: SHOULD recovery: expected <= 500 ms, got 0.565 s",
        "calls 3-7: SHOULD recovery: expected <= 1 s, got 2.000 s, 3.000 s, 4.000 s and 2 other values",
    ]


def test_a_must_asked_in_one_call_is_not_told_of_the_others() -> None:
    """It was asked; only if it was asked nowhere is it why the run proves nothing."""
    kept = Check("retry_after", Severity.MUST, Status.OK, "kept", "kept")
    unasked = call_of(passed(checks=[NOT_ASKED]))
    somewhere = several(unasked, call_of(passed(checks=[kept])))
    assert lines_to_tell(somewhere) == []
    nowhere = several(unasked, unasked, outcome=Outcome.NOT_TESTED, verdict=Verdict.NOT_TESTED)
    assert lines_to_tell(nowhere) == ["calls 1-2: MUST retry_after: not-asked: nothing asked for a wait"]
    assert "calls 1-2: MUST retry_after: not-asked" in story_of(nowhere)


def test_calls_that_do_the_same_are_told_once() -> None:
    """Beside each other the rows name their calls; the order within a call stays."""
    rows = told(CallStories.of(several(good(), stopped(), stopped(), good())).all())
    assert rows == [
        ("1-4", "the calls begin"),
        ("1-4", "→ a request: POST /v1/messages"),
        ("1-4", "← 200 OK, chunked, connection keep-alive"),
        ("1-4", "← an opening event"),
        ("1, 4", "← tokens 1-40 (until 0.200 s)"),
        ("1, 4", "shows tokens 1-40 (until 0.200 s)"),
        ("2-3", "← tokens 1-5 (until 0.025 s)"),
        ("2-3", "shows tokens 1-5 (until 0.025 s)"),
        ("2-3", "stops reading, and tells its client to stop"),
        ("2-3", "→ the client closes the connection"),
        ("2-3", "the calls are over"),
        ("1, 4", "← the terminal event"),
        ("1, 4", "← the end of the body (the last chunk)"),
        ("1, 4", "says that the answer is complete"),
    ]


def test_one_call_alone() -> None:
    """Its story has its own requests and connections, and says of a connection that another call had used it."""
    run = several(good(), stopped(), bad())
    second = run.wire.attempts[1]
    second.conn = 1
    open_ones = [ConnectionLog(n, 0.0, 9.0, "server", "drill-end") for n in range(1, 5)]
    run.wire.connections = open_ones
    rows = told(CallStories.of(run).one(run.calls[1]))
    assert ("", "→ request 2: POST /v1/messages on a used connection") in rows
    assert [text for _, text in rows if "request" in text or "was still open" in text] == [
        "→ request 2: POST /v1/messages on a used connection",
        "the drill ends; the connection was still open",
    ]
    together = told(CallStories.of(run).all())
    assert together[-1] == ("", "the drill ends; the connection was still open (4 times)")


def test_requests_of_nobody_are_told_too() -> None:
    """A request of which nobody can tell whose it is stands in the common story, and so does one of no call known."""
    run = mixed()
    number = len(run.wire.attempts) + 1
    for call in (0, 99):
        lost = replace(attempt(number + call, 3.0, ()), call=call)
        told_too = replace(run, wire=WireJournal([], [*run.wire.attempts, lost]))
        assert told(CallStories.of(told_too).all())[-1] == ("", f"→ request {number}: POST /v1/messages")


def test_a_call_that_was_ended_is_ended_at_its_time() -> None:
    """Of a call that was never over, the end of the run is the end."""
    call, attempts = good()
    dead = (replace(call, ended_t=None, tokens=replace(call.tokens, entries=[], crashed="signal 11")), attempts)
    later = replace(call, began_t=5.0, ended_t=6.0, tokens=replace(call.tokens, entries=[], crashed="signal 6"))
    run = several(dead, (later, []))
    run.numbers.elapsed_s = 20.0
    stories = CallStories.of(run)
    assert [(row.t, row.text) for row in stories.one(run.calls[0]) if row.bad] == [(20.0, "dies: signal 11")]
    assert [(row.t, row.text) for row in stories.one(run.calls[1]) if row.bad] == [(6.0, "dies: signal 6")]


def test_measures_count_the_calls() -> None:
    """A run's time is not that of a call."""
    found = dict(numbers(mixed()))
    assert (found["calls"], found["calls told to stop"]) == ("6", "3")
    assert "whole run" in found
    assert not {"calls", "whole run"} & dict(numbers(passed())).keys()


# ---- the terminal


def test_the_terminal_names_calls() -> None:
    """Of what went wrong, and of what could be better."""
    text = printed(mixed())
    assert "pool  ✗ duplicated" in text
    assert "    calls 5-6: MUST outcome: expected recovered or failed-loudly, got duplicated\n" in text
    warned = printed(several(good(), call_of(restarted())))
    assert "~ call 2: recovery: expected <= 500 ms, got 0.505 s\n" in warned
    assert "pool  ✓ cancelled" in printed(several(good(), stopped()))


def test_the_story_of_calls_on_a_terminal() -> None:
    """A table, one common story with the calls in front, and the story of the calls that are not as expected."""
    lines = story_of(mixed()).splitlines()
    assert [line.split()[:3] for line in lines[1:5]] == [
        ["calls", "outcome", "broke"],
        ["✓", "1", "clean"],
        ["✓", "2-4", "cancelled"],
        ["✗", "5-6", "duplicated"],
    ]
    assert "6 calls in 3 groups; each line names those that it is about" in lines
    assert "    0.000 s  1-6  wire  → a request: POST /v1/messages" in lines
    assert "    0.025 s  2-4  app       stops reading, and tells its client to stop" in lines
    at = lines.index("call 5 (call 6: alike)")
    assert lines[at + 2] == "    0.000 s  wire  → request 5: POST /v1/messages"
    assert any(line.startswith("✗ duplicated: showed 12 tokens twice") for line in lines[at:])
    assert "call 2" not in "\n".join(lines[at:-3])


def test_a_single_call_has_one_story() -> None:
    """There is nobody to tell it from."""
    lines = story_of(several(stopped())).splitlines()
    assert "    0.000 s  wire  → request 1: POST /v1/messages" in lines
    assert sum("the call begins" in line for line in lines) == 1


@pytest.mark.parametrize("width", [60, 80, 100])
def test_narrow_terminals(width: int) -> None:
    """Lines stay within the terminal."""
    assert max(map(len, story_of(mixed(), width).splitlines())) <= width


# ---- files


def test_html_has_a_card_for_the_calls() -> None:
    """A table, each call, the evidence of what is not as expected, and the common story."""
    text = html.to_text(file_of(mixed()))
    page = Tags(text)
    found = [dict(a).get("class") for tag, a in page.tags if tag == "details"]
    assert found[1:4] == ["run bad same", None, "run call"]
    assert text.count('<details class="run call"') == 1
    assert "6 calls in 3 groups" in text
    assert '<td><b class="fail">✗</b><span class="sr">fail</span></td><th scope="row">5-6</th>' in text
    assert "<summary>Each call</summary>" in text
    assert "calls 5-6: MUST outcome: expected recovered or failed-loudly, got duplicated" in text
    assert '<td class="calls">2-4</td>' in text
    assert '<i class="duplicate" title="duplicate at 0.565 s to 0.620 s" style="flex-grow:12">a1-12</i>' in text


def test_html_of_a_single_call() -> None:
    """Its checks, cancel and tokens stand in the card itself."""
    text = html.to_text(file_of(several(stopped(), checks=[LEFT_OPEN])))
    assert "run call" not in text
    assert "run_open_connections" in text
    assert "<dt>told to stop at</dt><dd>0.025 s</dd>" in text
    assert "5 new" in text


def test_html_plots_a_crowd_that_comes_back() -> None:
    """If there are ten calls or more, and any of them asked again."""
    assert '<figure class="arrivals">' in html.to_text(file_of(several(*[bad()] * 10)))
    assert '<figure class="arrivals">' not in html.to_text(file_of(several(*[bad()] * 9)))
    assert '<figure class="arrivals">' not in html.to_text(file_of(several(*[good()] * 10)))


def test_html_without_calls_is_as_ever() -> None:
    """Neither their style nor a word of them is in it."""
    text = html.to_text(file_of(passed(), duplicated()))
    assert ".of-calls" not in text
    assert "calls" not in Tags(text).text.replace(Tags(text).text.split("</style>")[0], "")


def test_junit_tells_calls() -> None:
    """What came of each, and the story of those that went wrong; of a run that broke as a whole the common one."""
    failure = ET.fromstring(junit.to_text(file_of(mixed()))).find(".//failure")
    assert failure is not None
    assert failure.text is not None
    lines = failure.text.splitlines()
    assert lines[0] == "calls 5-6: MUST outcome: expected recovered or failed-loudly, got duplicated"
    assert "✓ calls 2-4: cancelled; group 2, began 0.000 s, ended 0.025 s, requests 1, told to stop at 0.025 s," in (
        failure.text
    )
    assert any(line.startswith("call 5 (call 6: alike): showed 12 tokens twice") for line in lines)
    whole = several(good(), stopped(), checks=[LEFT_OPEN], verdict=Verdict.FAIL)
    failure = ET.fromstring(junit.to_text(file_of(whole))).find(".//failure")
    assert failure is not None
    assert "   0.000 s       1-2  wire  → a request: POST /v1/messages" in (failure.text or "")


def test_markdown_tells_calls() -> None:
    """A line for each check, with its calls."""
    text = markdown.to_text(file_of(mixed()))
    assert "\n  - calls 5-6: MUST outcome: expected recovered or failed-loudly, got duplicated\n" in text


def hostile() -> RecordFile:
    """Return a file with calls in which everything that a client can say is hostile."""
    run = several(good(), loud(EVIL), bad())
    run.calls[1].tokens.notes = (EVIL,)
    run.calls[2].summary = EVIL
    run.wire.attempts[0].path = EVIL
    return file_of(run, several(loud(EVIL)))


def test_what_a_client_says_in_a_call_is_text() -> None:
    """It makes no element, no markup and no escape sequence in any format; and it is told."""
    page = Tags(html.to_text(hostile()))
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "call 2: </script>" in page.text
    failure = ET.fromstring(junit.to_text(hostile())).find(".//failure")
    assert failure is not None
    assert "<img src=x onerror=alert(1)>" in (failure.text or "")
    text = markdown.to_text(hostile()).partition("See the worst again:\n\n")[0]
    assert not re.search(r"(?<!\\)`x|<img|@someone|#12|https://", text)
    for said in (printed(*hostile().runs), *map(story_of, hostile().runs)):
        assert "\x1b" not in said
        assert "onerror" in said


# ---- many calls


def thousand(distinct: int = 1) -> Record:
    """Return a run with 1,000 calls that came out in so many ways."""
    call, attempts = bad()
    ends = [(replace(call, group=1 + i % distinct), attempts) for i in range(400)]
    return several(*[good(distinct + 1)] * 500, *ends, *[stopped(distinct + 2)] * 100)


@pytest.mark.slow
@pytest.mark.parametrize("distinct", [300, 1])
def test_a_thousand_calls_are_told_briefly(tmp_path: Path, distinct: int) -> None:
    """Every format says how much it leaves out, and is small."""
    run = thousand(distinct)
    assert write_all(file_of(run), tmp_path) == {}
    sizes = {form.file_name: (tmp_path / form.file_name).stat().st_size for form in FORMATS.values()}
    assert sizes["index.html"] < 1_000_000
    assert sizes["junit.xml"] < 200_000
    assert sizes["summary.md"] < 65_000
    assert len(story_of(run).splitlines()) < 1300
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "… and 900 more calls: the record has them." in page
    if distinct > 1:
        assert "… and 292 more ways in which calls went" in page
        assert "… and 422 more calls: the record has them" in page
        assert "… and 422 more calls: the record has them" in story_of(run)
        assert "… and 295 more ways in which calls went wrong" in story_of(run)
    assert "calls 501-900: MUST outcome" in printed(run)


def test_a_thousand_calls_each_at_its_own_time(tmp_path: Path) -> None:
    """Where nothing is told together the story is cut, and says so."""
    run = several(*[good()] * 1000)
    for i, one in enumerate(run.wire.attempts):
        one.t = i / 1000
        one.played = [replace(played, t=played.t + i / 1000) for played in one.played]
    assert write_all(file_of(run), tmp_path) == {}
    page = (tmp_path / "index.html").read_text("utf-8")
    assert re.search(r"… [\d,]+ lines left out: the record has everything", page)
    assert len(page) < 1_000_000
    assert len(story_of(run).splitlines()) < 1100


def test_calls_are_written_and_read(tmp_path: Path) -> None:
    """The record of a report reads back equal, and gives the same report."""
    write_all(file_of(mixed()), tmp_path)
    again = to_json.read(tmp_path / "record.json")
    assert again == file_of(mixed())
    assert html.to_text(again) == (tmp_path / "index.html").read_text("utf-8")
