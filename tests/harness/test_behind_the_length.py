"""What lies behind the Content-Length is no part of an answer: no client has it (RFC 9112, 6.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from broken_clients.again import resumed
from broken_clients.line import DROPS, pieces
from ssedrill.drivers.target import Target
from ssedrill.loading.problems import BadScenario
from support.shortdrill import HONEST, broken, got, run, scenario

ALL = 'outcome = ["clean", "recovered", "degraded", "failed-loudly", "truncated-silently"]'


async def comes_back_soon(target: Target) -> AsyncIterator[str]:
    """Ask for the rest after 0.6 s, whatever was asked for."""
    async for text in resumed(target, lambda failure: 0.6):
        yield text


async def takes_the_end_for_the_end(target: Target) -> AsyncIterator[str]:
    """Say that the answer is complete where its body ends."""
    try:
        async for piece in pieces(target):
            yield piece.text
    except DROPS:
        return


def short(by: int) -> str:
    """Return the fault that promises so many bytes less than it sends."""
    return f"{{ content_length = {{ off = -{by} }} }}"


def test_the_terminal_event_behind_it_does_not_end_the_question() -> None:
    """The stream asked for a wait, and its terminal event lay where nobody reads."""
    drilled = scenario(short(300), "", must=f'{HONEST}\nretry_after = "kept"', stream='retry = "3 s"')
    assert got(run(comes_back_soon, drilled), "retry_after").startswith("broken: 2.4")


def test_a_wait_behind_it_was_never_asked() -> None:
    """The error that asks for it is cut by the length, so that nothing in the scenario asks."""
    fault = f"{{ error_event = {{ after_token = 8, retry_after = '3 s' }} }}, {short(30)}"
    with pytest.raises(BadScenario, match="it can never be asked"):
        scenario(fault, "", must=f'{HONEST}\nretry_after = "kept"', dialects='["eventsource"]')


def test_ids_behind_it_are_not_the_newest() -> None:
    """Who goes on behind the last event in the length has the newest cursor."""
    drilled = scenario(short(300), "", must=f'{HONEST}\ncursor = "newest"', dialects='["eventsource"]')
    record = run(comes_back_soon, drilled)
    assert (record.outcome, record.verdict, broken(record)) == ("recovered", "pass", set())


@pytest.mark.parametrize("fault", [short(20), "{ clean_end = { before = 'terminal', inside = 'byte' } }"])
def test_part_of_a_terminal_event_is_none(fault: str) -> None:
    """Whoever calls the answer complete has not read it, and nothing is proved about who reads how far."""
    drilled = scenario(fault, "", must=f'{ALL}\nread_to = "terminal"', dialects='["eventsource"]')
    assert run(takes_the_end_for_the_end, drilled).verdict == "not-tested"
