"""What a right reader gets out of a body: tokens, and what else is said between them."""

from __future__ import annotations

import json

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.model.scenario import Flavour
from ssedrill.planning.witness import reads, unjudgeable
from ssedrill_faults.plan import Extra, Readable

CHAT, SOURCE = find_dialect("openai-chat"), find_dialect("eventsource")
DONE = "data: [DONE]\n\n"


def chunk(text: str) -> str:
    """Return an event of a chat with a text."""
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}}]})}\n\n"


def numbered(number: int, text: str, *, event: str = "") -> str:
    """Return an event with a number."""
    name = f"event: {event}\n" if event else ""
    return f"id: a-{number}\n{name}data: {json.dumps({'token': number, 'text': text})}\n\n"


def read(*blocks: str, dialect=CHAT) -> Readable:
    """Return what can be read in these blocks."""
    return reads("".join(blocks).encode(), dialect, Flavour.ASCII, "a")


def ends(*blocks: str) -> list[int]:
    """Return where each of them ends."""
    return [len("".join(blocks[: n + 1]).encode()) for n in range(len(blocks))]


def test_text_between_tokens_has_its_place() -> None:
    """Each event's part of it, with the token that it comes behind."""
    blocks = chunk("so "), chunk(" a1."), chunk("hello "), chunk("you a2. then a1. end"), DONE
    found, at = read(*blocks), ends(*blocks)
    assert found.reads == (1, 2, 1)
    assert found.reads_at == (at[1], at[3], at[3])
    assert found.extras == (
        Extra(at[0], "so "),
        Extra(at[2], "hello ", 1, 1),
        Extra(at[3], "you", 1, 1),
        Extra(at[3], " then", 2, 2),
        Extra(at[3], " end", 1, 2),
    )


def test_what_is_no_token_of_this_answer() -> None:
    """It is text: one of another answer, one that is damaged, and what a text breaks off in."""
    found = read(chunk(" a1."), chunk(" b2."), chunk(" a3x."), chunk(" a4"))
    assert found.reads == (1,)
    assert [extra.text for extra in found.extras] == [" b2.", " a3x.", " a4"]
    assert read(chunk(" a1."), chunk(" a2"), chunk("2."), DONE).reads == (1, 22)


@pytest.mark.parametrize("stops", ["data: : keepalive\n\n", 'data: {"error": "busy"}\n\n', DONE])
def test_text_is_read_behind_what_stops_a_client(stops: str) -> None:
    """No client can be sure of the tokens there, but text that one shows was sent to it."""
    found = read(chunk(" a1."), stops, chunk(" a2."), chunk("hello"))
    assert found.reads == (1,)
    assert [(extra.text, extra.after, extra.new) for extra in found.extras] == [("hello", 2, 2)]
    assert unjudgeable((stops + chunk(" b2.")).encode(), CHAT, Flavour.ASCII, "a") is not None


def test_numbers_of_events_without_text() -> None:
    """A client that goes by numbers has seen them; where a token came, there is nothing more to say."""
    blocks = numbered(1, " a1."), numbered(2, " a2.", event="ping"), numbered(3, ""), numbered(4, "four")
    found, at = read(*blocks, dialect=SOURCE), ends(*blocks)
    assert (found.reads, found.says) == ((1,), (1,))
    assert found.extras == (Extra(at[1], says=2), Extra(at[2], says=3), Extra(at[3], "four", 1, 1, 4))
    chat = read(*(block.replace("data: {", 'data: {"choices": [], ') for block in blocks))
    assert chat.extras == ()


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([chunk(" a1."), chunk("hello"), DONE], None),
        ([chunk(" a1."), chunk(" a2"), chunk(" a3."), DONE], None),
        ([chunk("\U0001f600")], None),
        ([chunk("\ud83d"), chunk("\ude00")], "surrogate"),
        ([chunk(" b7.")], r"{token:7}"),
        ([chunk(" a1"), chunk("3.")], r"{token:13}"),
        ([chunk("in a1. x")], None),
    ],
)
def test_what_nobody_can_tell(blocks: list[str], why: str | None) -> None:
    """Half a character, and what looks like a token that is none, or is in two events."""
    found = unjudgeable("".join(blocks).encode(), CHAT, Flavour.ASCII, "a")
    assert found is None if why is None else why in str(found)
