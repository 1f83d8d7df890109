"""Events that are spelled otherwise and say the same, pings and ids; and an event that does not end."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

import pytest

from ssedrill.dialects import DIALECTS
from ssedrill.model.scenario import Flavour, Stream
from ssedrill_faults.fault import AnswerFault, Fault, Impossible, NotInDialect
from ssedrill_faults.frames.byte_order_mark import ByteOrderMarkFault
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.ids import IdsFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.pace import PaceFault
from ssedrill_faults.frames.ping import PingFault
from ssedrill_faults.frames.spelling import SpellingFault
from ssedrill_faults.frames.unfinished_event import UnfinishedEventFault
from ssedrill_faults.plan import Answer, Frame, Plan, Role, Wait, Write
from support.answers import Event, body, compiled, decoded, events
from support.voice import START, TERMINAL, delta, plan_of, small_answer

BOM = codecs.BOM_UTF8
every_dialect = pytest.mark.parametrize("name", DIALECTS)


def said(plan: Plan) -> list[tuple[str, Any]]:
    """Return what a client is told: names, and data, JSON by its value."""
    return [(event.type, _value(event)) for event in events(plan)]


def _value(event: Event) -> Any:
    try:
        return json.loads(event.data)
    except ValueError:
        return event.data


def of(data: bytes) -> Answer:
    """Return an answer with this event for token 1."""
    return Answer((Frame(data, Role.DELTA, 1), TERMINAL))


def spelled(data: bytes, **settings: Any) -> bytes:
    """Return the bytes of an event as they are spelled."""
    plan = plan_of(of(data), SpellingFault(**settings))
    return next(op.content for op in plan.ops if isinstance(op, Write) and op.tokens)


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({"line_end": "crlf"}, b'event: e\r\ndata: {"type":"e","l":[ 1,"a,b"]}\r\n: c\r\nid: 1\r\n\r\n'),
        ({"line_end": "cr"}, b'event: e\rdata: {"type":"e","l":[ 1,"a,b"]}\r: c\rid: 1\r\r'),
        ({"after_colon": 0}, b'event:e\ndata:{"type":"e","l":[ 1,"a,b"]}\n: c\nid:1\n\n'),
        ({"after_colon": 2}, b'event: e\ndata:  {"type":"e","l":[ 1,"a,b"]}\n: c\nid: 1\n\n'),
        ({"data_lines": 2}, b'event: e\ndata: {"type":"e","l":[\ndata:  1,"a,b"]}\n: c\nid: 1\n\n'),
        ({"data_lines": 3}, b'event: e\ndata: {"type":"e",\ndata: "l":[ 1,\ndata: "a,b"]}\n: c\nid: 1\n\n'),
        (
            {"data_lines": 1000, "after_colon": 0},
            b'event:e\ndata:{\ndata:"type":\ndata:"e",\ndata:"l":\ndata:[\ndata:  1,\ndata:"a,b"\ndata:]\ndata:}\n'
            b": c\nid:1\n\n",
        ),
        ({"without": ("event",)}, b'data: {"type":"e","l":[ 1,"a,b"]}\n: c\nid: 1\n\n'),
    ],
    ids=str,
)
def test_an_event_is_spelled_otherwise(settings: dict[str, Any], data: bytes) -> None:
    """Only what is asked for changes."""
    assert spelled(b'event: e\ndata: {"type":"e","l":[ 1,"a,b"]}\n: c\nid: 1\n\n', **settings) == data


def test_what_would_say_something_else_stays() -> None:
    """A space that the value begins with, a word that is no JSON, a field without a colon."""
    assert spelled(b"data:  a\nid: 1\n\n", after_colon=0) == b"data:  a\nid:1\n\n"
    assert spelled(b"data\nid:1\n: c\n\n", after_colon=1) == b"data\nid: 1\n: c\n\n"
    done = plan_of(Answer((START, Frame(b"data: [DONE]\n\n", Role.TERMINAL))), SpellingFault(after_colon=2))
    assert body(done) == b'data:  {"k":"start"}\n\ndata: [DONE]\n\n'
    assert spelled(b'data: {"a":\ndata: 1}\nid: 1\n\n', data_lines=9, after_colon=0).count(b"data:") == 2


def test_line_ends_are_drawn() -> None:
    """The same for the same seed; all three come; no line is lost where CR and LF meet."""
    plans = [plan_of(small_answer(20), SpellingFault(line_end="mixed"), seed=seed) for seed in (1, 1, 2)]
    assert plans[0] == plans[1] != plans[2]
    ends = set(re.findall(rb"\r\n|\r|\n", body(plans[0])))
    assert ends == {b"\r\n", b"\r", b"\n"}
    for plan in plans:
        assert said(plan) == said(plan_of(small_answer(20)))


def test_a_bare_line_feed_behind_a_carriage_return_stays_a_line() -> None:
    """Where a stream goes over from one spelling to the other within a line."""
    ends_open = InsertEventFault(after_token=1, raw="data: x\r")
    plan = plan_of(
        small_answer(),
        ends_open,
        InsertEventFault(after_event=3, raw="\r\rdata: y\n\n"),
        SpellingFault(after_event=3, line_end="lf"),
    )
    assert ("message", "x") in said(plan)


def test_a_position_leaves_what_is_before_it() -> None:
    """From there on."""
    plan = plan_of(small_answer(3), SpellingFault(after_token=1, line_end="cr"))
    writes = [op for op in plan.ops if isinstance(op, Write) and op.events]
    assert [op.fault for op in writes] == [None, None, "spelling", "spelling", "spelling", "spelling"]


@every_dialect
@pytest.mark.parametrize("flavour", Flavour)
@pytest.mark.parametrize(
    "fault",
    [
        SpellingFault(line_end="cr", after_colon=0, data_lines=5),
        SpellingFault(line_end="mixed", after_colon=2),
        SpellingFault(line_end="crlf", after_colon=1, data_lines=2),
        ByteOrderMarkFault(),
        PingFault(every=1),
        PingFault(form="comment", text="OPENROUTER PROCESSING", every=2),
        PingFault(form="comment", after_token=3),
        IdsFault(form="nul"),
    ],
    ids=str,
)
def test_each_dialect_says_the_same(name: str, flavour: Flavour, fault: AnswerFault) -> None:
    """Names, data and last event ids are those of the healthy stream, pings aside."""
    stream = Stream(tokens=9, text=flavour)
    healthy, plan = compiled(name, stream)[1], compiled(name, stream, (fault,))[1]
    assert plan.breaking == ()
    assert body(plan) != body(healthy)
    assert [one for one in said(plan) if one[0] != "ping"] == [one for one in said(healthy) if one[0] != "ping"]
    assert [event.id for event in events(plan)][-1] == [event.id for event in events(healthy)][-1]
    numbers = [[n for op in one.ops if isinstance(op, Write) for n in op.tokens] for one in (healthy, plan)]
    assert numbers[0] == numbers[1]


def test_names_of_events_that_their_data_have_too() -> None:
    """They can be left out in the one dialect that has both; of a name that says more the dialect is told."""
    _, plan = compiled("anthropic-messages", None, (SpellingFault(without=("event",)),))
    assert b"event:" not in body(plan)
    assert len(events(plan)) == len(events(compiled("anthropic-messages")[1]))
    for name, why in (("eventsource", "what the data do not"), ("openai-chat", "finds no names")):
        with pytest.raises(NotInDialect, match=f"^without .*{why}"):
            compiled(name, None, (SpellingFault(without=("event",)),))


@pytest.mark.parametrize(
    ("settings", "kind", "why"),
    [
        ({"line_end": "lf"}, Impossible, "spelled so already"),
        ({"after_colon": 1}, NotInDialect, "or it is already"),
        ({"after_colon": 2}, NotInDialect, "no JSON here"),
        ({"data_lines": 2}, NotInDialect, "no JSON here"),
    ],
)
def test_what_is_spelled_so_already(settings: dict[str, Any], kind: type[Impossible], why: str) -> None:
    """A fault that changes nothing would never be met."""
    words = Answer((Frame(b"data: hello\n\n", Role.DELTA, 1), Frame(b"data: bye\n\n", Role.TERMINAL)))
    with pytest.raises(kind, match=why):
        plan_of(words, SpellingFault(**settings))


def test_one_byte_order_mark_is_skipped() -> None:
    """And no more than one can be put there, in front of whatever is first."""
    plan = plan_of(small_answer(), ByteOrderMarkFault())
    assert body(plan).startswith(BOM + START.data)
    assert events(plan) == events(plan_of(small_answer()))
    with pytest.raises(Impossible, match="stands there already"):
        plan_of(small_answer(), ByteOrderMarkFault(), ByteOrderMarkFault())
    with pytest.raises(Impossible, match="no event"):
        plan_of(Answer(()), ByteOrderMarkFault())


def test_two_byte_order_marks_break_the_first_line() -> None:
    """If that was the data of a token, nobody may rely on it; if it was another field, the token is there."""
    plan = plan_of(of(delta(1).data), ByteOrderMarkFault(times=2))
    assert plan.breaking == ("byte_order_mark",)
    assert [(op.tokens, op.spoiled) for op in plan.ops if isinstance(op, Write) and op.fault] == [((), (1,))]
    assert len(events(plan)) == 1
    kept = plan_of(of(b"id: 1\n" + delta(1).data), ByteOrderMarkFault(times=2))
    assert [op.tokens for op in kept.ops if isinstance(op, Write) and op.fault] == [(1,)]
    assert [event.id for event in events(kept)] == ["", ""]


def test_a_ping_in_front_of_all_takes_the_byte_order_mark() -> None:
    """It would be no longer the first thing in the stream."""
    plan = plan_of(small_answer(), ByteOrderMarkFault(), PingFault())
    assert body(plan).startswith(BOM + b": ping\n\ndata:")
    assert events(plan) == events(plan_of(small_answer()))
    later = plan_of(small_answer(), ByteOrderMarkFault(), PingFault(after_event=1))
    assert body(later).startswith(BOM + b"data:")


@pytest.mark.parametrize(
    ("settings", "ping", "shaping"),
    [
        ({}, b": ping\n\n", True),
        ({"form": "comment"}, b":\n\n", True),
        ({"form": "comment", "text": "a\nb"}, b": a\n: b\n\n", True),
        ({"form": "event"}, b"event: ping\ndata: \n\n", False),
        ({"form": "data"}, b"data: : keepalive\n\n", False),
        ({"form": "data", "text": ""}, b"data: \n\n", False),
    ],
)
def test_pings_of_all_kinds(settings: dict[str, Any], ping: bytes, shaping: bool) -> None:
    """Once at a position, or before every event, or every second one."""
    fault = PingFault(after_token=1, **settings)
    assert fault.shaping is shaping
    once = body(plan_of(small_answer(2), fault))
    assert once == START.data + delta(1).data + ping + delta(2).data + b'data: {"k":"stop"}\n\n' + TERMINAL.data
    often = plan_of(small_answer(2), PingFault(every=1, **settings))
    assert "".join(op.role[0] for op in often.ops if isinstance(op, Write)) == "hpspdpdpspte"
    second = plan_of(small_answer(2), PingFault(every=2, **settings))
    assert "".join(op.role[0] for op in second.ops if isinstance(op, Write)) == "hspddpste"


def test_pings_need_events_between_them() -> None:
    """And pings that are there are not counted."""
    with pytest.raises(Impossible, match=r"^every: fewer events"):
        plan_of(small_answer(2), PingFault(after_token=2, every=3))
    twice = plan_of(small_answer(2), PingFault(every=2), PingFault(every=2, form="comment"))
    assert "".join(op.role[0] for op in twice.ops if isinstance(op, Write)) == "hsppddppste"


@pytest.mark.parametrize(
    ("form", "ids"),
    [("number", ["1", "2", "3", "4", "5"]), ("same", ["1"] * 5), ("empty", [""] * 5)],
)
def test_ids_in_a_stream_without(form: Any, ids: list[str]) -> None:
    """They reshape; a stream that has ids of its own is another matter."""
    plan = plan_of(small_answer(2), IdsFault(form=form))
    assert (plan.breaking, [event.id for event in events(plan)]) == ((), ids)
    assert body(plan).count(b"id: ") == 5
    with pytest.raises(NotInDialect, match=r"^form: these events have ids of their own"):
        compiled("eventsource", None, (IdsFault(form=form),))
    _, others = compiled("eventsource", None, (IdsFault(form=form, replace=True),))
    assert others.breaking == ("ids",)
    assert len({event.id for event in events(others)}) == (6 if form == "number" else 1)


def test_ids_that_go_and_ids_that_change_nothing() -> None:
    """None at all; one that must be ignored; the same one twice."""
    _, healthy = compiled("eventsource")
    _, none = compiled("eventsource", None, (IdsFault(form="none", after_token=2),))
    assert (none.breaking, {event.id for event in events(none)}) == (("ids",), {"a-1", "a-2"})
    for form, spelled in (("nul", b"id: a-1\nid: 1\0\n"), ("repeat", b"id: a-1\nid: a-1\ndata")):
        _, plan = compiled("eventsource", None, (IdsFault(form=form),))
        assert plan.breaking == ()
        assert spelled in body(plan)
        assert events(plan) == events(healthy)
    for form in ("none", "repeat"):
        with pytest.raises(NotInDialect, match="these have none"):
            compiled("openai-chat", None, (IdsFault(form=form),))


def test_comments_have_no_ids() -> None:
    """An id alone would be a block of its own; and where no event comes there is nothing to do."""
    plan = plan_of(small_answer(2), PingFault(every=1), IdsFault(form="number"))
    assert body(plan).count(b"id: ") == 5
    with pytest.raises(Impossible, match="no event comes after"):
        plan_of(small_answer(2), IdsFault(form="number", after="terminal"))


def spoiled(plan: Plan) -> list[int]:
    """Return the tokens that nobody may rely on."""
    return [token for op in plan.ops if isinstance(op, Write) for token in op.spoiled]


def test_an_event_that_does_not_end_is_one_with_the_next() -> None:
    """Their data are joined, and the tokens of both are spoiled."""
    plan = plan_of(small_answer(3), UnfinishedEventFault(after_token=1))
    assert spoiled(plan) == [1, 2]
    assert (plan.reads, plan.breaking) == ((), ("unfinished_event",))
    assert [event.data.count('"t"') for event in events(plan)] == [0, 2, 1, 0, 0]
    glued = plan_of(small_answer(3), UnfinishedEventFault(after_token=1, lacks="line-end"))
    assert spoiled(glued) == [1, 2]
    assert b'."}}data: {"k"' in body(glued)


def test_a_comment_ends_the_event_before_it() -> None:
    """Its empty line is that of both, so nothing is spoiled; without a line end the comment is in the data."""
    answer = Answer((START, delta(1), Frame(b": p\n\n", Role.PING), delta(2), TERMINAL))
    plan = plan_of(answer, UnfinishedEventFault(after_token=1))
    assert (spoiled(plan), events(plan)) == ([], events(plan_of(answer)))
    assert spoiled(plan_of(answer, UnfinishedEventFault(after_token=1, lacks="line-end"))) == [1]
    other = plan_of(answer, UnfinishedEventFault(after_event=3))
    assert (spoiled(other), events(other)) == ([], events(plan_of(answer)))


@every_dialect
@pytest.mark.parametrize("lacks", ["empty-line", "line-end"])
def test_the_terminal_event_without_its_end(name: str, lacks: Any) -> None:
    """The body ends, and nobody is given the event by the standard."""
    _, plan = compiled(name, None, (UnfinishedEventFault(after="terminal", lacks=lacks),))
    assert events(plan) == events(compiled(name)[1])[:-1]
    assert not body(plan).endswith(b"\n\n")
    assert body(plan).endswith(b"\n") is (lacks == "empty-line")


def test_the_last_token_without_its_end() -> None:
    """It is never dispatched, so it is spoiled; and it can't lose its end twice."""
    cut = CleanEndFault(after_token=2)
    plan = plan_of(small_answer(3), cut, UnfinishedEventFault(after_token=2))
    assert (spoiled(plan), plan.reads) == ([2], (1,))
    with pytest.raises(Impossible, match="no end that could lack"):
        plan_of(small_answer(), UnfinishedEventFault(after_token=2), UnfinishedEventFault(after_token=2))
    with pytest.raises(Impossible, match="no event before"):
        plan_of(small_answer(), UnfinishedEventFault(after="headers"))


def test_a_drip_begins_at_a_position() -> None:
    """What comes before keeps its pauses."""
    plan = plan_of(small_answer(4), PaceFault(every_s=2.0, after_token=2))
    assert [op.seconds for op in plan.ops if isinstance(op, Wait)] == [0.01, 0.01, 2.0, 2.0]
    with pytest.raises(Impossible, match="no tokens come here"):
        plan_of(small_answer(4), PaceFault(every_s=2.0, after_token=4))
    with pytest.raises(ValueError, match="give exactly one of"):
        PaceFault(every_s=1.0, after_token=1, after_event=1)


@pytest.mark.parametrize(
    ("fault", "settings", "message"),
    [
        (SpellingFault, {}, "give at least one of line_end"),
        (SpellingFault, {"after_colon": 3}, "after_colon must be 0, 1 or 2"),
        (SpellingFault, {"after_colon": -1}, "after_colon must be 0, 1 or 2"),
        (SpellingFault, {"data_lines": 1}, "data_lines must be at least 2"),
        (SpellingFault, {"data_lines": 10**6}, "data_lines must be at least 2 and at most 1000"),
        (SpellingFault, {"line_end": "cr", "after_token": 1, "after_event": 2}, "give exactly one of"),
        (ByteOrderMarkFault, {"times": 0}, "times must be at least 1"),
        (ByteOrderMarkFault, {"times": 9}, "times must be at least 1 and at most 8"),
        (PingFault, {"every": 0}, "every must be at least 1"),
        (PingFault, {"text": "x"}, 'text means nothing with form = "own"'),
        (IdsFault, {"form": "none", "replace": True}, 'replace means nothing with form = "none"'),
        (UnfinishedEventFault, {}, "give exactly one of"),
    ],
)
def test_settings_that_are_refused(fault: type[Fault], settings: dict[str, Any], message: str) -> None:
    """The message begins with the setting that is meant."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        fault(**settings)


def test_a_stream_that_is_decoded_in_pieces() -> None:
    """The decoder of these tests itself: marks, NUL, and ends of lines cut anywhere."""
    data = BOM + b"id: 1\r\nid: 2\0\rdata: x\n\r"
    assert list(decoded(bytes([byte]) for byte in data)) == [Event("message", "x", "1")]


def test_events_some_of_which_have_ids_have_them() -> None:
    """Others are sent only if the scenario says so."""
    with_id = Frame(b'id: 1\ndata: {"k":"delta"}\n\n', Role.DELTA, 1)
    answer = Answer((START, with_id, delta(2), TERMINAL))
    with pytest.raises(Impossible, match=r"^form: these events have ids of their own"):
        plan_of(answer, IdsFault(form="number"))
    assert plan_of(answer, IdsFault(form="none")).faults == ("ids",)


def test_pings_are_bounded_as_events_are() -> None:
    """What a plan would write is in memory as a whole."""
    long = PingFault(form="data", text="x" * (1 << 20), every=1)
    with pytest.raises(Impossible, match="more than 16 MiB"):
        plan_of(small_answer(20), long)
    assert plan_of(small_answer(4), long).faults == ("ping",)
