"""Events that a scenario writes itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ssedrill.model.scenario import Flavour, Stream
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.insert_event import MOST_TIMES, InsertEventFault
from ssedrill_faults.plan import Plan, Role, Wait, Write
from ssedrill_faults.wire.reset import ResetFault
from support.answers import body, compiled, decoded, events
from support.voice import plan_of, small_answer

MIB = 1 << 20


def inserted(plan: Plan) -> Write:
    """Return the first segment that insert_event has written."""
    return next(op for op in plan.ops if isinstance(op, Write) and op.fault == "insert_event")


def block(**settings: Any) -> bytes:
    """Return the bytes of an event that is put behind token 1."""
    return inserted(plan_of(small_answer(), InsertEventFault(after_token=1, **settings))).content


@pytest.mark.parametrize(
    ("settings", "written"),
    [
        ({"data": "x"}, b"data: x\n\n"),
        ({"data": ""}, b"data: \n\n"),
        ({"data": "a\nb\r\n\rc"}, b"data: a\ndata: b\ndata: \ndata: c\n\n"),
        ({"data": " a\u2028b\u0085c\x0bd"}, "data:  a\u2028b\u0085c\x0bd\n\n".encode()),
        ({"comment": ""}, b":\n\n"),
        ({"comment": "hi\nho"}, b": hi\n: ho\n\n"),
        ({"retry": "1000"}, b"retry: 1000\n\n"),
        ({"id": ""}, b"id: \n\n"),
        ({"id": "a\0b"}, b"id: a\0b\n\n"),
        ({"event": "ping"}, b"event: ping\n\n"),
        (
            {"data": "d", "event": "e", "id": "i", "retry": "r", "comment": "c"},
            b": c\nid: i\nevent: e\nretry: r\ndata: d\n\n",
        ),
        ({"raw": "\r\n\0\ufeffdata:x"}, b"\r\n\0\xef\xbb\xbfdata:x"),
        ({"data": '{"t":"{token:2}","g":"{generation}"}'}, 'data: {"t":" น2.","g":"น"}\n\n'.encode()),
        ({"data": '{"token":1} {} {{generation}}'}, 'data: {"token":1} {} {น}\n\n'.encode()),
        ({"id": "{generation}-7", "comment": "{token:1}"}, ":  น1.\nid: น-7\n\n".encode()),
        ({"pad": 3}, b": xxx\n\n"),
        ({"pad": 3, "comment": "a"}, b": axxx\n\n"),
        ({"pad": 3, "data": "{}"}, b'data: {"pad":"xxx"}\n\n'),
        ({"pad": 3, "data": '{"a": {} }', "id": "1"}, b'id: 1\ndata: {"a": {},"pad":"xxx"}\n\n'),
        ({"pad": 3, "raw": "data: {pad}-{pad}\n\n"}, b"data: xxx-xxx\n\n"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_event_is_written_as_it_is_given(settings: dict[str, Any], written: bytes) -> None:
    """Field by field in an order that never changes, or byte by byte."""
    assert block(**settings) == written


def test_lines_end_as_the_streams_do() -> None:
    """The fields of an event in a stream of CRLF end so too; raw bytes are as they are."""
    fault = InsertEventFault(after_token=1, event="ping", data="a\nb")
    _, plan = compiled("eventsource", Stream(tokens=5, line_end="crlf"), (fault,))
    assert inserted(plan).content == b"event: ping\r\ndata: a\r\ndata: b\r\n\r\n"


@pytest.mark.parametrize("spelled", ["data", "raw"])
def test_the_text_of_a_token(spelled: str) -> None:
    """It is escaped as JSON wants it in data, and verbatim in raw, where it may break the line."""
    text = '{"t":"{token:2}"}' if spelled == "data" else "data: {token:2}\n\n"
    fault = InsertEventFault(after_token=1, **{spelled: text})
    _, plan = compiled("eventsource", Stream(tokens=5, text=Flavour.HOSTILE), (fault,))
    expected = b'data: {"t":" a2\\n."}\n\n' if spelled == "data" else b"data:  a2\n.\n\n"
    assert inserted(plan).content == expected
    assert (inserted(plan).tokens, plan.reads) == ((2,), (1,))


def test_a_token_that_the_stream_sends_too_is_a_repetition() -> None:
    """As often as it is sent beside the stream's own; one that was left out before is no longer left out."""
    again = InsertEventFault(after_token=3, data='"{token:2}"', times=2)
    assert plan_of(small_answer(), again).reads == (1, 2, 3, 2, 2, 0)
    moved = plan_of(small_answer(), DropEventFault(after_token=1), again)
    assert moved.reads == (1, 3, 2, 2, 0)
    first = plan_of(small_answer(3, first=20), InsertEventFault(after="headers", data='"{token:2}"'))
    assert first.reads == (2, 20, 21, 22, 0)


def test_several_tokens_in_an_event_have_no_number() -> None:
    """They are repetitions all the same, and what is of the dialect's own text is found in the bytes."""
    plan = plan_of(small_answer(), InsertEventFault(after_token=3, data='"{token:2}{token:3}{token:9}"'))
    assert (inserted(plan).tokens, inserted(plan).role, plan.reads) == ((), Role.DELTA, (1, 2, 3, 2, 3, 9, 0))


def test_a_token_in_a_comment_is_none() -> None:
    """A client that does everything right never sees it."""
    plan = plan_of(small_answer(), InsertEventFault(after_token=3, comment="{token:2}"))
    assert (inserted(plan).tokens, inserted(plan).role, plan.reads) == ((), Role.PING, (1, 2, 3, 0))


@pytest.mark.parametrize(
    ("settings", "role"),
    [
        ({"data": '{"k":"end"}'}, Role.TERMINAL),
        ({"data": '{"k":"start"}'}, Role.START),
        ({"data": '{"k":"end"}', "event": "x"}, Role.EXTRA),
        ({"data": "{}"}, Role.EXTRA),
        ({"event": "ping"}, Role.PING),
    ],
)
def test_what_an_event_is_for(settings: dict[str, Any], role: Role) -> None:
    """One that says what an event of the answer says is for the same."""
    assert inserted(plan_of(small_answer(), InsertEventFault(after_token=1, **settings))).role is role


def test_times_and_pauses() -> None:
    """Each comes after its pause, behind one another."""
    plan = plan_of(small_answer(), InsertEventFault(after_token=1, comment="x", times=3, every_s=2.0))
    at = plan.ops.index(Wait(2.0))
    kinds = [op.seconds if isinstance(op, Wait) else op.content for op in plan.ops[at : at + 6]]
    assert kinds == [2.0, b": x\n\n"] * 3


def test_a_token_that_comes_again_later_moves_no_place() -> None:
    """ "After token 1" is where it was, behind what is sent again at once, and not behind a late repetition."""
    late = InsertEventFault(after_token=3, data='"{token:1}"')
    at_once = InsertEventFault(after_token=1, data='"{token:1}"')

    def up_to(token: int, *faults: InsertEventFault) -> list[int]:
        plan = plan_of(small_answer(5), *faults, ResetFault(after_token=token))
        return [token for op in plan.ops if isinstance(op, Write) for token in op.tokens]

    assert up_to(2, at_once) == [1, 1, 2]
    assert up_to(4, late) == [1, 2, 3, 1, 4]
    with pytest.raises(Impossible, match="insert_event can never take effect"):
        up_to(1, late)


def test_an_event_without_its_end_takes_the_next_one_with_it() -> None:
    """Both are one event then: what the token of the next one was is not to be relied on."""
    plan = plan_of(small_answer(), InsertEventFault(after_token=1, raw="data: x\n"))
    assert [op.spoiled for op in plan.ops if isinstance(op, Write) and op.spoiled] == [(2,)]
    assert plan.reads == (1,)
    assert [event.data for event in decoded([body(plan)])][2] == 'x\n{"k":"delta","d":{"t":" น2."}}'
    harmless = plan_of(small_answer(), InsertEventFault(after_token=1, raw=": comment\n"))
    assert [op.spoiled for op in harmless.ops if isinstance(op, Write) and op.spoiled] == []


@pytest.mark.parametrize(
    ("raw", "spoils"),
    [
        (": keepalive", True),
        (": keepalive\n", False),
        ("\ufeff", True),
        ("da", True),
        ("data\n", True),
        ("data: x", True),
        ("event: ping\n", False),
        (": a\n\ndata: x\n", True),
        ("data: x\n\n: a\n", False),
        (": k\r", False),
        ("\ufeff\n\n", False),
    ],
)
def test_bytes_without_an_empty_line_and_the_next_token(raw: str, spoils: bool) -> None:
    """It is left if the data of the block that both make are those of its event."""
    plan = plan_of(small_answer(), InsertEventFault(after_token=1, raw=raw))
    assert [op.spoiled for op in plan.ops if isinstance(op, Write) and op.spoiled] == ([(2,)] if spoils else [])


def test_only_comments_reshape() -> None:
    """All else may be something to a client that does everything right."""
    assert InsertEventFault(after_token=1, comment="x", pad=9).shaping is True
    assert InsertEventFault(after_token=1, pad=9).shaping is True
    assert InsertEventFault(after_token=1, event="ping").shaping is False


def test_bytes_that_are_no_text() -> None:
    """Hex digits say them, in pairs, with white space between them; what a reader makes of them has no token."""
    fault = InsertEventFault(after_token=1, raw_hex="64617461 3a20 C328 ff\n0a0a")
    plan = plan_of(small_answer(), fault)
    assert inserted(plan).content == b"data: \xc3(\xff\n\n"
    assert (inserted(plan).role, plan.breaking) == (Role.EXTRA, ("insert_event",))
    assert fault.events_written == "data: \ufffd(\ufffd\n\n"


@pytest.mark.parametrize("size", [60 * 1024, MIB, 8 * MIB])
def test_an_event_of_any_size(size: int) -> None:
    """A few characters in a scenario make an event of up to 8 MiB, which is read like any other."""
    _, plan = compiled("eventsource", None, (InsertEventFault(after_token=2, event="big", data="{}", pad=size),))
    assert len(inserted(plan).content) == size + len('event: big\ndata: {"pad":""}\n\n')


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give at least one of data"),
        ({"data": "x", "times": 0}, "times must be at least 1"),
        ({"data": "x", "times": MOST_TIMES + 1}, "times must be at least 1 and at most"),
        ({"data": "x", "every_s": -1.0}, "every_s can't be negative"),
        ({"raw": ""}, "raw must have at least one byte"),
        ({"raw": "x", "data": "y"}, "data can't be beside raw"),
        ({"raw": "x", "raw_hex": "0a"}, "raw_hex can't be beside raw"),
        ({"event": "x", "raw_hex": "0a"}, "event can't be beside raw_hex"),
        ({"raw_hex": " "}, "raw_hex must be bytes of two hex digits"),
        ({"raw_hex": "f f"}, "raw_hex must be bytes of two hex digits"),
        ({"raw_hex": "0x0a"}, "raw_hex must be bytes of two hex digits"),
        ({"raw_hex": "0a", "pad": 9}, "pad has no place: raw_hex is sent as it is"),
        ({"event": "a\nb"}, "event holds the end of a line"),
        ({"id": "a\rb"}, "id holds the end of a line"),
        ({"data": "{token:0}"}, "data has '{token:0}', which is no placeholder"),
        ({"raw": "{token}"}, "raw has '{token}', which is no placeholder"),
        ({"data": "{pad}"}, "pad is missing"),
        ({"pad": 0}, "pad must be at least 1 byte"),
        ({"pad": 8 * MIB + 1}, "pad must be at least 1 byte and at most 8388608"),
        ({"pad": 8 * MIB, "times": 3}, "pad makes more than 16 MiB"),
        ({"pad": MIB, "raw": "{pad}" * 17}, "pad makes more than 16 MiB"),
        ({"pad": 9, "raw": "x"}, "pad has no place: write {pad}"),
        ({"pad": 9, "data": "[]"}, "pad has no place: data must be a JSON object"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_settings_that_are_refused(settings: dict[str, Any], message: str) -> None:
    """The message begins with the setting that is meant."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        InsertEventFault(after_token=1, **settings)


def test_what_can_not_be_put_there() -> None:
    """A token that the text has not, more than a plan may hold, and an answer that is no stream."""
    with pytest.raises(Impossible, match=r"^data has \{token:41\}, but the text has 40 tokens"):
        plan_of(small_answer(), InsertEventFault(after_token=1, data="{token:41}"))
    long = InsertEventFault(after_token=1, data="x" * 2000, times=MOST_TIMES)
    with pytest.raises(Impossible, match="more than 16 MiB"):
        plan_of(small_answer(), long)
    for code in (503, 200):
        with pytest.raises(Impossible, match="no stream of events"):
            plan_of(small_answer(), StatusFault(code=code, body="busy"), InsertEventFault(after="headers", data="x"))


def test_a_client_gets_what_is_put_in() -> None:
    """Decoded, the event stands among the others."""
    fault = InsertEventFault(before="first-token", event="note", id="7", data="a\nb")
    _, plan = compiled("openai-chat", None, (fault,))
    found = [event for event in events(plan) if event.type == "note"]
    assert [(event.data, event.id) for event in found] == [("a\nb", "7")]
