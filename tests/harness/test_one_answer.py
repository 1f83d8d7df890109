"""No two answers are put together unseen, however little of the first had come."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from broken_clients import honest
from broken_clients.line import request
from ssedrill.dialects import find_dialect
from ssedrill.drivers.target import Target
from ssedrill.planning.planner import Planner
from support import answers
from support.shortdrill import run, scenario

TEXT = re.compile(r" [a-z]+[0-9]+\.")
ENDS = ("[DONE]", "event: end", "message_stop")

SPOILED = "{ malformed_json = { after_token = 0, kind = 'two-objects' } }, { reset = { after_token = 2 } }"
UNENDED = "{ reset = { after_token = 0, inside = 'blank-line' } }"
SEVERAL = (
    """{ insert_event = { before = "first-token", data = '{"text":"{token:1}{token:2}"}' } },"""
    "{ clean_end = { before = 'first-token' } }"
)
IN_FIRST = "{ fin = { after_token = 0, inside = 'json' } }"
EDITED = (
    "{ edit_event = { after = 'headers', set = { 'choices.0.delta.content' = '{token:1}{token:2}' } } },"
    "{ reset = { before = 'first-token' } }"
)


async def puts_together(target: Target) -> AsyncIterator[str]:
    """Fish tokens out of whatever comes; after a drop begin anew and pass over as many as were shown."""
    shown = 0
    async with httpx.AsyncClient() as http:
        for _ in range(3):
            text, seen = "", 0
            try:
                async with http.stream(**request(target)) as answer:
                    async for piece in answer.aiter_text():
                        text += piece
                        for token in TEXT.findall(text)[seen:]:
                            seen += 1
                            if seen > shown:
                                shown = seen
                                yield token
                        if any(end in text for end in ENDS):
                            return
            except httpx.TransportError:
                continue


@pytest.mark.parametrize("dialect", ["eventsource", "anthropic-messages", "openai-chat"])
@pytest.mark.parametrize("fault", [SPOILED, UNENDED])
def test_who_puts_two_answers_together_is_seen(fault: str, dialect: str) -> None:
    """The first had no more than a damaged token, or one whose event did not end; who takes it back is right."""
    assert run(puts_together, scenario(fault, ""), dialect=dialect).outcome == "spliced"
    assert run(honest.restarts, scenario(fault, ""), dialect=dialect).outcome == "recovered"


def test_several_tokens_to_an_event_are_of_an_answer_too() -> None:
    """None of them has the event for itself."""
    only = scenario(SEVERAL, "", dialects='["eventsource"]')
    assert run(puts_together, only).outcome == "spliced"
    assert run(honest.restarts, only).outcome == "recovered"


@pytest.mark.parametrize(
    ("dialect", "fault", "next_text"),
    [
        ("eventsource", SPOILED, "b"),
        ("eventsource", UNENDED, "b"),
        ("eventsource", SEVERAL, "b"),
        ("eventsource", IN_FIRST, "b"),
        ("openai-chat", EDITED, "b"),
        ("openai-chat", "{ coalesce = {} }, { encode = { unasked = true, flush = 'end' } }, "
                        "{ fin = { after_event = 22, inside = 'byte' } }", "b"),
        ("openai-chat", "{ reset = { before = 'first-token' } }", "a"),
        ("anthropic-messages", "{ reset = { before = 'first-token' } }", "a"),
        ("eventsource", "{ keepalive_only = { before = 'first-token' } }", "a"),
        ("eventsource", "{ error_event = { before = 'first-token' } }", "a"),
        ("openai-chat", "{ insert_event = { after = 'headers', data = '{}', times = 3 } }, "
                        "{ clean_end = { before = 'first-token' } }", "a"),
    ],
)  # fmt: skip
def test_a_text_is_used_up_by_its_first_byte(dialect: str, fault: str, next_text: str) -> None:
    """The next production is another one; what sent nothing of it leaves it for the next."""
    plans = Planner(scenario(fault, "", dialects=f'["{dialect}"]'), find_dialect(dialect), 7)
    given = [plans(number, answers.request(dialect))[1].generation for number in (1, 2)]
    assert given == ["a" if next_text == "b" else "", next_text]
