"""Events of the answer that a scenario changes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ssedrill.dialects import DIALECTS
from ssedrill.model.scenario import Flavour, Stream
from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.edit_event import EditEventFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.plan import Answer, Frame, Plan, Role, Write
from ssedrill_faults.wire.reset import ResetFault
from support.answers import compiled, events
from support.voice import TERMINAL, plan_of, small_answer


def edited(plan: Plan) -> list[Write]:
    """Return the segments that edit_event has changed."""
    return [op for op in plan.ops if isinstance(op, Write) and op.fault == "edit_event"]


def one(answer: Answer | None = None, /, **settings: Any) -> Write:
    """Return the event of token 2, changed."""
    (found,) = edited(plan_of(answer or small_answer(), EditEventFault(after_token=1, **settings)))
    return found


def of(data: bytes) -> Answer:
    """Return an answer with this event for token 2."""
    return Answer((Frame(b'data: "1"\n\n', Role.DELTA, 1), Frame(data, Role.DELTA, 2), TERMINAL))


@pytest.mark.parametrize(
    ("settings", "value", "kept"),
    [
        ({"set": {"d.t": "x"}}, {"k": "delta", "d": {"t": "x"}}, False),
        ({"set": {"new": [1, {"a": None}]}}, {"k": "delta", "d": {"t": " น2."}, "new": [1, {"a": None}]}, True),
        ({"set": {"d": {}}}, {"k": "delta", "d": {}}, False),
        ({"set": {"d.a": {}, "d.a.b": 1.5}}, {"k": "delta", "d": {"t": " น2.", "a": {"b": 1.5}}}, True),
        ({"set": {"d.t": "{generation}{token:2}!"}}, {"k": "delta", "d": {"t": "น น2.!"}}, True),
        ({"set": {"d": ["{token:2}", {"a": "{generation}"}]}}, {"k": "delta", "d": [" น2.", {"a": "น"}]}, True),
        ({"null": ("d.t",)}, {"k": "delta", "d": {"t": None}}, False),
        ({"remove": ("k",)}, {"d": {"t": " น2."}}, True),
        ({"remove": ("d.t", "d")}, {"k": "delta"}, False),
        ({"pad": 5}, {"k": "delta", "d": {"t": " น2."}, "pad": "xxxxx"}, True),
    ],
    ids=str,
)
def test_the_json_of_an_event(settings: dict[str, Any], value: Any, kept: bool) -> None:
    """Values by their paths; the token stays as long as its text stands in the event."""
    op = one(**settings)
    assert json.loads(op.content.removeprefix(b"data: ")) == value
    assert (op.tokens, op.spoiled) == (((2,), ()) if kept else ((), (2,)))


def test_lists_are_entered_by_index() -> None:
    """At any depth, and what is in them can be replaced or removed."""
    data = b'event: x\nid: 3\ndata: {"choices":[{"a":1},\ndata:  {"delta":{"content":"t"}}]}\nretry: 5\n\n'
    op = one(of(data), set={"choices.1.delta.content": "u"}, remove=("choices.0",), null=("z",))
    assert op.content == b'event: x\nid: 3\ndata: {"choices":[{"delta":{"content":"u"}}],"z":null}\nretry: 5\n\n'
    op = one(of(data), set={"choices.0": 7})
    assert b'{"choices":[7,{"delta":{"content":"t"}}]}' in op.content


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({"event": "ping"}, b'id: 1\r\nevent: ping\r\ndata: {"t":1}\r\n\r\n'),
        ({"id": ""}, b'id: \r\nevent: e\r\ndata: {"t":1}\r\n\r\n'),
        ({"id": "a\0{token:1}"}, 'id: a\0 น1.\r\nevent: e\r\ndata: {"t":1}\r\n\r\n'.encode()),
        ({"without": ("event", "id")}, b'data: {"t":1}\r\n\r\n'),
        ({"without": ("data",)}, b"id: 1\r\nevent: e\r\n\r\n"),
        (
            {"replace": {"data: ": "data:", "1": "{token:2}"}},
            'id:  น2.\r\nevent: e\r\ndata:{"t": น2.}\r\n\r\n'.encode(),
        ),
        ({"replace": {"\r\n": "\n", "e\n": "e\0"}}, b'id: 1\nevent: e\0data: {"t":1}\n\n'),
        ({"set": {"t": "{token:2}"}, "event": "f"}, 'id: 1\r\nevent: f\r\ndata: {"t":" น2."}\r\n\r\n'.encode()),
    ],
    ids=str,
)
def test_the_lines_of_an_event(settings: dict[str, Any], data: bytes) -> None:
    """Fields are set or go, texts are replaced wherever they stand, and the ends of lines stay."""
    assert one(of(b'id: 1\r\nevent: e\r\ndata: {"t":1}\r\n\r\n'), **settings).content == data


def test_a_field_that_was_not_there_comes_first() -> None:
    """In front of the others, with their end of line."""
    assert one(of(b'data: {"t":1}\r\n\r\n'), event="x").content == b'event: x\r\ndata: {"t":1}\r\n\r\n'


def test_another_token_in_its_place() -> None:
    """The event carries that one then, which is a repetition; the slot of its own stays."""
    plan = plan_of(small_answer(5), EditEventFault(after_token=3, set={"d.t": "{token:2}"}))
    (op,) = edited(plan)
    assert (op.tokens, op.spoiled, plan.reads) == ((2,), (4,), (1, 2, 3, 2, 5, 0))
    by_text = plan_of(small_answer(5), EditEventFault(after_token=3, replace={"{token:4}": "{token:2}"}))
    assert edited(by_text) == [op]


def test_a_place_behind_a_spoiled_event() -> None:
    """ "After token 2" is behind its slot."""
    plan = plan_of(small_answer(4), EditEventFault(after_token=1, set={"d.t": ""}), ResetFault(after_token=2))
    assert [op.token_slots for op in plan.ops if isinstance(op, Write) and op.token_slots] == [(1,), (2,)]


def test_all_events_from_a_place_on() -> None:
    """As far as they have what is to be changed; or so many."""
    plan = plan_of(small_answer(4), EditEventFault(after_token=1, every=True, remove=("d",)))
    assert [op.spoiled for op in edited(plan)] == [(2,), (3,), (4,)]
    plan = plan_of(small_answer(4), EditEventFault(after_token=1, count=2, remove=("d",)))
    assert [op.spoiled for op in edited(plan)] == [(2,), (3,)]
    plan = plan_of(small_answer(4), EditEventFault(after_token=1, every=True, set={"a": 1}))
    assert len(edited(plan)) == 5


def test_pings_are_passed_over() -> None:
    """The next event is one that says something."""
    _, plan = compiled("openai-chat", Stream(tokens=6, ping_every=3), (EditEventFault(after_token=2, pad=9),))
    assert [op.tokens for op in edited(plan)] == [(3,)]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("flavour", Flavour)
def test_a_large_event_says_what_it_said(name: str, flavour: Flavour) -> None:
    """Filler makes the event of a token as large as one likes in each dialect, and changes nothing else of it."""
    stream = Stream(tokens=9, text=flavour)
    healthy, plan = (
        compiled(name, stream)[1],
        compiled(name, stream, (EditEventFault(after_token=4, pad=1 << 16),))[1],
    )
    (op,) = edited(plan)
    assert (op.tokens, plan.reads) == ((5,), (*range(1, 10), 0))
    before, after = events(healthy), events(plan)
    changed = [i for i, event in enumerate(after) if event != before[i]]
    assert len(changed) == 1
    big = json.loads(after[changed[0]].data)
    assert len(big.pop("pad")) == 1 << 16
    assert big == json.loads(before[changed[0]].data)


def test_one_event_shows_one_fault() -> None:
    """An event that another fault has changed can't show this one's effect too."""
    with pytest.raises(Impossible, match="edit_event can never take effect"):
        plan_of(small_answer(), MalformedJsonFault(after_token=1), EditEventFault(after_token=1, event="x"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give at least one of set"),
        ({"set": {"a": 1}, "count": 0}, "count must be at least 1"),
        ({"set": {"a": 1}, "count": 2, "every": True}, "count means nothing beside every"),
        ({"set": {"a..b": 1}}, "set has the path 'a..b'"),
        ({"null": ("",)}, "null has the path ''"),
        ({"remove": (".a",)}, "remove has the path '.a'"),
        ({"set": {"a": [float("inf")]}}, "set has a number that JSON has not"),
        ({"set": {"a": {"b": "{token:x}"}}}, "set has '{token:x}', which is no placeholder"),
        ({"pad": 0}, "pad must be at least 1"),
        ({"event": "a\n"}, "event holds the end of a line"),
        ({"id": "x", "without": ("id",)}, "id is set and in without"),
        ({"id": "{token:}"}, "id has '{token:}', which is no placeholder"),
        ({"replace": {"": "x"}}, "replace looks for an empty text"),
        ({"replace": {"{token:y}": "x"}}, "replace has '{token:y}', which is no placeholder"),
    ],
    ids=str,
)
def test_settings_that_are_refused(settings: dict[str, Any], message: str) -> None:
    """The message begins with the setting that is meant."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        EditEventFault(after_token=1, **settings)


@pytest.mark.parametrize(
    ("place", "settings", "message"),
    [
        ({"after_token": 1}, {"set": {"x.y": 1}}, "set finds no 'x.y' in the event"),
        ({"after_token": 1}, {"set": {"d.t.u": 1}}, "set finds no 'd.t.u' in the event"),
        ({"after_token": 1}, {"remove": ("x",)}, "remove finds no 'x' in the event"),
        ({"after_token": 1}, {"null": ("d.0",), "remove": ("d.00000000001",)}, "remove finds no 'd.00000000001'"),
        ({"after_token": 1}, {"replace": {"zz": "x"}}, "replace finds no 'zz' in the event"),
        ({"after_token": 1}, {"replace": {"\n": "", "data: {token:2}": ""}}, "replace finds no 'data: {token:2}'"),
        ({"after_token": 1}, {"set": {"d.t": "{token:99}"}}, "set has {token:99}, but the text has 40"),
        ({"after_token": 1}, {"without": ("id",)}, "nothing of the event is changed"),
        ({"after_token": 1}, {"every": True, "remove": ("x",)}, "remove finds no 'x' in the event"),
        ({"after": "terminal"}, {"event": "x"}, "0 events come after this position"),
        ({"after": "terminal"}, {"event": "x", "every": True}, "no event comes after this position"),
        ({"after_token": 1}, {"event": "x", "count": 9}, "4 events come after this position, and 9"),
        ({"after": "headers"}, {"pad": 8 << 20, "count": 3}, "the attempt would write more than 16 MiB"),
        ({"after_token": 1}, {"replace": {"d": "x" * 200_000, "x": "y" * 100_000}}, "the attempt would write more"),
    ],
    ids=str,
)
def test_what_can_not_be_changed(place: dict[str, Any], settings: dict[str, Any], message: str) -> None:
    """Each says what the answer lacks."""
    with pytest.raises(Impossible) as refused:
        plan_of(small_answer(), EditEventFault(**place, **settings))
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("data", [b"data: hello\n\n", b"data: [1]\n\n", b": comment\n\n"])
def test_an_event_without_a_json_object(data: bytes) -> None:
    """It has no paths."""
    with pytest.raises(Impossible, match="set finds no JSON object in the event"):
        one(of(data), set={"a": 1})
    assert one(of(data), replace={data.decode(): "data: x\n\n"}).content == b"data: x\n\n"
    with pytest.raises(Impossible, match="replace leaves nothing of the event"):
        one(of(data), replace={data.decode(): ""})


def test_an_inserted_event_can_not_be_edited_at_once() -> None:
    """The mark is the other fault's; the one behind it can."""
    answer = small_answer()
    put_in = InsertEventFault(after_token=1, data="{}")
    with pytest.raises(Impossible, match="edit_event can never take effect"):
        plan_of(answer, put_in, EditEventFault(after_token=1, set={"a": 1}))
    assert len(edited(plan_of(answer, put_in, EditEventFault(after_token=2, set={"a": 1})))) == 1


@pytest.mark.parametrize("change", [{"remove": ("d",)}, {"null": ("d.t",)}, {"set": {"d.t": "x"}}], ids=str)
def test_filler_counts_only_where_something_is_changed(change: dict[str, Any]) -> None:
    """Events that have not what is to be changed are left as they are, so that they make no plan too large."""
    answer = small_answer(3)
    assert len(answer.frames) == 6
    plan = plan_of(answer, EditEventFault(after="headers", every=True, pad=4 << 20, **change))
    assert sum(len(op.content) > 4 << 20 for op in edited(plan)) == len(edited(plan)) == 3
