"""What was written is read without the chunks that it is in, however these lie in it and are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from broken_clients import honest
from broken_clients.again import resumed, texts
from ssedrill.drivers.target import Target
from ssedrill_faults.http1 import body_spans, render
from ssedrill_faults.plan import Answer, Frame, Role, Write
from ssedrill_faults.segment import cut, join
from support.shortdrill import broken, run, scenario

TWO = (
    "{ edit_event = { after_token = 8, set = { 'choices.0.delta.content' = '{token:9}{token:10}' } } }, "
    "{ drop_event = { after_token = 9 } }, "
)
SHAPES = [
    "{ chunk_borders = { size = 5 } }, { buffer = {} }",
    "{ chunk_borders = { size = 5 } }, { buffer = { bytes = 100 } }",
    "{ chunk_borders = { size = 3 } }, { coalesce = { events = 3 } }",
    "{ fragment = { size = 7 } }, { chunk_borders = { size = 5 } }, { buffer = { bytes = 64 } }",
    "{ encode = { unasked = true } }, { chunk_borders = { size = 5 } }, { buffer = { bytes = 100 } }",
    "{ encode = { unasked = true } }, { chunk_borders = { size = 3 } }, { coalesce = { events = 4 } }",
    "{ chunk_extensions = {} }, { chunk_borders = { size = 5 } }, { buffer = { bytes = 50 } }",
]


async def garbles_one(target: Target) -> AsyncIterator[str]:
    """Show one token with a character too much."""
    async for text in texts(target):
        yield text.replace(" a5.", " a5,.")


@pytest.mark.parametrize("shape", SHAPES)
def test_chunks_inside_what_was_put_together_are_no_text(shape: str) -> None:
    """Who shows the text that is in them is right, and who garbles it is not."""
    drilled = scenario(TWO + shape, dialects='["openai-chat"]')
    assert run(honest.raises, drilled, dialect="openai-chat").outcome == "clean"
    assert run(garbles_one, drilled, dialect="openai-chat").outcome == "corrupted"


async def waits_as_the_stream_says(target: Target) -> AsyncIterator[str]:
    """Wait 3 s after a drop."""

    def failed(failure: Exception) -> float:
        return 3.0

    async for text in resumed(target, failed):
        yield text


@pytest.mark.parametrize("shape", SHAPES)
def test_a_wait_that_the_stream_asks_for_is_seen_in_chunks(shape: str) -> None:
    """It is broken by who comes back at once."""
    cut_off = "{ reset = { after_token = 8 } }, " + shape
    asks = scenario(cut_off, "", stream='retry = "3 s"', must='retry_after = "kept"', dialects='["eventsource"]')
    assert broken(run(honest.resumes, asks)) == {"retry_after"}
    assert broken(run(waits_as_the_stream_says, asks)) == set()


def body() -> tuple[Write, ...]:
    """Return three chunks, and what ends the body."""
    frames = tuple(Frame(b"data: %d\n\n" % number, Role.DELTA, number) for number in (1, 2, 3))
    return tuple(op for op in render(Answer(frames)) if isinstance(op, Write) and op.role is not Role.HEAD)


def contents(ops: list[Write]) -> list[bytes]:
    """Return the content of each segment."""
    both = zip(ops, body_spans(ops), strict=True)
    return [b"".join(op.data[start:end] for start, end in spans) for op, spans in both]


def test_a_segment_may_begin_anywhere() -> None:
    """In a size, in content, behind it; what is behind a bad size is taken by its ends."""
    ops = [*body()]
    whole = join(ops)
    assert contents([whole]) == [b"data: 1\n\ndata: 2\n\ndata: 3\n\n"]
    for at in range(1, len(whole.data)):
        assert b"".join(contents([*cut(whole, at)])) == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
    bad = Write(b"zz\r\ndata: 2\n\n\r\n", Role.DELTA, lead=4, tail=2)
    assert contents([ops[0], bad, ops[2]]) == [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"]
    wrong = Write(b"6\r\ndata: 2\n\n\r\n", Role.DELTA, lead=3, tail=2)
    assert contents([ops[0], wrong, ops[2]]) == [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"]
    assert body_spans([]) == []
    plain = [Write(b"5\r\ndata:\r\n", Role.DELTA), Write(b"", Role.DELTA)]
    assert body_spans(plain) == [[(0, 10)], []]
