"""Faults on single events: error_event, malformed_json, duplicate_event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.plan import Answer, AwaitConsumed, Frame, Framing, Reset, Role, Wait, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.reset import ResetFault
from support.voice import (
    START,
    STOP,
    TERMINAL,
    SmallVoice,
    chunk,
    delta,
    last_chunk,
    ops_of,
    plain,
    plan_of,
    small_answer,
)

CHUNKED = small_answer(2)
LENGTH = small_answer(3, framing=Framing.LENGTH)
PAUSE = Wait(0.01)
END = last_chunk()


def spoiled(kind: Any, answer: Answer = LENGTH, after_token: int = 1) -> Write:
    """Return the one segment that malformed_json has marked."""
    ops = ops_of(answer, MalformedJsonFault(after_token=after_token, kind=kind))
    (found,) = (op for op in ops if op.fault == "malformed_json")
    assert isinstance(found, Write)
    return found


def payload(op: Write) -> str:
    """Return what stands in the only data line of an event."""
    assert op.data.startswith(b"data: ")
    assert op.data.endswith(b"\n\n")
    assert op.data.count(b"\n") == 2
    return op.data[6:-2].decode()


def test_an_error_event_replaces_the_rest_of_the_answer() -> None:
    """The dialect's own error follows the token, and the body ends properly."""
    error = SmallVoice().error_frame("rate_limit", "slow down")
    ops = ops_of(CHUNKED, ErrorEventFault(after_token=1, kind="rate_limit", message="slow down"))
    assert ops == (chunk(START, 1), PAUSE, chunk(delta(1), 2), chunk(error, 3, "error_event", len(b'data: {"')), END)


def test_an_error_event_may_be_the_first_thing_said() -> None:
    """After the headers, before any other event."""
    ops = ops_of(small_answer(1, framing=Framing.LENGTH), ErrorEventFault(after="headers"))
    assert [op.role for op in ops if isinstance(op, Write)] == [Role.ERROR]


def test_the_stream_may_go_on_after_an_error_event() -> None:
    """With then = continue the error is put between the other events, which keep their order."""
    ops = ops_of(LENGTH, ErrorEventFault(after_token=2, then="continue"))
    roles = [op.role for op in ops if isinstance(op, Write)]
    assert roles == [Role.START, Role.DELTA, Role.DELTA, Role.ERROR, Role.DELTA, Role.STOP, Role.TERMINAL]


def test_truncated_json_is_cut_in_half_inside_whole_framing() -> None:
    """The data line ends early, the event does not; it counts as carrying no token."""
    op = spoiled("truncated")
    whole = payload(plain(delta(2), 3))
    assert payload(op) == whole[: len(whole) // 2]
    assert op.tokens == ()
    with pytest.raises(json.JSONDecodeError):
        json.loads(payload(op))


def test_the_opening_event_is_never_spoiled() -> None:
    """Behind the headers the first token's event is the first that may be."""
    ops = ops_of(LENGTH, MalformedJsonFault(after="headers"))
    assert ops[0] == plain(START, 1)
    assert [op.spoiled for op in ops if isinstance(op, Write) and op.fault] == [(1,)]


def test_two_objects_share_a_data_line() -> None:
    """The next token's object stands right behind this one's, and has no event of its own."""
    op = spoiled("two-objects")
    assert payload(op) == payload(plain(delta(2), 3)) + payload(plain(delta(3), 4))
    ops = ops_of(LENGTH, MalformedJsonFault(after_token=1, kind="two-objects"))
    assert [token for op in ops if isinstance(op, Write) for token in op.tokens] == [1]
    with pytest.raises(json.JSONDecodeError, match="Extra data"):
        json.loads(payload(op))


def test_not_json_is_a_proxys_words() -> None:
    """A sentence in place of an object."""
    with pytest.raises(json.JSONDecodeError):
        json.loads(payload(spoiled("not-json")))


def test_wrong_types_is_legal_json() -> None:
    """Objects and lists become numbers; what else there is stays."""
    assert json.loads(payload(spoiled("wrong-types"))) == {"k": "delta", "d": 0}
    thai = Answer((Frame('data: {"k":"ก","d":[]}\n\n'.encode(), Role.DELTA, 1), TERMINAL), framing=Framing.LENGTH)
    assert payload(spoiled("wrong-types", thai, after_token=0)) == '{"k":"ก","d":0}'


def test_wrong_types_spoils_strings_where_there_is_nothing_else() -> None:
    """A flat object has its strings replaced."""
    flat = Answer((Frame(b'data: {"n":1,"t":"x"}\n\n', Role.DELTA, 1), TERMINAL), framing=Framing.LENGTH)
    op = spoiled("wrong-types", flat, after_token=0)
    assert json.loads(payload(op)) == {"n": 1, "t": 0}


@pytest.mark.parametrize(
    ("kind", "after", "spoiled", "left"),
    [
        ("truncated", 1, (2,), [1]),
        ("two-objects", 1, (2, 3), [1]),
        ("truncated", 2, (3,), [1, 2]),
    ],
)
def test_a_spoiled_event_keeps_its_place(kind: Any, after: int, spoiled: tuple[int, ...], left: list[int]) -> None:
    """A reset after a token that was spoiled strikes behind the spoiled event, however the segments are shaped."""
    faults = [MalformedJsonFault(after_token=after, kind=kind), ResetFault(after_token=spoiled[-1])]
    for answer in (LENGTH, small_answer(3)):
        ops = ops_of(answer, *faults)
        *_, last, consumed, reset = ops
        assert isinstance(last, Write)
        assert (last.fault, last.spoiled, last.token_slots) == ("malformed_json", spoiled, spoiled)
        assert (consumed, reset) == (AwaitConsumed(), Reset("reset"))
        assert [token for op in ops if isinstance(op, Write) for token in op.tokens] == left
        bytewise = ops_of(answer, *faults, FragmentFault(size=1), DelayFault(after_token=spoiled[-1], for_s=1.0))
        rest = [op for op in bytewise if isinstance(op, Wait | Reset)][-2:]
        assert rest == [Wait(1.0, "delay"), Reset("reset")]
        assert bytewise[-1] == rest[-1]


def test_a_spoiled_event_keeps_its_place_in_a_burst() -> None:
    """Events that share a segment with a spoiled one are not lost sight of."""
    faults = MalformedJsonFault(after_token=2), CoalesceFault(), DelayFault(after_token=3, for_s=1.0)
    *_, burst, delay = ops_of(LENGTH, *faults)
    assert isinstance(burst, Write)
    assert (burst.tokens, burst.spoiled) == ((1, 2), (3,))
    assert delay == Wait(1.0, "delay")


def test_the_event_after_a_spoiled_one_can_be_spoiled_too() -> None:
    """A second place is counted as if the first fault were not there."""
    ops = ops_of(LENGTH, MalformedJsonFault(after_token=0), MalformedJsonFault(after_token=1, kind="not-json"))
    assert [op.spoiled for op in ops if isinstance(op, Write) and op.fault] == [(1,), (2,)]


def test_an_event_can_not_be_spoiled_twice() -> None:
    """The same place twice, or a spoiled neighbour that would have to be joined, is refused in these words."""
    twice = MalformedJsonFault(after_token=1), MalformedJsonFault(after_token=1, kind="not-json")
    with pytest.raises(Impossible, match="the event of token 2 is spoiled already"):
        plan_of(LENGTH, *twice)
    joined = MalformedJsonFault(after_token=1), MalformedJsonFault(after_token=0, kind="two-objects")
    with pytest.raises(Impossible, match="the event of token 2 is spoiled already"):
        plan_of(LENGTH, *joined)


def test_other_fields_and_line_endings_of_a_spoiled_event_stay() -> None:
    """Only the data line changes."""
    data = b'id: a-1\r\nevent: delta\r\ndata:{"t":"x"}\r\nretry: 5\r\n\r\n'
    crlf = Answer((Frame(data, Role.DELTA, 1), TERMINAL), framing=Framing.LENGTH)
    op = spoiled("truncated", crlf, after_token=0)
    assert op.data == b'id: a-1\r\nevent: delta\r\ndata: {"t"\r\nretry: 5\r\n\r\n'


def test_json_spread_over_data_lines_is_one_payload() -> None:
    """The lines are joined as a client joins them, and spoiled as one."""
    lines = Answer((Frame(b'data: {"t":\ndata: "x"}\n\n', Role.DELTA, 1), TERMINAL), framing=Framing.LENGTH)
    assert payload(spoiled("wrong-types", lines, after_token=0)) == '{"t":0}'
    assert payload(spoiled("truncated", lines, after_token=0)) == '{"t":'


@pytest.mark.parametrize(
    ("answer", "fault", "why"),
    [
        (CHUNKED, MalformedJsonFault(after_token=2), "no token comes after"),
        (CHUNKED, MalformedJsonFault(after_token=1, kind="two-objects"), "only one comes after"),
        (
            Answer((Frame(b"data: hello\n\n", Role.DELTA, 1),)),
            MalformedJsonFault(after_token=0),
            "carry no JSON objects",
        ),
        (
            Answer((Frame(b"data: 12\n\n", Role.DELTA, 1),)),
            MalformedJsonFault(after_token=0),
            "carry no JSON objects",
        ),
        (CHUNKED, DuplicateEventFault(after_event=0), "no event before"),
    ],
)
def test_events_that_are_not_there_can_not_be_spoiled(
    answer: Answer, fault: MalformedJsonFault | DuplicateEventFault, why: str
) -> None:
    """Each says what it misses."""
    with pytest.raises(Impossible, match=why):
        plan_of(answer, fault)


def test_a_duplicate_event_follows_its_original_at_once() -> None:
    """The same bytes and token; the copy carries the mark, and no pause comes between."""
    assert ops_of(CHUNKED, DuplicateEventFault(after_token=1)) == (
        chunk(START, 1),
        PAUSE,
        chunk(delta(1), 2),
        chunk(delta(1), 3, "duplicate_event", delta(1).data.index(b"1.")),
        PAUSE,
        chunk(delta(2), 4),
        chunk(STOP, 5),
        chunk(TERMINAL, 6),
        END,
    )


def test_the_terminal_event_can_come_twice() -> None:
    """After the terminal event, the last event is that one."""
    ops = ops_of(CHUNKED, DuplicateEventFault(after="terminal"))
    assert ops[-3:] == (chunk(TERMINAL, 5), chunk(TERMINAL, 6, "duplicate_event", 0), END)
