"""A gzip body of several members, one for each event, as some servers write it (RFC 1952, 2.2)."""

from __future__ import annotations

import gzip
import zlib

import pytest

from ssedrill_faults.http.codings import NOT_CODED, decoder
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.plan import Role, Write
from support.voice import plan_of, small_answer

ANSWER = small_answer()
MEMBERS = EncodeFault(flush="member")


def test_each_event_is_a_member_and_together_they_are_the_body() -> None:
    """Who knows one only has the first event; every token stays where its event can be decoded."""
    plan = plan_of(ANSWER, MEMBERS)
    writes = [op for op in plan.ops if isinstance(op, Write) and op.role not in (Role.HEAD, Role.END)]
    body = b"".join(op.content for op in writes)
    whole = b"".join(frame.data for frame in ANSWER.frames)
    assert gzip.decompress(body) == whole
    first = zlib.decompressobj(31)
    assert first.decompress(body) == ANSWER.frames[0].data
    assert first.unused_data
    decode = decoder("gzip")
    assert [decode(op.content) for op in writes] == [frame.data for frame in ANSWER.frames]
    assert MEMBERS.shaping


def test_members_are_decoded_however_they_are_cut() -> None:
    """Byte by byte too; what is none behind them is told."""
    body = gzip.compress(b"one") + gzip.compress(b"two")
    decode = decoder("gzip")
    assert b"".join(decode(body[i : i + 1]) for i in range(len(body))) == b"onetwo"
    assert decoder("gzip")(body) == b"onetwo"
    with pytest.raises(NOT_CODED):
        decoder("gzip")(body + b"junk")
