"""Which text, which faults and which words count: of clients whose dealings with them are known by construction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import httpx
import pytest

from broken_clients import honest
from broken_clients.again import again, texts
from broken_clients.line import DROPS, Refused, request
from ssedrill.clients.reference.client import reference
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.target import Target, Unsupported
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.running.job import Job
from ssedrill.running.judged import assess
from ssedrill_faults.plan import Reset
from support.records import answer_ops, attempt, cut_after
from support.shortdrill import BUSY, CLOCKS, RESET, got, run, scenario, whole

# ---- text that was never sent


async def makes_up_the_rest(target: Target) -> AsyncIterator[str]:
    """After a drop it shows what would have come, without asking."""
    with suppress(*DROPS):
        async for text in texts(target):
            yield text
    for number in range(9, 21):
        yield f" a{number}."


async def runs_ahead(target: Target) -> AsyncIterator[str]:
    """Shows the whole answer after its first token, and reads the rest afterwards."""
    stream = texts(target)
    yield await anext(stream)
    for number in range(2, 21):
        yield f" a{number}."
    async for _ in stream:
        pass


@CLOCKS
def test_tokens_that_were_never_sent_are_made_up(clock: str) -> None:
    """A client that goes on by itself after a reset, or ahead of the server, lies; one that resumes does not."""
    lies = run(makes_up_the_rest, scenario(RESET, ""), clock)
    assert (lies.outcome, lies.verdict, lies.numbers.corrupted) == ("corrupted", "fail", 12)
    ahead = run(runs_ahead, scenario(""), clock)
    assert (ahead.outcome, ahead.numbers.corrupted > 9) == ("corrupted", True)
    good = run(honest.resumes, scenario(RESET, ""), clock)
    assert (good.outcome, good.verdict, good.numbers.corrupted) == ("recovered", "pass", 0)


async def adds_an_error(target: Target) -> AsyncIterator[str]:
    """Puts a word of its own behind the answer."""
    yield await whole(target) + " err"


@CLOCKS
def test_a_word_behind_the_answer_is_seen(clock: str) -> None:
    """However much it looks like the beginning of a token."""
    record = run(adds_an_error, scenario(""), clock)
    assert (record.outcome, record.verdict) == ("corrupted", "fail")


def test_a_restart_after_an_error_does_not_wash_what_was_shown() -> None:
    """A program that shows a token twice, says that it failed, and then takes the text back."""
    said = [TokenEntry(1, 0.1, "text", " a1. a1."), TokenEntry(2, 0.2, "error", "x", "Error")]
    for entries in (said, [*said, TokenEntry(3, 0.3, "restart")], [*said, TokenEntry(3, 0.3, "text", " a2.")]):
        log = attempt(1, 0.0, cut_after(answer_ops(1, 20), 8, Reset(fault="reset")), fault="reset")
        job = Job(scenario(RESET), Client("subject", InProcess("none:none"), ("eventsource",)), "eventsource")
        record = assess(job, WireJournal([], [log]), TokenJournal(entries), 1.0, clock="virtual")
        assert (record.outcome, record.verdict, record.numbers.withdrawn) == ("failed-dirty", "fail", 0)


# ---- faults that only a bystander met


def hedged(shown: int, *, after_s: float = 0.01) -> Callable[[Target], AsyncIterator[str]]:
    """Return a client that makes two requests at once and shows the answer to one of them."""

    async def client(target: Target) -> AsyncIterator[str]:
        first = asyncio.create_task(whole(target))
        await asyncio.sleep(after_s)
        second = asyncio.create_task(whole(target))
        answers = await asyncio.gather(first, second, return_exceptions=True)
        answer = answers[shown]
        if isinstance(answer, BaseException):
            raise answer
        yield answer

    return client


@CLOCKS
@pytest.mark.parametrize("stream", ["", 'regenerate = "same"'])
def test_a_fault_that_only_a_bystander_met_tests_nothing(clock: str, stream: str) -> None:
    """All that was shown came from the other request, which was under way before, whichever of them came first."""
    second = run(hedged(0), scenario("", RESET, stream=stream), clock)
    assert (second.outcome, second.verdict, second.numbers.recovery.total_s) == ("not-tested", "not-tested", None)
    assert "under way before" in second.summary
    first = run(hedged(1), scenario(RESET, "", stream=stream), clock)
    assert (first.outcome, first.verdict) == ("not-tested", "not-tested")


@CLOCKS
def test_a_fault_before_a_request_counts_for_its_answer(clock: str) -> None:
    """A second request that was made when the first had been reset is a way over that fault; so is its error."""
    late = run(hedged(1, after_s=0.5), scenario(RESET, ""), clock)
    assert (late.outcome, late.verdict) == ("recovered", "pass")
    fails = run(hedged(0), scenario(RESET, ""), clock)
    assert (fails.outcome, fails.verdict) == ("failed-loudly", "pass")


# ---- "unsupported" as a way out


async def calls_failures_unsupported(target: Target) -> AsyncIterator[str]:
    """Says that it can't do this when whatever goes wrong."""
    try:
        text = await whole(target)
    except (*DROPS, Refused) as problem:
        raise Unsupported(str(problem)) from problem
    yield text


async def says_so_at_once(target: Target) -> AsyncIterator[str]:
    """Says that it can't do this before it has done anything."""
    raise Unsupported("not for me")
    yield ""


@CLOCKS
@pytest.mark.parametrize("fault", [RESET, BUSY, "{ close_on_accept = {} }", "{ error_event = { after_token = 3 } }"])
def test_unsupported_after_the_fault_is_an_error(clock: str, fault: str) -> None:
    """It is what the client made of the fault; before the fault it is an answer."""
    dodges = run(calls_failures_unsupported, scenario(fault, ""), clock)
    assert (dodges.outcome, dodges.claim, dodges.error.error_class) == ("failed-loudly", "error", "Unsupported")
    assert dodges.summary.startswith("raised Unsupported")
    says = run(says_so_at_once, scenario(fault, ""), clock)
    assert (says.outcome, says.verdict, says.summary) == ("unsupported", "unsupported", "not for me")
    assert run(calls_failures_unsupported, scenario(""), clock).outcome == "clean"


def test_exit_code_127_after_the_fault_is_a_crash() -> None:
    """A shell says it of a command that it has not found; before any fault it means "unsupported"."""
    log = attempt(1, 0.0, cut_after(answer_ops(1, 20), 8, Reset(fault="reset")), fault="reset")
    job = Job(scenario(RESET), Client("subject", InProcess("none:none"), ("eventsource",)), "eventsource")
    for t, outcome in ((0.5, "crashed"), (0.01, "unsupported")):
        journal = TokenJournal([TokenEntry(1, t, "unsupported", "sh: no-such-tool: not found", "exit 127")])
        record = assess(job, WireJournal([], [log]), journal, 1.0, clock="virtual")
        assert record.outcome == outcome
        if outcome == "crashed":
            assert "(exit code 127)" in record.summary


# ---- faults behind the end


@CLOCKS
@pytest.mark.parametrize("fault", ["fin", "reset", "stall"])
def test_a_fault_behind_the_end_need_not_be_met(clock: str, fault: str) -> None:
    """A client that leaves at the terminal event has done all that it should."""
    drilled = scenario(f'{{ {fault} = {{ after = "terminal" }} }}', must='outcome = ["clean"]')
    record = run(honest.raises, drilled, clock)
    assert (record.outcome, record.verdict, got(record, "fault-met")) == ("clean", "pass", "behind the end")


def test_what_only_reshapes_need_not_lie_behind_the_end() -> None:
    """It is no test of its own beside one that does more."""
    drilled = scenario('{ fragment = { size = 9 } }, { fin = { after = "body" } }', must='outcome = ["clean"]')
    record = run(reference, drilled)
    assert (record.outcome, record.verdict, got(record, "fault-met")) == ("clean", "pass", "behind the end")


async def leaves_before_the_end(target: Target) -> AsyncIterator[str]:
    """Counts the tokens and leaves at the last, a while before the terminal event."""
    count = 0
    async for text in texts(target):
        yield text
        count += 1
        if count == 20:
            return


async def shows_the_half(target: Target) -> AsyncIterator[str]:
    """Reads to the terminal event and shows the first ten tokens."""
    for text in [text async for text in texts(target)][:10]:
        yield text


def test_who_left_before_the_end_has_not_been_tested() -> None:
    """Nor is it clean to show half of the answer, or where another attempt had a fault that nobody met."""
    behind = '{ fin = { after = "terminal" } }'
    early = run(leaves_before_the_end, scenario(f'{behind}, {{ delay = {{ before = "terminal", for = "1 s" }} }}'))
    assert (early.outcome, early.verdict) == ("not-tested", "not-tested")
    assert run(shows_the_half, scenario(behind)).verdict != "pass"
    assert run(honest.raises, scenario(behind, RESET)).outcome == "not-tested"


# ---- a terminal event that was cut is none

IN_THE_TERMINAL_EVENT = '{ reset = { after_token = 20, inside = "byte" } }'


def test_a_fault_inside_the_terminal_event_is_not_behind_it() -> None:
    """Its beginning says nothing: who comes back for the rest has met the fault."""
    record = run(honest.resumes, scenario(IN_THE_TERMINAL_EVENT, "", dialects='["eventsource"]'))
    assert (record.outcome, got(record, "fault-met"), record.numbers.requests) == ("recovered", "met", 2)


def test_a_reconnection_time_holds_for_a_stream_that_was_cut_in_its_terminal_event() -> None:
    """It had not come to its end."""
    kept = scenario(
        *(IN_THE_TERMINAL_EVENT, ""), stream='retry = "1 s"', must='retry_after = "kept"', dialects='["eventsource"]'
    )
    assert "too early" in got(run(honest.resumes, kept), "retry_after")


async def leaves_in_the_terminal_event(target: Target) -> AsyncIterator[str]:
    """Read until there is something behind the last token, and leave."""
    body = b""
    async with httpx.AsyncClient() as http, http.stream(**request(target)) as answer:
        async for piece in answer.aiter_raw():
            body += piece
            if b"a20." in body and body.partition(b"a20.")[2].strip(b'"}\n'):
                break
    for number in range(1, 21):
        yield f" a{number}."


def test_a_terminal_event_in_pieces_is_read_when_its_last_piece_is() -> None:
    """Its first piece is not the event."""
    drilled = scenario("{ fragment = { size = 6 } }", must='read_to = "terminal"', dialects='["eventsource"]')
    record = run(leaves_in_the_terminal_event, drilled)
    assert record.outcome == "clean"
    assert "the terminal event" in got(record, "read_to")


@pytest.mark.parametrize("together", ["coalesce = {}", "buffer = {}", "buffer = { bytes = 64 }"])
def test_a_terminal_event_among_others_in_a_segment_is_one(together: str) -> None:
    """The end of the body may be in it, too."""
    drilled = scenario(f"{{ {together} }}", must='read_to = "terminal"')
    assert got(run(honest.raises, drilled), "read_to") == "terminal"


# ---- the sentence


def test_the_sentence_names_the_fault_that_it_gives_the_time_of() -> None:
    """Not one before it, which the client passed over."""
    told = '{ insert_event = { after = "headers", retry = "100" } }'
    record = run(honest.resumes, scenario(f"{told}, {RESET}", "", dialects='["eventsource"]'))
    assert "after reset at 80 ms, new text 210 ms after it" in record.summary
    worse = '{ delay = { before_token = 9, for = "1 s" } }, { reset = { after_token = 9 } }'
    twice = run(honest.resumes, scenario(RESET, worse, "{ delay = { before_token = 10, for = '1.5 s' } }"))
    assert "after reset at 1.29 s, new text 1.71 s after it" in twice.summary


def test_the_sentence_names_the_drop_where_no_new_text_was_to_come() -> None:
    """What the client had passed over is not what it came back from."""
    told = '{ insert_event = { after = "headers", retry = "100" } }'
    record = run(honest.resumes, scenario(f"{told}, {IN_THE_TERMINAL_EVENT}", "", dialects='["eventsource"]'))
    assert record.summary == "resumed at its cursor after reset at 200 ms; 2 requests"


def test_of_two_faults_at_one_moment_the_sentence_names_the_one_that_was_met() -> None:
    """That is what ended the connection, if anything did: else the client had left at the first."""
    other_id = '{ edit_event = { after_token = 7, id = "x" } }'
    cut = run(reference, scenario(f"{other_id}, {RESET}", "", dialects='["eventsource"]'))
    assert "after reset at 80 ms" in cut.summary

    async def asks_again(target: Target) -> AsyncIterator[str]:
        async for text in again(lambda: texts(target), after=Refused):
            yield text

    busy = run(asks_again, scenario(f"{BUSY}, {{ stall = {{ after = 'headers' }} }}", ""))
    assert "after status at 0 ms" in busy.summary
