"""The story of a run and the strip of its tokens."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from ssedrill.record import Record, TokenEntry, TokenJournal, WireJournal
from ssedrill.reporting.strip import flavour_of, strip
from ssedrill.reporting.timeline import plain, timeline
from ssedrill.scenario import Text
from ssedrill.tokens import token_text
from ssedrill_faults.plan import Silence
from support.records import answer_ops, attempt, cut_after, duplicated, passed, raised, restarted, truncated


def told(run: Record) -> list[tuple[str, str]]:
    """Return the sides and texts of a run's story."""
    return [(row.side, plain(row)) for row in timeline(run)]


def test_story_of_a_duplicating_client() -> None:
    """Each side is folded where nothing happens in between, and the second showing is called one."""
    assert told(duplicated()) == [
        ("wire", "→ request 1: POST /v1/messages"),
        ("wire", "← 200 OK, chunked, connection keep-alive"),
        ("wire", "← an opening event"),
        ("wire", "← tokens 1-12 (until 0.060 s)"),
        ("app", "shows tokens 1-12 of answer a (until 0.060 s)"),
        ("wire", "← resets the connection (RST)  [reset]"),
        ("app", "retries: ECONNRESET"),
        ("wire", "→ request 2: POST /v1/messages"),
        ("wire", "← 200 OK, chunked, connection keep-alive"),
        ("wire", "← an opening event"),
        ("wire", "← tokens 1-40 (until 0.760 s)"),
        ("app", "shows tokens 1-12 of answer a again (until 0.620 s)"),
        ("app", "shows tokens 13-40 of answer a (until 0.760 s)"),
        ("wire", "← the terminal event"),
        ("wire", "← the end of the body (the last chunk)"),
        ("app", "says that the answer is complete"),
    ]


def test_story_is_in_order_of_time() -> None:
    """Rows never go back in time by more than it takes to note a write."""
    times = [row.t for row in timeline(restarted())]
    assert all(later >= earlier - 0.001 for earlier, later in pairwise(times))


def test_story_of_a_hang() -> None:
    """Silence and the end by the deadline are told, and that it was bad."""
    log = attempt(1, 0.0, cut_after(answer_ops(1, 40), 3, Silence(fault="stall")), fault="stall")
    log.left, log.left_t = "reset", 2.5
    run = passed(wire=WireJournal([], [log]), tokens=TokenJournal(stopped=True, stopped_t=2.5))
    rows = timeline(run)
    assert (rows[-3].text, rows[-3].fault) == ("falls silent, the connection stays open", "stall")
    assert rows[-2].text == "→ the client resets the connection"
    assert rows[-1].bad
    assert rows[-1].t == 2.5


def test_an_error_is_bad() -> None:
    """An error that the client raised stands in the story with class and message."""
    (row,) = [row for row in timeline(raised("overloaded")) if row.side == "app"]
    assert (row.text, row.bad) == ("raises APIError: overloaded", True)


def test_byte_by_byte_text_is_folded() -> None:
    """A client that shows single characters gets one row, with the tokens that they make up."""
    text = "".join(token_text("a", number, Text.ASCII) for number in range(1, 4))
    entries = [TokenEntry(i, round(0.001 * i, 6), "text", piece) for i, piece in enumerate(text, 1)]
    run = passed(wire=WireJournal(), tokens=TokenJournal(entries))
    assert told(run) == [("app", f"shows tokens 1-3 of answer a (until 0.0{len(text)} s)")]


def test_strip_marks() -> None:
    """Tokens shown twice, withdrawn, and left out of a complete answer are marked as such."""
    assert Counter(box.mark for box in strip(duplicated())) == {"new": 40, "duplicate": 12}
    assert Counter(box.mark for box in strip(restarted())) == {"withdrawn": 12, "new": 40}
    missing = [box.number for box in strip(truncated()) if box.mark == "missing"]
    assert missing == list(range(13, 41))


def test_strip_of_two_answers_and_garbage() -> None:
    """Tokens of another answer, out of order and damaged ones are told apart."""
    pieces = [" a1.", " a3.", " a2.", " b4.", " a5!.", "garbage"]
    entries = [TokenEntry(i, 0.1 * i, "text", piece) for i, piece in enumerate(pieces, 1)]
    run = passed(tokens=TokenJournal(entries))
    marks = [box.mark for box in strip(run)]
    assert marks == ["new", "new", "reordered", "spliced", "corrupted", "corrupted"]


def test_flavour_is_found_on_the_wire() -> None:
    """What the tokens are made of is seen from the bytes that were served."""
    for text in Text:
        run = passed(wire=WireJournal([], [attempt(1, 0.0, answer_ops(1, 10, text=text))]), tokens=TokenJournal())
        assert flavour_of(run) is text
