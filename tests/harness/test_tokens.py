"""Tokens are recognised in whatever is left of them, and in nothing else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.dialects import DIALECTS
from ssedrill.model.scenario import Flavour, Stream
from ssedrill.model.tokens import (
    PAYLOADS,
    Seen,
    begun_part,
    find_tokens,
    generation_name,
    last_token,
    token_text,
)
from support.answers import body, compiled

FLAVOURS = st.sampled_from(list(Flavour))
GENERATIONS = st.integers(0, 17_000).map(generation_name)


def answer(flavour: Flavour, tokens: int, generation: str = "a", first: int = 1) -> str:
    """Return the text of these tokens."""
    return "".join(token_text(generation, number, flavour) for number in range(first, first + tokens))


def found(text: str, flavour: Flavour, *, raw: bool = False) -> list[tuple[str, int, bool]]:
    """Return what is found, without its places."""
    return [(seen.generation, seen.number, seen.whole) for seen in find_tokens(text, flavour, raw=raw)]


def test_generation_names_are_letters_and_all_different():
    """A generation's name never repeats and never needs more than three letters in a drill."""
    names = [generation_name(index) for index in range(26**3)]
    assert names[:2] == ["a", "b"]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name.islower() and len(name) <= 3 for name in names)


@given(FLAVOURS, GENERATIONS, st.integers(1, 9_000_000), st.integers(1, 30))
def test_a_whole_text_gives_its_tokens(flavour: Flavour, generation: str, first: int, count: int):
    """What was put in comes out: every token, whole, in order, and nothing besides."""
    expected = [(generation, number, True) for number in range(first, first + count)]
    assert found(answer(flavour, count, generation, first), flavour) == expected


@given(FLAVOURS, st.integers(1, 30), st.data())
def test_a_cut_text_gives_the_tokens_before_the_cut(flavour: Flavour, count: int, data: st.DataObject):
    """Wherever a text breaks off, the whole tokens before it are found and the broken one is no finding."""
    text = answer(flavour, count)
    at = data.draw(st.integers(0, len(text)))
    complete = next((n for n in range(count, 0, -1) if len(answer(flavour, n)) <= at), 0)
    assert found(text[:at], flavour) == [("a", number, True) for number in range(1, complete + 1)]


@given(FLAVOURS, st.integers(1, 30), st.booleans(), st.booleans())
def test_tokens_are_found_in_escaped_json(flavour: Flavour, count: int, ascii_only: bool, one_by_one: bool):
    """A raw body with JSON strings, escaped in either way, gives the same tokens as the text."""
    pieces = [answer(flavour, 1, first=n) for n in range(1, count + 1)]
    strings = pieces if one_by_one else ["".join(pieces)]
    raw = "\n".join(f"data: {json.dumps({'text': s}, ensure_ascii=ascii_only)}\n" for s in strings)
    assert found(raw, flavour, raw=True) == [("a", number, True) for number in range(1, count + 1)]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("flavour", Flavour)
def test_a_dialects_framing_looks_like_no_token(name: str, flavour: Flavour):
    """A whole answer as curl prints it, headers included, holds its tokens and nothing that looks like one."""
    _, plan = compiled(name, Stream(tokens=130, text=flavour, ping_every=3, retry_s=1.0))
    expected = [("a", number, True) for number in range(1, 131)]
    assert found(body(plan).decode(), flavour, raw=True) == expected
    assert found(plan.data.decode(), flavour, raw=True) == expected


@pytest.mark.parametrize("flavour", [flavour for flavour in Flavour if flavour is not Flavour.ASCII])
def test_a_damaged_payload_is_seen(flavour: Flavour):
    """A token with a replacement character in it is found, as itself, but not as whole."""
    for number in range(1, len(PAYLOADS[flavour]) + 1):
        text = token_text("a", number, flavour)
        at = text.index(str(number)) + len(str(number))
        spoiled = text[:at] + "\ufffd" + text[at + 1 :]
        text = spoiled + token_text("a", number + 1, flavour)
        assert found(text, flavour) == [("a", number, False), ("a", number + 1, True)]


def test_text_that_belongs_to_no_token_is_seen():
    """Foreign text before, between and after tokens is reported where it ends, and not in a raw body."""
    text = "Oh! a1. ??? a2. Bye"
    places = [Seen("", 0, False, 2), Seen("a", 1, True, 6), Seen("", 0, False, 10)]
    assert list(find_tokens(text, Flavour.ASCII)) == [*places, Seen("a", 2, True, 14), Seen("", 0, False, 18)]
    assert found(text, Flavour.ASCII, raw=True) == [("a", 1, True), ("a", 2, True)]


def test_a_token_without_its_full_stop_is_damaged_once_more_follows():
    """Only at the very end of a text may a token be unfinished."""
    assert found(" a1 a2.", Flavour.ASCII) == [("a", 1, False), ("a", 2, True)]
    assert found(" a1. a2", Flavour.ASCII) == [("a", 1, True)]


def test_where_tokens_end():
    """A damaged one at its full stop, or where the next begins; one that the text breaks off in at the text's end."""
    damaged = [Seen("a", 1, False, 4), Seen("a", 2, False, 8), Seen("a", 3, True, 12)]
    assert list(find_tokens(" a1?. a2? a3.", Flavour.ASCII)) == damaged
    broken = Seen("", 0, False, 6, unfinished=True)
    assert list(find_tokens(" a1. a2", Flavour.ASCII, tail=True)) == [Seen("a", 1, True, 3), broken]
    assert list(find_tokens(" a1. a2", Flavour.ASCII, raw=True, tail=True)) == [Seen("a", 1, True, 3)]


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("flavour", Flavour)
def test_a_raw_body_may_break_off_anywhere(flavour: Flavour, ascii_only: bool):
    """Inside an escaped payload as well: a token that is not whole yet is no damaged one."""
    escaped = [json.dumps(answer(flavour, 1, first=n), ensure_ascii=ascii_only)[1:-1] for n in range(1, 11)]
    text = "".join(escaped)
    for at in range(len(text) + 1):
        complete = next((n for n in range(10, 0, -1) if len("".join(escaped[:n])) <= at), 0)
        assert found(text[:at], flavour, raw=True) == [("a", number, True) for number in range(1, complete + 1)]


@pytest.mark.parametrize("capital", [False, True])
@pytest.mark.parametrize("slashes", [False, True])
@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("flavour", Flavour)
def test_a_payload_may_be_spelled_as_any_json_encoder_does(flavour, twice, slashes, capital):
    """With escapes in capital letters, with escaped slashes, as JSON inside a JSON string; plain or in ASCII."""
    for ascii_only in (False, True):
        for number in range(1, 11):
            payload = PAYLOADS[flavour][number % len(PAYLOADS[flavour])]
            text = json.dumps(payload, ensure_ascii=ascii_only)[1:-1]
            if capital:
                text = re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda found: found[0].upper(), text)
            text = text.replace("/", "\\/") if slashes else text
            text = json.dumps(text, ensure_ascii=False)[1:-1] if twice else text
            assert found(f" a{number}{text}.", flavour, raw=True) == [("a", number, True)], text


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        (" ", " "),
        (" a", " a"),
        (" a1", " a1"),
        (" a12", " a12"),
        (" a12ก", " a12"),
        (" a120", None),
        (" a13", None),
        (" a2", None),
        (" b", None),
        (" ab", None),
        ("a12", None),
    ],
)
def test_what_a_text_has_of_a_token_that_it_begins(text, begun):
    """Its name or the beginning of it, and nothing of a token of another name."""
    assert begun_part(text, "a", 12) == begun


def test_many_damaged_tokens_are_all_found():
    """Megabytes of damage are looked through to their end; `make bench` sees that it is linear work."""
    assert len(found(" a7\ufffd" * 200_000, Flavour.THAI)) == 200_000


@given(FLAVOURS, st.integers(1, 30), st.data())
def test_a_partial_answer_is_continued_after_its_last_whole_token(flavour: Flavour, count: int, data: st.DataObject):
    """Wherever a partial answer breaks off, and trimmed or not, the next token is known."""
    text = answer(flavour, count)
    at = data.draw(st.integers(0, len(text)))
    complete = next((n for n in range(count, 0, -1) if len(answer(flavour, n)) <= at), 0)
    expected = ("a", complete) if complete else None
    assert last_token(text[:at]) == expected
    assert last_token(text[:at].strip()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("Count the fire engines.", None),
        ("It says a12", None),
        (" a11. a1 Continue from there.", ("a", 11)),
        (" a11. a12\ufffd\ufffd.", ("a", 12)),
        ('It said "a1. a2." and stopped.', ("a", 2)),
        (" a1. b7.", ("b", 7)),
        ("gpt-4a12. 3x1.", None),
    ],
)
def test_what_counts_as_the_last_token(text: str, expected: tuple[str, int] | None):
    """An unfinished token does not count, a damaged one does, and so does one in quotation marks."""
    assert last_token(text) == expected
