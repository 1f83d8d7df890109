"""Servers that repeat, move and leave out tokens, in dialects whose clients can't tell: who is held to what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

import pytest

from broken_clients.line import DROPS, pieces
from ssedrill.drivers.driver import Client, Target
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

TEXT = """
name = "own"
about = "What the server itself does to the text."
dialects = ["openai-chat", "anthropic-messages"]
[stream]
tokens = 20
every = "5 ms"
regenerate = "same"
{attempts}
[must]
outcome = ["clean", "recovered", "failed-loudly"]
"""


def drilled(*attempts: str, client: Callable[[Target], AsyncIterator[str]], dialect: str = "openai-chat") -> Record:
    """Drill a client with attempts that meet these faults."""
    rules = "\n".join(f"[[attempt]]\nfaults = [{one}]" for one in attempts)
    scenario = load_text(TEXT.format(attempts=rules), "own.toml")
    return drill(Job(scenario, Client("subject", InProcess(client), scenario.dialects), dialect))


def shows(change: Callable[[list[str]], Iterable[str]] = lambda texts: texts, *, ends: bool = False):
    """Return a client that takes an answer back if it is cut, and changes the one that came whole.

    ``ends``: it takes the end of the body for the end of the answer.
    """

    async def client(target: Target) -> AsyncIterator[str]:
        for _ in range(3):
            texts: list[str] = []
            try:
                async for piece in pieces(target):
                    texts.append(piece.text)
                    if change is shows.__defaults__[0]:
                        yield piece.text
            except DROPS:
                if ends:
                    for text in texts if change is not shows.__defaults__[0] else ():
                        yield text
                    return
                target.restart()
                continue
            if change is not shows.__defaults__[0]:
                for text in change(texts):
                    yield text
            return
        raise ConnectionError("gave up")

    return client


HONEST = shows()


def again(number: int, *, behind: int | None = None) -> Callable[[list[str]], list[str]]:
    """Return what shows one token once more, behind itself or behind another."""

    def change(texts: list[str]) -> list[str]:
        token = f" a{number}."
        at = texts.index(f" a{behind or number}.")
        return [*texts[: at + 1], token, *texts[at + 1 :]]

    return change


def without(number: int) -> Callable[[list[str]], list[str]]:
    """Return what loses one token."""
    return lambda texts: [text for text in texts if text != f" a{number}."]


def swapped(texts: list[str]) -> list[str]:
    """Show two texts in the wrong order."""
    return [*texts[:9], texts[10], texts[9], *texts[11:]]


def once(texts: list[str]) -> list[str]:
    """Show each text once."""
    return list(dict.fromkeys(texts))


TWICE = "{ duplicate_event = { after_token = 5 } }"
LATER = "{ insert_event = { after_token = 15, data = '%s', dialects = ['openai-chat'] } }"
SIX = '{"id":"x","choices":[{"index":0,"delta":{"content":"{token:6}"}}]}'
CUT = "{ reset = { after_token = 12 } }"


@pytest.mark.parametrize(
    "fault",
    [
        TWICE,
        "{ duplicate_event = { after_token = 5, times = 3 } }",
        "{ drop_event = { after_token = 5 } }",
        "{ drop_event = { after_token = 5, count = 3 } }",
        "{ swap_events = { after_token = 5 } }",
        "{ edit_event = { after_token = 5, replace = { '{token:6}' = '{token:6}{token:6}' } } }",
        "{ edit_event = { after_token = 5, replace = { '{token:6}' = '' } } }",
        "{ edit_event = { after_token = 5, replace = { '{token:6}' = '{token:5}' } } }",
        LATER.replace("15", "9") % SIX,
        "{ drop_event = { before = 'first-token' } }",
    ],
)
def test_who_shows_what_can_be_read_is_right(fault: str) -> None:
    """It could not know, and is not held to it; who does that and begins anew after a drop, neither."""
    record = drilled(fault, client=HONEST)
    assert record.outcome is Outcome.CLEAN
    assert record.summary.endswith("just as the server sent them, in one request")
    assert drilled(f"{fault}, {CUT}", fault, client=HONEST).outcome is Outcome.RECOVERED


@pytest.mark.parametrize(
    ("attempts", "client", "outcome"),
    [
        ((TWICE,), shows(once), Outcome.CLEAN),
        ((TWICE,), shows(again(6)), Outcome.DUPLICATED),
        ((TWICE,), shows(again(5)), Outcome.DUPLICATED),
        ((f"{TWICE}, {CUT}", ""), shows(again(5)), Outcome.DUPLICATED),
        ((f"{TWICE}, {CUT}", TWICE), shows(again(5)), Outcome.DUPLICATED),
        (("{ insert_event = { after_token = 9, raw = ': {token:6}\\n\\n' } }".replace("'", '"'),), shows(again(6)),
         Outcome.DUPLICATED),
        ((LATER % SIX,), shows(lambda texts: again(6)(once(texts))), Outcome.DUPLICATED),
        (("{ duplicate_event = { after_token = 6 } }",), shows(lambda texts: again(6, behind=20)(once(texts))),
         Outcome.DUPLICATED),
        (("{ drop_event = { after_token = 10, count = 12 } }",), shows(ends=True), Outcome.TRUNCATED_SILENTLY),
        (("{ drop_event = { after_token = 5 } }, { reset = { after_token = 12 } }", ""), shows(without(6)),
         Outcome.TRUNCATED_SILENTLY),
        (("{ drop_event = { after_token = 5 } }",), shows(without(8)), Outcome.TRUNCATED_SILENTLY),
        (("{ swap_events = { after_token = 5 } }",), shows(swapped), Outcome.CORRUPTED),
    ],
)  # fmt: skip
def test_who_does_it_himself_is_not_excused(attempts, client, outcome) -> None:
    """What the server did elsewhere, before, or in what was taken back, is no reason."""
    assert drilled(*attempts, client=client).outcome is outcome


@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages"])
def test_bad_json_excuses_nobody(dialect: str) -> None:
    """Who passes over what can't be read has lost it, whatever else the server did."""

    async def passes_over(target: Target) -> AsyncIterator[str]:
        async for piece in pieces(target, skip_bad_json=True):
            yield piece.text

    record = drilled("{ malformed_json = { after_token = 8 } }, " + TWICE, client=passes_over, dialect=dialect)
    assert record.outcome is Outcome.TRUNCATED_SILENTLY
