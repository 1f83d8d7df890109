"""What is served can be read: each dialect's reader takes out of the stream what its writer put in."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from ssedrill.dialects import BUILT_IN, DIALECTS, find_dialect
from ssedrill.dialects.answer import AnswerEnded, AnswerFailed, AnswerPart, AnswerStarted, AnswerStopped, AnswerText
from ssedrill.dialects.exchange import Request
from ssedrill.dialects.sse_decoder import SseDecoder, SseEvent
from ssedrill.model.scenario import Flavour, Stream
from ssedrill.model.tokens import token_text
from support.answers import body, compiled, received

every = pytest.mark.parametrize("name", DIALECTS)

READERS_NEED = {"ssedrill.dialects.answer", "ssedrill.dialects.sse_decoder"}


def decoded(stream: bytes) -> list[SseEvent]:
    """Return the events of a stream."""
    return SseDecoder().feed(stream)


def parts(name: str, stream: bytes) -> list[AnswerPart]:
    """Return all that a stream says to a strict reader."""
    read = find_dialect(name).read
    return [part for event in decoded(stream) for part in read.read_event(event)]


def asked_whole(name: str) -> Request:
    """Return the request that a healthy client makes for an answer without streaming."""
    ask = find_dialect(name).ask
    return received(ask.make_request(ask.url(""), "key", "Count.", stream=False))


def ours_in(module: str) -> set[str]:
    """Return the modules of this house that a module imports, wherever in it."""
    tree = ast.parse(Path(importlib.import_module(module).__file__).read_text("utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return {name for name in names if name.startswith("ssedrill")}


@every
@pytest.mark.parametrize("line_end", ["lf", "crlf"])
@pytest.mark.parametrize("flavour", Flavour)
def test_a_stream_is_read_as_it_was_written(name: str, line_end: str, flavour: Flavour):
    """Strictly read, a stream is its tokens in order, and then its end; nothing comes after that."""
    stream = Stream(tokens=25, text=flavour, line_end=line_end, ping_every=4, retry_s=2.0)
    found = parts(name, body(compiled(name, stream)[1]))
    assert [part.text for part in found if isinstance(part, AnswerText)] == [
        token_text("a", n, flavour) for n in range(1, 26)
    ]
    assert [part for part in found if isinstance(part, AnswerEnded)] == found[-1:]
    others = [part for part in found[:-1] if not isinstance(part, AnswerText)]
    assert all(isinstance(part, AnswerStarted | AnswerStopped) for part in others)
    assert len({type(part) for part in others}) == len(others)


@every
@pytest.mark.parametrize("flavour", Flavour)
def test_the_quick_way_finds_the_same_text(name: str, flavour: Flavour):
    """The few lines that people write find the same text in a healthy stream, and the end where it is."""
    read = find_dialect(name).read
    events = decoded(body(compiled(name, Stream(tokens=25, text=flavour))[1]))
    ends = [read.quick_end(event.type, event.data) for event in events]
    assert ends == [False] * (len(events) - 1) + [True]
    texts = [read.quick_text(event.data) for event in events[:-1]]
    assert "".join(texts) == "".join(token_text("a", n, flavour) for n in range(1, 26))


@every
def test_an_error_event_is_read_as_one(name: str):
    """The error that a writer puts into a stream is the only thing that it says, with its message."""
    frame = find_dialect(name).writer().error_frame("overloaded", "too much")
    (failure,) = parts(name, frame.data)
    assert isinstance(failure, AnswerFailed)
    assert failure.message == "too much"
    assert failure.kind


@every
def test_a_ping_says_nothing(name: str):
    """A keep-alive is no part of the answer."""
    assert parts(name, find_dialect(name).writer().ping_frame().data) == []


@every
@pytest.mark.parametrize("flavour", Flavour)
def test_a_whole_answer_is_read_as_it_was_written(name: str, flavour: Flavour):
    """Without streaming, the text is the same."""
    ask, plan = compiled(name, Stream(tokens=25, text=flavour), asked=asked_whole(name))
    assert ask.kind == "whole"
    text = find_dialect(name).read.read_whole(body(plan))
    assert text == "".join(token_text("a", n, flavour) for n in range(1, 26))


@pytest.mark.parametrize("dialect", BUILT_IN, ids=lambda dialect: dialect.name)
def test_the_reader_is_a_witness(dialect):
    """A reader imports of this house only what all readers share: nothing that knows how the writer spells."""
    assert ours_in(dialect.read.__name__) == READERS_NEED
    assert set().union(*map(ours_in, READERS_NEED)) == set()
