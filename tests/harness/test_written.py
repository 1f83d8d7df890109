"""What went over the wire is read from its bytes: every token that anybody could have read, and no other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.dialects import DIALECTS
from ssedrill.judging.written import Written, written_on
from ssedrill.model.scenario import Flavour, Stream
from ssedrill.model.tokens import token_text
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.fault import Fault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.plan import Op, Role, Wait, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.fragment import FragmentFault
from support.answers import compiled
from support.records import answer_ops, attempt

DIALECT = st.sampled_from(list(DIALECTS))


def written(*attempts: AttemptLog, text: Flavour = Flavour.ASCII) -> Written:
    """Return what these attempts wrote."""
    return written_on(WireJournal([], list(attempts)), text)


def from_bytes(ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Return operations that write the same bytes and say nothing of tokens."""
    return tuple(replace(op, tokens=(), token_ends=()) if isinstance(op, Write) else op for op in ops)


def body(*pieces: bytes) -> AttemptLog:
    """Return an attempt whose body comes in these pieces, a second apart."""
    ops: list[Op] = []
    for piece in pieces:
        ops += [Write(piece, Role.BODY), Wait(1.0)]
    return attempt(1, 0.0, tuple(ops))


def times(found: Written) -> dict[tuple[str, int], float]:
    """Return since when each token was on the wire."""
    return {token: first[0][0] for token, first in found.times.items()}


@given(DIALECT, st.sampled_from(Flavour), st.sampled_from([None, FragmentFault(size=1), CoalesceFault(events=3)]))
def test_the_bytes_say_what_the_plan_says(name: str, flavour: Flavour, fault: Fault | None) -> None:
    """In every dialect, in every kind of text, however it is cut, all tokens are read at the time of their end."""
    _, plan = compiled(name, Stream(tokens=12, text=flavour), (fault,) if fault else ())
    told, read = attempt(1, 0.0, plan.ops), attempt(1, 0.0, from_bytes(plan.ops))
    told.plan, read.plan = replace(told.plan, generation="a"), replace(read.plan, generation="")
    found = times(written(read, text=flavour))
    assert set(found) == {("a", number) for number in range(1, 13)}
    declared = {
        op.tokens[-1]: one.t for one in told.played if isinstance(op := plan.ops[one.op], Write) and op.tokens
    }
    assert all(found["a", number] <= t for number, t in declared.items())


@pytest.mark.parametrize("flavour", Flavour)
def test_json_may_be_escaped_in_any_way(flavour: Flavour) -> None:
    """As it is, as ASCII, with capital digits, and as JSON inside JSON."""
    text = "".join(token_text("a", number, flavour) for number in range(1, 11))
    plain, ascii_only = (json.dumps({"text": text}, ensure_ascii=ascii) for ascii in (False, True))
    for spelled in (plain, ascii_only, json.dumps({"arguments": plain}), json.dumps({"a": ascii_only})):
        assert len(written(body(spelled.encode()), text=flavour).times) == 10, spelled


@pytest.mark.parametrize(
    ("read", "consumed", "count"), [(False, 0, 0), (False, None, 3), (None, 0, 3), (None, None, 3), (True, 0, 3)]
)
def test_what_is_not_known_to_be_left_unread_was_written(read: bool | None, consumed: int | None, count: int) -> None:
    """Where nobody can tell, the client may have read it."""
    log = attempt(1, 0.0, answer_ops(1, 3))
    log.consumed = consumed
    for one in log.played:
        one.read = read
    assert len(written(log).times) == count


def test_a_token_is_written_when_its_last_byte_is() -> None:
    """Also if a character or an event was cut in two, and if nothing came of the rest of the event."""
    token = token_text("a", 1, Flavour.THAI)
    event = f'data: {{"text":"{token}"}}\n\n'.encode()
    at = event.index(b"a1") + 3  # inside the first character behind the number
    ends = event.index(b".") + 1
    assert times(written(body(event[:at], event[at:]), text=Flavour.THAI)) == {("a", 1): 1.0}
    assert times(written(body(event[:at], event[at:ends]), text=Flavour.THAI)) == {("a", 1): 1.0}
    assert times(written(body(event[:at], event[at : ends - 1]), text=Flavour.THAI)) == {}


def test_what_was_planned_but_not_played_was_not_written() -> None:
    """A client that left before a token came has not been sent it."""
    log = attempt(1, 0.0, answer_ops(1, 12))
    log.plan = replace(log.plan, generation="a")
    tokens = [log.plan.ops[one.op].tokens for one in log.played if isinstance(log.plan.ops[one.op], Write)]
    del log.played[len(log.played) - 8 :]
    found = written(log)
    assert 0 < len(found.times) < sum(map(len, tokens))
    assert list(found.sources(("a", 1), by=9.0)) == [1]
    assert not found.sent(("a", 12), by=9.0)


@given(
    DIALECT,
    st.sampled_from(["gzip", "deflate", "br", "zstd"]),
    st.sampled_from([None, FragmentFault(size=1), CoalesceFault(events=3), ChunkBordersFault(size=9)]),
)
def test_a_coded_body_is_read_as_it_is_decoded(name: str, coding: Any, fault: Fault | None) -> None:
    """Its bytes say what the plan says; what had come of an event that was cut off can be told too."""
    encode = EncodeFault(coding=coding, unasked=True)
    _, plan = compiled(name, Stream(tokens=6), (encode, fault) if fault else (encode,))
    read = attempt(1, 0.0, from_bytes(plan.ops))
    read.plan = replace(read.plan, generation="")
    assert set(times(written(read))) == {("a", number) for number in range(1, 7)}


def test_a_body_that_is_not_what_its_label_says() -> None:
    """It is read as it is."""
    _, plan = compiled("eventsource", Stream(tokens=6), (EncodeFault(coding="identity", label="gzip"),))
    read = attempt(1, 0.0, from_bytes(plan.ops))
    assert len(times(written(read))) == 6


def test_a_spoiled_token_was_written_only_if_it_can_be_read() -> None:
    """A proxy's error text in its place has nothing of it; two objects in one line have both."""
    for kind, count in (("not-json", 4), ("truncated", 4), ("two-objects", 5)):
        _, plan = compiled("openai-chat", Stream(tokens=5), (MalformedJsonFault(after_token=2, kind=kind),))
        log = attempt(1, 0.0, plan.ops)
        log.plan = plan
        assert len(written(log).times) == count, kind


def test_a_token_may_come_from_any_attempt_that_had_written_it() -> None:
    """With the same text twice, both; but not from one that wrote it later."""
    first, second = attempt(1, 0.0, answer_ops(1, 3)), attempt(2, 1.0, answer_ops(1, 3))
    found = written(first, second)
    for by, attempts in ((0.5, [1]), (2.0, [1, 2])):
        sources = found.sources(("a", 2), by)
        assert (list(sources), list(reversed(sources))) == (attempts, attempts[::-1])
        assert [number in sources for number in (0, 1, 2, 3)] == [False, True, 2 in attempts, False]

    def had(by: float, attempts: set[int]) -> set[int]:
        return {number for number in range(5) if found.had(number, by, attempts.__contains__)}

    assert had(0.0, {1, 2}) == set()
    assert had(1.0, {1, 2}) == {1, 2, 3}
    assert had(0.5, {2}) == set()


def test_a_token_is_there_from_the_first_time_it_was_written() -> None:
    """An event may be sent twice; and what a plan says may come before what the bytes say, or after it."""
    assert times(written(body(b" a1.", b" a1. a2.", b" a2."))) == {("a", 1): 0.0, ("a", 2): 1.0}


def test_a_token_is_there_when_its_last_byte_is() -> None:
    """Not a piece earlier."""
    for cut in (1, 2, 3):
        assert times(written(body(b" a1."[:cut], b" a1."[cut:], b"?"))) == {("a", 1): 1.0}


def test_what_a_plan_says_of_a_segment_counts_besides() -> None:
    """Where nobody can read a token's bytes in one piece; it says nothing if it serves no text."""
    log = attempt(1, 0.0, (Write(b"a3", Role.DELTA, tokens=(3,)),))
    log.plan = replace(log.plan, generation="a")
    assert times(written(log)) == {("a", 3): 0.0}
    log.plan = replace(log.plan, generation="")
    assert times(written(log)) == {}
