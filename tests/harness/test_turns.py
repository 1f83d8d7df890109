"""Which of a scenario's attempts a request meets, and what a server does that does not go on as it is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.loading.load import load_text
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Scenario
from ssedrill.model.when import When
from ssedrill.planning.planner import Planner
from ssedrill.planning.turns import Turns
from ssedrill_faults.plan import Plan, Write
from support.answers import received, request

FRESH, RESUMED = Ask(RequestKind.STREAM), Ask(RequestKind.RESUME, "a", 5)
PLAIN = Request("GET", "/stream", (("authorization", "Bearer x"), ("accept-encoding", "gzip;q=0.5, br;q=0")))


def drilled(*attempts: str, dialects: str = '["eventsource"]') -> Scenario:
    """Return a scenario of 20 tokens with these attempts."""
    rules = "\n".join(f"[[attempt]]\n{one}" for one in attempts)
    head = f'name = "turns"\nabout = "Whose turn it is."\ndialects = {dialects}\n[stream]\ntokens = 20\n'
    return load_text(f'{head}{rules}\n[must]\noutcome = ["clean", "recovered"]\n', "turns.toml")


CUT = "faults = [{ reset = { after_token = 5 } }]"


def numbers(turns: Turns, *asked: Ask, asks: Request = PLAIN) -> list[int]:
    """Return the scenario's attempts that these requests meet, one after the other."""
    return [turns.attempt(n, ask, asks)[0] for n, ask in enumerate(asked, start=1)]


def test_an_attempt_that_does_not_fit_is_kept_for_the_next() -> None:
    """The second is for who resumes, whenever that is; the last holds for every later one that it is meant for."""
    turns = Turns(drilled(CUT, f"when = {{ resume = true }}\n{CUT}", "when = { resume = false }"))
    assert numbers(turns, FRESH, FRESH, RESUMED, RESUMED, FRESH) == [0, 3, 2, 0, 3]


def test_who_meets_none_is_healthy() -> None:
    """Nothing is done to a request that no attempt is for."""
    turns = Turns(drilled("when = { resume = true }\n" + CUT))
    assert turns.attempt(1, FRESH, PLAIN) == (0, turns.attempt(9, FRESH, PLAIN)[1])
    assert not turns.attempt(1, FRESH, PLAIN)[1].faults
    assert turns.attempt(2, RESUMED, PLAIN)[1].faults


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ('lacks = "authorization"', False),
        ('lacks = "x-other"', True),
        ('has = "Authorization"', True),
        ('accepts = "gzip"', True),
        ('accepts = "br"', False),
        ('accepts = "zstd"', False),
        ("reused_connection = false", True),
        ("reused_connection = true", False),
        ('kind = "stream"', True),
        ('kind = "whole"', False),
        ('kind = "stream", resume = true', False),
    ],
)
def test_what_a_request_can_be_told_by(when: str, fits: bool) -> None:
    """By what it carries, by its connection, by what it wants; all that is given must fit."""
    turns = Turns(drilled(f"when = {{ {when} }}\nfaults = [{{ status = {{ code = 503 }} }}]"))
    assert numbers(turns, FRESH) == [1 if fits else 0]


def test_all_lines_of_a_header_count() -> None:
    """What is accepted may be said in several of them."""
    lines = (("accept-encoding", "gzip, br;q=0"), ("accept-encoding", "*;q=0.1"))
    fits = [When(accepts=coding).fits(RequestKind.STREAM, lines, reused=False) for coding in ("GZIP", "br", "zstd")]
    assert fits == [True, False, True]


def plans(scenario: Scenario, *asked: Request, dialect: str = "eventsource") -> list[Plan]:
    """Return the plans that a run's requests meet, one after the other."""
    planner = Planner(scenario, find_dialect(dialect), 1)
    return [planner(n, one)[1] for n, one in enumerate(asked, start=1)]


def tokens(plan: Plan) -> list[int]:
    """Return the numbers of the tokens that a plan serves."""
    return [number for op in plan.ops if isinstance(op, Write) for number in op.tokens]


RESUME = request("eventsource", {"last-event-id": "a-5"})
AFRESH = request("eventsource")


@pytest.mark.parametrize(
    ("replay", "served", "generation"),
    [
        ("repeat = 2", range(4, 21), "a"),
        ("skip = 2", range(8, 21), "a"),
        ('ignore_cursor = "same-text"', range(1, 21), "a"),
        ('ignore_cursor = "new-answer"', range(1, 21), "b"),
    ],
)
def test_a_server_that_does_not_go_on_as_it_is_asked(replay, served, generation) -> None:
    """It says so in its plan, and a new answer is the next one."""
    scenario = drilled(CUT, f"when = {{ resume = true }}\nfaults = [{{ replay = {{ {replay} }} }}]", "")
    _, second, third = plans(scenario, AFRESH, RESUME, AFRESH)
    assert tokens(second) == list(served)
    assert (second.reads, second.generation) == ((*served, 0), generation)
    assert second.after == 5
    assert second.breaking == ("replay",)
    assert third.generation != second.generation
    assert second.rule == 2


def test_a_partial_answer_is_gone_on_with_in_the_same_way() -> None:
    """Dialects without a cursor hand back what they have."""
    rule = "when = { resume = true }\nfaults = [{ replay = { repeat = 1 } }]"
    scenario = drilled(rule, dialects='["openai-chat"]')
    made = find_dialect("openai-chat").ask.make_request("", "key", "Go.", partial=" a1. a2. a3.")
    (plan,) = plans(scenario, replace(received(made), path="/chat/completions"), dialect="openai-chat")
    assert tokens(plan) == list(range(3, 21))
    assert (plan.after, plan.reads) == (3, (*range(3, 21), 0))


def test_a_fault_for_some_dialects_only() -> None:
    """In the others the attempt is healthy."""
    faults = 'faults = [{ reset = { after_token = 5, dialects = ["openai-chat"] } }]'
    scenario = drilled(faults, "", dialects='["openai-chat", "eventsource"]')
    (there,) = plans(scenario, request("openai-chat"), dialect="openai-chat")
    (here,) = plans(scenario, AFRESH)
    assert there.breaking == ("reset",)
    assert here.faults == ()
