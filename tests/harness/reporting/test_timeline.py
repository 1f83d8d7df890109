"""The story of a run and the strip of its tokens."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from ssedrill.model.record import Record
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.tokens import token_text
from ssedrill.model.wire_journal import ConnectionLog, WireJournal
from ssedrill.reporting.views.timeline import plain, timeline
from ssedrill.reporting.views.token_strip import strip
from ssedrill_faults.http1 import render
from ssedrill_faults.plan import Answer, Fin, Frame, Framing, Role, Silence, Wait, Write
from ssedrill_faults.segment import join
from support.records import (
    answer_ops,
    attempt,
    cut_after,
    duplicated,
    marked,
    passed,
    raised,
    restarted,
    shown,
    truncated,
)


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


def test_cause_comes_before_effect_at_the_same_moment() -> None:
    """On a virtual clock much happens at once: each attempt is told to its end before the next."""
    refused = render(Answer((Frame(b"{}", Role.ERROR),), 503, framing=Framing.LENGTH))
    first, second = attempt(1, 0.0, refused), attempt(2, 0.0, refused)
    third = attempt(3, 0.0, answer_ops(1, 1))
    third.played = [replace(played, t=0.0) for played in third.played]
    for log in (first, second, third):
        log.left, log.left_t = "eof", 0.0
    said = [TokenEntry(n, 0.0, "retry") for n in (1, 2)] + [*shown(1, 1, 0.0, n=3), TokenEntry(4, 0.0, "done")]
    run = passed(wire=WireJournal([], [first, second, third]), tokens=TokenJournal(said), clock="virtual")
    once = ["→ request", "← 503", "← an error", "→ the client closes", "retries"]
    whole = ["→ request", "← 200", "← an opening event", "← token 1", "← the terminal event", "← the end of the body"]
    expected = [*once, *once, *whole, "shows token 1", "→ the client closes", "says that the answer is complete"]
    found = [text for _, text in told(run)]
    assert [text[: len(begin)] for text, begin in zip(found, expected, strict=True)] == expected


def test_a_retry_is_told_after_the_attempt_that_it_gives_up() -> None:
    """Where the answer comes in the moment of its request, the retry that it causes is not told before it."""
    refused = render(Answer((Frame(b"{}", Role.ERROR),), 503, framing=Framing.LENGTH))
    attempts = [attempt(number, t, refused) for number, t in ((1, 0.0), (2, 0.5), (3, 2.0))]
    said = [TokenEntry(1, 0.0, "retry"), TokenEntry(2, 0.5, "retry")]
    rows = timeline(passed(wire=WireJournal([], attempts), tokens=TokenJournal(said), clock="virtual"))
    once = ["→", "←", "←", "r"]
    assert [row.text[0] for row in rows] == [*once, *once, *once[:3]]


def test_text_of_a_raw_client_begins_with_its_first_token() -> None:
    """Of a raw body, what comes before the first token (opening events) is not a part of the text."""
    entries = [TokenEntry(1, 0.0, "text", "retry: 200\n\n"), *shown(1, 3, 0.005, n=2)]
    run = passed(wire=WireJournal(), tokens=TokenJournal(entries, raw=True))
    assert [(row.t, row.text) for row in timeline(run)] == [(0.005, "shows tokens 1-3 of answer a")]
    noise = passed(wire=WireJournal(), tokens=TokenJournal([TokenEntry(1, 0.0, "text", "<html>")], raw=True))
    assert [row.text for row in timeline(noise)] == ["shows 6 characters"]


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


def test_a_pause_is_told_where_it_begins() -> None:
    """The wire journal notes a pause at its beginning: after what was shown by then, before what ended it."""
    log = attempt(1, 0.0, cut_after(answer_ops(1, 40), 3, Wait(60.0, fault="fin")))
    log.plan = replace(log.plan, ops=(*log.plan.ops, Fin(fault="fin")))
    log.played.append(replace(log.played[-1], t=60.015, op=len(log.plan.ops) - 1))
    run = passed(wire=WireJournal([], [log]), tokens=TokenJournal(shown(1, 3, 0.005)), clock="virtual")
    assert [(row.t, plain(row)) for row in timeline(run)][-4:] == [
        (0.005, "← tokens 1-3 (until 0.015 s)"),
        (0.005, "shows tokens 1-3 of answer a (until 0.015 s)"),
        (0.015, "nothing for 60.000 s  [fin]"),
        (60.015, "← closes the connection (FIN)  [fin]"),
    ]


@pytest.mark.parametrize(("clock", "t"), [("virtual", 0.005), ("real", 0.0058)])
@pytest.mark.parametrize(("last", "tokens"), [(1, "token 1"), (2, "tokens 1-2")])
def test_a_pause_comes_after_what_is_shown_at_its_beginning(clock: str, t: float, last: int, tokens: str) -> None:
    """A client shows what it has read while the server pauses, on the real clock a moment after it has begun."""
    ops = (*cut_after(answer_ops(1, 40), last, Wait(9.0, fault="stall")), *answer_ops(3, 3)[-4:-2])
    entries = [*shown(1, last, t), TokenEntry(3, 9.02, "done")]
    run = passed(wire=WireJournal([], [attempt(1, 0.0, ops)]), tokens=TokenJournal(entries), clock=clock)
    texts = [row.text for row in timeline(run)]
    assert texts.index(f"shows {tokens} of answer a") < texts.index("nothing for 9.000 s")


def test_a_pause_that_the_client_did_not_wait_out_is_not_told_as_one() -> None:
    """Who leaves after two seconds has not seen nothing for sixty."""
    log = attempt(1, 0.0, cut_after(answer_ops(1, 40), 3, Wait(60.0, fault="stall")))
    log.done_t, log.left, log.left_t = None, "eof", 2.015
    run = passed(wire=WireJournal([], [log]), tokens=TokenJournal())
    assert told(run)[-2:] == [
        ("wire", "begins a pause of 60.000 s  [stall]"),
        ("wire", "→ the client closes the connection"),
    ]


def test_on_the_real_clock_the_claim_stays_behind_the_text() -> None:
    """Text is told a little late, for the server may note a write late, but never after what the client said next."""
    entries = [*shown(1, 1, 0.0051), TokenEntry(2, 0.0055, "done")]
    run = passed(
        wire=WireJournal([], [attempt(1, 0.0, answer_ops(1, 1))]), tokens=TokenJournal(entries), clock="real"
    )
    assert [text for side, text in told(run) if side == "app"] == [
        "shows token 1 of answer a",
        "says that the answer is complete",
    ]


def test_the_text_of_a_burst_is_told_after_the_burst() -> None:
    """In one segment with the terminal event tokens are still what the application's text comes from."""
    head, *rest = (op for op in answer_ops(1, 3) if isinstance(op, Write))
    log = attempt(1, 0.0, (head, join(rest)))
    entries = [*shown(1, 1, 0.0), TokenEntry(2, 0.0, "done")]
    run = passed(wire=WireJournal([], [log]), tokens=TokenJournal(entries), clock="virtual")
    assert [text for _, text in told(run)][2:] == [
        "← tokens 1-3, the terminal event, 1 other event and the end of the body in one segment",
        "shows token 1 of answer a",
        "says that the answer is complete",
    ]


def test_an_error_is_bad() -> None:
    """An error that the client raised stands in the story with class and message."""
    (row,) = [row for row in timeline(raised("overloaded")) if row.side == "app"]
    assert (row.text, row.bad) == ("raises APIError: overloaded", True)


def test_byte_by_byte_text_is_folded() -> None:
    """A client that shows single characters gets one row, with the tokens that they make up."""
    text = "".join(token_text("a", number, Flavour.ASCII) for number in range(1, 4))
    entries = [TokenEntry(i, round(0.001 * i, 6), "text", piece) for i, piece in enumerate(text, 1)]
    run = passed(wire=WireJournal(), tokens=TokenJournal(entries))
    assert told(run) == [("app", f"shows tokens 1-3 of answer a (until 0.0{len(text)} s)")]


def test_strip_marks() -> None:
    """Tokens shown twice, withdrawn, and left out of a complete answer are marked as such."""
    assert Counter(box.token.mark for box in strip(duplicated())) == {"new": 40, "duplicate": 12}
    assert Counter(box.token.mark for box in strip(restarted())) == {"withdrawn": 12, "new": 40}
    missing = [(box.token.number, box.t) for box in strip(truncated()) if box.token.mark == "missing"]
    assert missing == [(number, None) for number in range(13, 41)]


def test_strip_of_text_that_came_too_late() -> None:
    """What is shown after "complete" counts as lost, but the answer is no longer for it."""
    entries = [*shown(1, 2, 0.1), TokenEntry(3, 0.2, "done"), *shown(3, 3, 0.3, n=4)]
    boxes = strip(marked(passed(tokens=TokenJournal(entries)), expected=4))
    marks = [(box.token.number, box.token.mark) for box in boxes]
    assert marks == [(1, "new"), (2, "new"), (3, "new"), (4, "missing")]


def test_strip_of_two_answers_and_garbage() -> None:
    """Tokens of another answer, out of order and damaged ones are told apart, each with the time of its entry."""
    pieces = [" a1.", " a3.", " a2.", " b4.", " a5!.", "garbage"]
    entries = [TokenEntry(i, 0.1 * i, "text", piece) for i, piece in enumerate(pieces, 1)]
    boxes = strip(marked(passed(tokens=TokenJournal(entries)), expected=5))
    assert [box.token.mark for box in boxes] == ["new", "new", "reordered", "spliced", "corrupted", "corrupted"]
    assert [box.t for box in boxes] == [entry.t for entry in entries]
    assert [box.label for box in boxes] == ["a1", "a3", "a2", "b4", "a5", "▒"]


def test_the_story_says_every_flaw_of_a_token() -> None:
    """A token of another answer at a place that had been shown is both, and what nobody served is never new."""
    entries = [*shown(1, 2, 0.1), *shown(2, 2, 0.2, n=3, generation="b"), *shown(3, 3, 0.3, n=4, generation="z")]
    rows = timeline(passed(wire=WireJournal(), tokens=TokenJournal(entries)))
    assert [(row.text, row.bad) for row in rows] == [
        ("shows tokens 1-2 of answer a", False),
        ("shows token 2 of answer b again, of another answer", True),
        ("shows token 3 of answer z, of another answer, damaged or foreign", True),
    ]


def test_what_was_wrong_with_a_connection_is_told():
    """A TLS hello takes no attempt's place, and stands in the story all the same."""
    run = passed()
    why = "malformed request: a TLS hello, but this is plain HTTP; answered 400 and closed"
    run.wire.connections.append(ConnectionLog(2, 0.001, 0.002, "server", "fin", note=why))
    (row,) = [row for row in timeline(run) if "TLS" in row.text]
    assert (row.t, row.side, row.bad, row.text) == (0.002, "wire", True, f"connection 2: {why}")
