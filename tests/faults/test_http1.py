"""How answers become bytes of HTTP/1, and that nobody else knows how."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssedrill
import ssedrill_faults
from ssedrill_faults import http1, http1_chunks, http1_recut, http1_requests
from ssedrill_faults.plan import Answer, Fin, Framing, Op, Persistence, Role, Silence, Wait, Write
from support.drawn_answers import answers
from support.h11_client import read_by_h11
from support.voice import chunk, delta, last_chunk, small_answer, written

HEADER = st.sampled_from([("X-A", "1"), ("Content-Type", "text/event-stream"), ("x-b", "é"), ("x-c", "d: e")])
HEADERS = st.lists(HEADER, unique=True)


def segments(ops: tuple[Op, ...]) -> list[bytes]:
    """Return the bytes of each segment."""
    return [op.data for op in ops if isinstance(op, Write)]


@settings(deadline=None)
@given(answers(), st.sampled_from([200, 404, 429, 529, 599]), HEADERS)
def test_a_parser_reads_the_answer_that_was_rendered(
    answer: Answer, status: int, headers: list[tuple[str, str]]
) -> None:
    """Status, headers, body and persistence are the answer's, whatever its framing, and no byte is left over."""
    answer = replace(answer, status=status, headers=tuple(headers))
    ops = http1.render(answer)
    read = read_by_h11(segments(ops), closes=isinstance(ops[-1], Fin))
    assert read.complete
    assert read.body == b"".join(frame.data for frame in answer.frames)
    assert (read.status, read.reason) == (status, http1.REASONS.get(status, "Status"))
    assert {name.lower(): value for name, value in headers}.items() <= read.headers.items()
    assert read.headers["connection"] == answer.persistence
    assert read.left_over == b""
    assert read.stays == (answer.persistence is Persistence.KEEP_ALIVE)
    assert isinstance(ops[-1], Fin) == (not read.stays or answer.framing is Framing.CLOSE)


@settings(deadline=None)
@given(answers())
def test_the_content_of_the_segments_is_the_body(answer: Answer) -> None:
    """What the spans of a segment call content is the frame, whole; all else is framing."""
    _, *body = [op for op in http1.render(answer) if isinstance(op, Write)]
    assert [op.content for op in body if op.role is not Role.END] == [frame.data for frame in answer.frames]
    assert {op.content for op in body if op.role is Role.END} <= {b""}


@settings(deadline=None)
@given(answers())
def test_a_body_that_is_never_to_end_does_not(answer: Answer) -> None:
    """In every framing the client has everything and still waits for more."""
    ops = http1.render(replace(answer, open_fault="linger"))
    read = read_by_h11(segments(ops), closes=False)
    assert not read.complete
    assert read.body == b"".join(frame.data for frame in answer.frames)
    assert ops[-1] == Silence("linger")


@pytest.mark.parametrize("status", http1.BODILESS)
def test_an_answer_that_can_have_no_body(status: int) -> None:
    """It is complete with its head, and names no length."""
    answer = Answer((), status, framing=Framing.LENGTH)
    read = read_by_h11(segments(http1.render(answer)), closes=False)
    assert read.complete
    assert "content-length" not in read.headers


def test_the_segments_of_a_chunked_answer() -> None:
    """Bytes, pauses and spans, written out."""
    answer = Answer((delta(1),), headers=(("A", "b"),))
    head = b"HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
    assert http1.render(answer) == (Write(head, Role.HEAD), Wait(0.01), chunk(delta(1), 1), last_chunk())


@pytest.mark.parametrize("framing", Framing)
def test_what_a_client_of_http_1_0_can_read(framing: Framing) -> None:
    """There are no chunks and the connection does not stay; all else is the same."""
    answer = small_answer(framing=framing)
    old = http1.for_http_1_0(answer)
    assert old.framing is (Framing.LENGTH if framing is Framing.LENGTH else Framing.CLOSE)
    assert replace(old, framing=framing, persistence=answer.persistence, to_http_1_0=False) == answer
    assert old.persistence is Persistence.CLOSE


@pytest.mark.parametrize("framing", Framing)
def test_the_answer_to_head(framing: Framing) -> None:
    """It has the same head as the answer to GET, and no body."""
    ops = http1.render(small_answer(framing=framing, persistence=Persistence.CLOSE))
    bare = http1.without_body(ops)
    read = read_by_h11(segments(bare), closes=True, method="HEAD")
    assert written(bare) == written(ops[:1])
    assert (read.complete, read.body, read.left_over) == (True, b"", b"")
    assert bare[-1] == Fin()


def test_the_answers_that_need_no_plan() -> None:
    """An interim answer, and a final one with an empty body."""
    assert http1.CONTINUE == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert http1.refusal(400) == b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@settings(deadline=None)
@given(answers(), HEADERS)
def test_a_head_is_read_as_it_was_written(answer: Answer, headers: list[tuple[str, str]]) -> None:
    """The status keeps its case, headers are in lower case; a piece says what it has."""
    data = http1.head(replace(answer, headers=tuple(headers)))
    read = http1.read_head(data)
    assert read.status == "200 OK"
    assert {name.lower(): value.lower() for name, value in headers}.items() <= read.headers.items()
    assert read.coding == ("chunked" if answer.framing is Framing.CHUNKED else None)
    size = sum(len(frame.data) for frame in answer.frames)
    assert read.length == (str(size) if answer.framing is Framing.LENGTH else None)
    assert read.connection == answer.persistence
    assert http1.read_head(data[:12]) == http1.Head("200", {}, None, None, None)
    assert http1.read_head(data[data.index(b"\r\n") :]) == replace(read, status="")


def test_a_head_is_that_of_the_answer_not_one_ahead_of_it():
    """Unless nothing of the answer's own has come."""
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    final = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n"
    read = http1.read_head(interim * 3 + final)
    assert (read.status, dict(read.headers)) == ("404 Not Found", {"connection": "close"})
    assert http1.read_head(interim * 2).status == "103 Early Hints"
    assert http1.read_head(interim + final[:12]).status == "404"


def test_what_comes_behind_the_last_event() -> None:
    """Any beginning of the framing is framing; only the whole of it ends the body."""
    end = written((chunk(delta(1), 1), last_chunk()))[-7:]
    assert all(http1.is_framing(end[:size]) for size in range(len(end) + 1))
    assert [http1.ends_body(end[:size]) for size in range(len(end) + 1)] == [*[False] * len(end), True]
    for other in (b"data", b"\r\nd", b"\r\n1", end + b"H"):
        assert not http1.is_framing(other)
        assert not http1.ends_body(other)


def test_where_a_chunk_size_can_be_cut() -> None:
    """Behind each byte of the size line but the last; nowhere if there is none."""
    assert list(http1.chunk_size_cuts(chunk(delta(1), 1))) == [1, 2, 3]
    assert list(http1.chunk_size_cuts(last_chunk())) == [1, 2]
    assert list(http1.chunk_size_cuts(Write(b"data: x\n\n", Role.DELTA))) == []


SPELLINGS = ("\r\n", "http/1", "transfer-encoding", "content-length", "%x", "bad request", "100 continue")
"""Pieces of HTTP/1 as it is spelled, in lower case."""


def spelled(source: str) -> Iterator[str]:
    """Give the pieces of HTTP/1 framing that are written out in a module, docstrings left out."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose and isinstance(node.value, (str, bytes)):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield from (piece for piece in SPELLINGS if piece in text.lower())
            yield from (reason for reason in http1.REASONS.values() if text == reason)


SPELLERS = [Path(module.__file__) for module in (http1, http1_chunks, http1_recut, http1_requests)]
FAULTS = Path(ssedrill_faults.__file__).parent
HARNESS = Path(ssedrill.__file__).parent
OTHERS = [
    *(path for path in FAULTS.rglob("*.py") if path not in SPELLERS),
    *(
        path
        for room in ("model", "planning", "server", "judging", "reporting")
        for path in (HARNESS / room).rglob("*.py")
    ),
]


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_nobody_else_spells_http(path: Path) -> None:
    """No fault, and no part of the harness that plans, plays or tells answers, has bytes of HTTP/1 framing in it."""
    assert list(spelled(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("piece", SPELLINGS)
def test_the_search_finds_each_spelling(piece: str) -> None:
    """In a string, in bytes and in an f-string, but not in a docstring."""
    for literal in (repr(f"a{piece}b"), repr(f"a{piece}b".encode()), f"f{f'{{a}}{piece}'!r}"):
        assert piece in spelled(f"x = {literal}")
    assert list(spelled(f"def f():\n    {f'a{piece}b'!r}\n    x = 1\n    {f'a{piece}b'!r}\n")) == []


def test_the_search_finds_what_http1_has() -> None:
    """The modules that it leaves out are full of what it looks for."""
    found = {piece for path in SPELLERS for piece in spelled(path.read_text("utf-8"))}
    assert found >= {*SPELLINGS, *http1.REASONS.values()}
