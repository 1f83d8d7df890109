"""What the server itself leaves out, repeats and moves is held against a client as far as it could know."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from broken_clients import honest, sinners
from broken_clients.line import DROPS, pieces
from ssedrill.drivers.target import Target
from support.shortdrill import run, scenario

CHAT = "openai-chat"
BOTH = pytest.mark.parametrize("dialect", [CHAT, "anthropic-messages"])
EARLY = {
    CHAT: "{ insert_event = { after_token = 8, data = '[DONE]' } }, { clean_end = { after_event = 10 } }",
    "anthropic-messages": "{ insert_event = { after_token = 8, event = 'message_stop', "
    """data = '{"type":"message_stop"}' } }, { clean_end = { after_event = 12 } }""",
    "eventsource": "{ insert_event = { after_token = 8, event = 'end', data = '{}' } }, "
    "{ clean_end = { after_event = 9 } }",
}
NO_TAIL = "{ drop_event = { after_token = 8, count = 12 } }"
NO_NUMBERS = "{ edit_event = { before = 'first-token', every = true, without = ['id'], remove = ['token'] } }"


def drilled(client, faults: str, *then: str, dialect: str = CHAT):
    """Drill a client with attempts that meet these faults, and return what came of it."""
    return run(client, scenario(faults, *then, dialects=f'["{dialect}"]'), dialect=dialect).outcome


async def shows_what_it_had(target: Target) -> AsyncIterator[str]:
    """Show nothing before the end; after a drop, but for the last two tokens, all that had come, and raise."""
    texts = []
    try:
        async for piece in pieces(target):
            texts.append(piece.text)
    except DROPS:
        for text in (*texts[:-2], texts[-1]):
            yield text
        raise
    yield "".join(texts)


# ---- the end


@BOTH
def test_an_end_without_a_reason_is_none(dialect: str) -> None:
    """Where models say why they stop, a client can see that this one had not stopped; with a reason it can't."""
    assert drilled(honest.raises, EARLY[dialect], "", dialect=dialect) == "truncated-silently"
    assert drilled(honest.raises, NO_TAIL, dialect=dialect) == "clean"
    no_reason = f"{{ drop_event = {{ after_token = 8, count = {13 if dialect == CHAT else 14} }} }}"
    assert drilled(honest.raises, no_reason, dialect=dialect) == "truncated-silently"


def test_a_reason_that_nobody_knows_is_none() -> None:
    """The model stopped for one that is no end."""
    odd = f"{{ edit_event = {{ after_token = 20, set = {{ 'choices.0.finish_reason' = '%s' }} }} }}, {NO_TAIL}"
    assert drilled(honest.raises, odd % "network_error") == "truncated-silently"
    assert drilled(honest.raises, odd % "length") == "clean"


def test_the_piece_that_lacks_its_reason_is_an_end_all_the_same() -> None:
    """Some servers never say one; then the terminal event is all there is."""
    null = "{ edit_event = { after_token = 20, null = ['choices.0.finish_reason'] } }"
    assert drilled(honest.raises, null) == "clean"
    assert drilled(honest.raises, f"{null}, {NO_TAIL}") == "clean"


def test_where_no_reasons_are_the_event_is_the_end() -> None:
    """No number shows that tokens lack."""
    assert drilled(honest.resumes, EARLY["eventsource"], dialect="eventsource") == "clean"


# ---- all that is left out


@pytest.mark.parametrize("dialect", [CHAT, "anthropic-messages", "eventsource"])
def test_the_rest_of_an_answer_that_is_never_sent(dialect: str) -> None:
    """However much it is: who asked for it and was told that there is none is right; who never asked is not."""
    client = honest.resumes if dialect == "eventsource" else honest.continues
    faults = "{ reset = { after_token = 8 } }", "{ replay = { skip = 100 } }]\nwhen = { resume = true } #"
    assert drilled(client, *faults, dialect=dialect) == "recovered"
    assert drilled(sinners.takes_eof_for_the_end, *faults, dialect=dialect) == "truncated-silently"


@BOTH
def test_an_answer_of_which_nothing_is_sent(dialect: str) -> None:
    """It is empty, and ends as it should."""
    nothing = "{ drop_event = { before = 'first-token', count = 20 } }"
    assert drilled(honest.raises, nothing, dialect=dialect) == "clean"
    assert drilled(honest.raises, f"{nothing}, {{ drop_terminal = {{}} }}", dialect=dialect) == "failed-loudly"


# ---- what lies behind a cut


@pytest.mark.parametrize(
    "faults",
    [
        "{ swap_events = { after_token = 8 } }, { reset = { after_event = 10 } }",
        "{ swap_events = { after_token = 8 } }, { reset = { after = '95 ms' } }",
        "{ edit_event = { after_token = 8, set = { 'choices.0.delta.content' = '{token:11}' } } }, "
        "{ reset = { after_token = 9 } }",
        """{ insert_event = { after_token = 0, data = '{"choices":[{"delta":{"content":"{token:6}"}}]}' } }, """
        "{ reset = { after_token = 3 } }",
        "{ drop_event = { after_token = 5 } }, { reset = { after_token = 9 } }",
    ],
)
def test_what_a_cut_kept_back_had_not_come(faults: str) -> None:
    """Who shows what had come, in its order, and raises, has nothing wrong; who loses some of it has."""
    assert drilled(honest.raises, faults) == "failed-loudly"
    assert drilled(shows_what_it_had, faults) == "failed-dirty"


# ---- numbers


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("{ duplicate_event = { after_token = 8 } }", "duplicated"),
        ("{ ids = { form = 'none' } }, { duplicate_event = { after_token = 8 } }", "duplicated"),  # by their data
        ("{ insert_event = { after_token = 8, data = '{\"text\":\"{token:8}\"}' } }", "clean"),
        ("{ insert_event = { after_token = 8, id = 'a-8', data = '{\"text\":\"{token:8}\"}' } }", "duplicated"),
        ("{ insert_event = { after_token = 8, data = '{\"token\":8,\"text\":\"{token:8}\"}' } }", "duplicated"),
        ("{ edit_event = { after_token = 8, set = { text = '{token:8}' } } }", "clean"),
        ("{ drop_event = { after_token = 8 } }", "truncated-silently"),
        ("{ swap_events = { after_token = 8 } }", "corrupted"),
        (f"{NO_NUMBERS}, {{ drop_event = {{ after_token = 8 }} }}, {{ duplicate_event = {{ after_token = 12 }} }}",
         "clean"),
    ],
)  # fmt: skip
def test_an_event_source_tells_by_the_numbers_of_its_events(fault: str, outcome: str) -> None:
    """By an id or in the data: without them its client can no more know than any other."""
    assert drilled(honest.raises, fault, dialect="eventsource") == outcome
