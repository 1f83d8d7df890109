"""Text that the server sends beside its tokens or in their place: who shows it shows what was served."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from broken_clients.line import DROPS, pieces
from ssedrill.cli.main import cli
from ssedrill.clients.reference.client import reference
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.target import Target
from ssedrill.judging.extras import Extras
from ssedrill.judging.written import written_on
from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import Outcome, Record
from ssedrill.model.scenario import Flavour, Scenario
from ssedrill.model.token_mark import TokenMark
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.by_the_standard import shows
from support.repeats import crossed

GOOD = {Outcome.CLEAN, Outcome.RECOVERED, Outcome.DEGRADED, Outcome.FAILED_LOUDLY}
DIALECTS = ["openai-chat", "anthropic-messages", "eventsource"]
PATHS = {"openai-chat": "choices.0.delta.content", "anthropic-messages": "delta.text", "eventsource": "text"}

TEXT = """
name = "served"
about = "The server sends other text than tokens."
dialects = ["{dialect}"]
patience = "1 s"
[stream]
tokens = 20
every = "5 ms"
regenerate = "{regenerate}"
{attempts}
[must]
outcome = ["clean", "recovered", "degraded", "failed-loudly"]
"""


def event(dialect: str, text: str) -> str:
    """Return the data of an event with this text."""
    match dialect:
        case "openai-chat":
            said: dict = {"choices": [{"index": 0, "delta": {"content": text}}]}
        case "anthropic-messages":
            said = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        case _:
            said = {"text": text}
    return json.dumps(said, ensure_ascii=False)


def inserted(dialect: str, text: str, *, after: int = 12, more: str = "") -> str:
    """Return the fault that sends an event with this text."""
    data = json.dumps(event(dialect, text), ensure_ascii=False)
    name = ', event = "content_block_delta"' if dialect == "anthropic-messages" else ""
    return f"{{ insert_event = {{ after_token = {after}, data = {data}{name}{more} }} }}"


def put(dialect: str, text: str, *, after: int = 12) -> str:
    """Return the fault that puts this text in place of a token's."""
    value = json.dumps(text, ensure_ascii=False)
    return f'{{ edit_event = {{ after_token = {after}, set = {{ "{PATHS[dialect]}" = {value} }} }} }}'


def replaced(text: str) -> str:
    """Return the fault that puts this text in place of a token's by looking for it."""
    return f"{{ edit_event = {{ after_token = 12, replace = {{ '{{token:13}}' = {json.dumps(text)} }} }} }}"


def scenario(dialect: str, *attempts: str, regenerate: str = "fresh") -> Scenario:
    """Return a scenario whose attempts meet these faults, and the last of them none."""
    rules = "\n".join(f"[[attempt]]\nfaults = [{one}]" for one in (*attempts, ""))
    return load_text(TEXT.format(dialect=dialect, attempts=rules, regenerate=regenerate), "served.toml")


def drilled(client, dialect: str, *attempts: str, regenerate: str = "fresh") -> Record:
    """Drill a client with attempts that meet these faults."""
    made = scenario(dialect, *attempts, regenerate=regenerate)
    return drill(Job(made, Client("subject", InProcess(client), made.dialects), dialect))


def extras(record: Record) -> int:
    """Return how many pieces of what was shown are marked as the server's own text."""
    return sum(run.count for run in record.shown if TokenMark.EXTRA in run.marks)


TEXTS = [
    "hello ",
    " ",
    "lorem",
    " a1",
    " a13",
    "a12.",
    "13.",
    "\t",
    "😀",
    "\u2028",
    '{"a": 1}',
    " hello world.",
    "é",
    "x{token:14}y",
]


@crossed("text, dialect", TEXTS, DIALECTS)
def test_who_shows_what_was_served_is_right(dialect: str, text: str) -> None:
    """Beside the tokens and in place of one, once and several times in a row."""
    beside, instead = inserted(dialect, text), put(dialect, text)
    for faults in (
        beside,
        instead,
        inserted(dialect, text, more=", times = 3"),
        f"{instead}, {inserted(dialect, 'more ', after=20)}",
        beside.replace("after_token = 12", "before_token = 1"),
    ):
        record = drilled(shows(), dialect, faults)
        assert record.outcome is Outcome.CLEAN, (record.summary, faults)
        assert record.numbers.corrupted == 0
    for faults in (beside, instead):
        record = drilled(reference, dialect, faults)
        assert record.outcome in GOOD, (record.summary, faults)
        assert record.numbers.corrupted == 0


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ["lorem", " a13x.", "{token:12}{token:14}", "", " a1"])
def test_what_stands_in_place_of_a_token(dialect: str, text: str) -> None:
    """The token was not served, so that nobody has lost it; who shows it all the same has made it up."""
    record = drilled(shows(), dialect, replaced(text))
    assert record.outcome is Outcome.CLEAN, record.summary
    assert record.numbers.lost == record.numbers.corrupted == 0

    def restores(texts: list[str]) -> list[str]:
        at = texts.index(" a12.")
        return [*texts[: at + 1], " a13.", *texts[at + (2 if text else 1) :]]

    assert drilled(shows(restores), dialect, replaced(text)).outcome is Outcome.CORRUPTED


def sin(name: str, text: str):
    """Return what a client does wrong with a text of the server's own."""

    def change(texts: list[str]) -> list[str]:
        at = texts.index(text)
        before, after = texts[:at], texts[at + 1 :]
        match name:
            case "twice":
                return [*before, text, text, *after]
            case "again, later":
                return [*texts[: at + 3], text, *texts[at + 3 :]]
            case "changed":
                return [*before, text.upper(), *after]
            case "cut":
                return [*before, text[:-1], *after]
            case "too early":
                return [*before[:-1], text, before[-1], *after]
            case "elsewhere":
                return [*before, *after[:4], text, *after[4:]]
            case _:
                return [*before, text, *after[:2], "made up ", *after[2:]]

    return change


@pytest.mark.parametrize("text", ["hello ", "lorem"])
@crossed("name, dialect", ["twice", "again, later", "changed", "cut", "too early", "elsewhere", "made up"], DIALECTS)
def test_who_does_otherwise_is_caught(dialect: str, text: str, name: str) -> None:
    """Once more, in other words, in another place, or of its own: nobody served that."""
    for faults in (inserted(dialect, text), put(dialect, text)):
        assert drilled(shows(), dialect, faults).outcome is Outcome.CLEAN
        record = drilled(shows(sin(name, text)), dialect, faults)
        assert record.outcome is Outcome.CORRUPTED, record.summary


def test_each_piece_is_that_of_its_place_and_answer_and_is_taken_once() -> None:
    """Whoever shows it again has it from nobody, and so has who shows it behind another answer's token."""
    record = drilled(shows(), "openai-chat", inserted("openai-chat", "hello "))
    (only,) = record.wire.attempts
    behind, by = (only.plan.generation, 12), only.done_t or 0.0
    extras = Extras(record.wire.attempts, spaced=False)
    assert extras.take("hello ", ("zz", 12), by) is None
    assert extras.take("hello ", behind, by)
    assert extras.take("hello ", behind, by) is None
    written = written_on(record.wire, Flavour.ASCII)
    assert written.stood_behind("hello ", behind, by)
    assert not written.stood_behind("hello ", ("zz", 12), by)


def test_as_often_as_it_was_served() -> None:
    """Three times is right, and so is twice; four times is not. Each time has its own place."""
    faults = inserted("openai-chat", "ha", more=", times = 3")
    record = drilled(shows(), "openai-chat", faults)
    assert (record.outcome, extras(record)) == (Outcome.CLEAN, 1)
    twice = shows(lambda texts: [text for n, text in enumerate(texts) if n != 12])
    assert drilled(twice, "openai-chat", faults).outcome is Outcome.CLEAN
    again = shows(sin("twice", "ha"))
    assert drilled(again, "openai-chat", faults).outcome is Outcome.CORRUPTED
    apart = f"{inserted('openai-chat', 'ha', after=3)}, {inserted('openai-chat', 'ha', after=9)}"
    assert extras(drilled(shows(), "openai-chat", apart)) == 2
    moved = shows(lambda texts: [*[text for text in texts if text != "ha"][:9], "ha", "ha", *texts[11:]])
    assert drilled(moved, "openai-chat", apart).outcome is Outcome.CORRUPTED


def goes_on(*, withdraws: bool):
    """Return a client that goes on from the partial answer after a drop, or takes it back and begins anew."""

    async def client(target: Target) -> AsyncIterator[str]:
        shown = ""
        for _ in range(4):
            try:
                async for piece in pieces(target, partial=shown):
                    yield piece.text
                    shown += "" if withdraws else piece.text
                return
            except DROPS:
                if withdraws:
                    target.restart()
        raise ConnectionError("gave up")

    return client


@pytest.mark.parametrize("regenerate", ["same", "fresh"])
@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages"])
def test_text_of_several_answers(dialect: str, regenerate: str) -> None:
    """What a cut answer had, and what the next one begins with, may stand side by side."""
    cut = f"{inserted(dialect, 'hello ')}, {{ reset = {{ before_token = 13 }} }}"
    head = inserted(dialect, "there ").replace("after_token = 12", 'before = "first-token"')
    for client in (goes_on(withdraws=False), goes_on(withdraws=True), reference):
        record = drilled(client, dialect, cut, head, regenerate=regenerate)
        assert record.outcome is Outcome.RECOVERED, record.summary
        assert extras(record) >= 1


def test_what_had_not_come_was_not_served() -> None:
    """Who shows it half a second before it comes has made it up, though it comes to that very place."""

    async def impatient(target: Target) -> AsyncIterator[str]:
        async for piece in pieces(target):
            if piece.text != "hello ":
                yield piece.text
            if piece.text == " a12.":
                yield "hello "

    faults = inserted("openai-chat", "hello ", more=", every = '0.5 s'")
    assert drilled(shows(), "openai-chat", faults).outcome is Outcome.CLEAN
    assert drilled(impatient, "openai-chat", faults).outcome is Outcome.CORRUPTED


def test_a_program_that_prints_lines(tmp_path) -> None:
    """What a program prints between tokens has line ends of its own; other text is held against it."""
    source = tmp_path / "prints.py"
    source.write_text(
        "import json, os, sys, urllib.request\n"
        "body = json.dumps({'model': 'm', 'stream': True, 'messages': [{'role': 'user', 'content': ''}]}).encode()\n"
        "url = os.environ['SSEDRILL_URL'] + '/chat/completions'\n"
        "asked = urllib.request.Request(url, body, {'content-type': 'application/json'})\n"
        "for line in urllib.request.urlopen(asked):\n"
        "    if line.startswith(b'data: {'):\n"
        "        for choice in json.loads(line[6:])['choices']:\n"
        "            text = choice['delta'].get('content')\n"
        "            if text: print(text + sys.argv[1] * (text == 'hello '), flush=True)\n"
    )
    file = tmp_path / "served.toml"
    attempts = f"[[attempt]]\nfaults = [{inserted('openai-chat', 'hello ')}]\n[[attempt]]\n"
    file.write_text(TEXT.format(dialect="openai-chat", attempts=attempts, regenerate="fresh"))
    arguments = ["run", str(file), "--client"]
    for word, code in (("''", 0), ("again", 1)):
        result = CliRunner().invoke(cli, [*arguments, f"raw:{sys.executable} {source} {word}"])
        assert result.exit_code == code, result.output


@pytest.mark.parametrize(
    ("faults", "place", "why"),
    [
        (inserted("openai-chat", "SURROGATE"), r"faults\[0\]\.insert_event", "half a surrogate pair"),
        (
            f"{put('openai-chat', ' a1')}, {inserted('openai-chat', '3.', after=13)}",
            r"faults\[1\]\.insert_event",
            "{token:13}",
        ),
        (inserted("openai-chat", "as in phase b2. then"), r"faults\[0\]\.insert_event", "{token:2}"),
        (put("openai-chat", " a13.", after=4), r"faults\[0\]\.edit_event", "{token:13}"),
    ],
)
def test_what_nobody_could_judge_is_refused(faults: str, place: str, why: str, tmp_path) -> None:
    """The error names the file, the place and what would be right."""
    file = tmp_path / "served.toml"
    faults = faults.replace("SURROGATE", "\\\\ud83d")  # escaped in the JSON, and its backslash in TOML
    attempts = f"[[attempt]]\nfaults = [{faults}]\n[[attempt]]\n"
    file.write_text(TEXT.format(dialect="openai-chat", attempts=attempts, regenerate="fresh"))
    result = CliRunner().invoke(cli, ["run", str(file), "--client", "reference"])
    assert result.exit_code == 2
    told = " ".join(result.output.split())
    assert re.search(rf"served\.toml: attempt\[0\]\.{place}: ", told), told
    assert why in told


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("error_event = { after_token = 3, message = 'so far: a13.' }", "error_event.message"),
        ("ping = { form = 'comment', text = ' b2.' }", "ping.text"),
        ("headers = { set = { x-said = ' a1.' } }", "headers.set"),
        ("error_event = { after_token = 3, message = 'at a13, or in a4000.' }", ""),
    ],
)
def test_text_beside_the_answer_that_looks_like_a_token_is_refused(fault: str, key: str) -> None:
    """If a client showed it, it would pass for a part of the answer; what is no token of it may stand anywhere."""
    text = TEXT.format(dialect="openai-chat", regenerate="fresh", attempts=f"[[attempt]]\nfaults = [{{ {fault} }}]\n")
    told = ""
    try:
        load_text(text)
    except BadScenario as bad:
        (problem,) = bad.problems
        told = problem.key
        assert "can't be told from a token" in problem.wrong
    assert told == (f"attempt[0].faults[0].{key}" if key else "")


def test_text_put_together_of_placeholders_is_a_token() -> None:
    """In whatever answer it stands, it is that answer's."""
    record = drilled(shows(), "openai-chat", put("openai-chat", " {generation}12."))
    assert (record.outcome, extras(record)) == (Outcome.CLEAN, 0)


WORDS = st.sampled_from(["hello ", " ", "lorem", " a1", "12", "{token:3}", " {token:13}x", "\n", "é.", " z9", ""])
CHANGES = st.tuples(st.integers(1, 19), WORDS, st.sampled_from(["insert", "twice", "set"]))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(DIALECTS), st.lists(CHANGES, min_size=1, max_size=4), st.booleans())
def test_whatever_is_served_right_readers_are_right(dialect: str, changes, cut: bool) -> None:
    """Of any such text nothing that a right reader shows is corrupted, and nothing is lost to it."""
    faults = []
    for after, text, how in changes:
        many = ", times = 2" if how == "twice" else ""
        faults += [
            put(dialect, text, after=after) if how == "set" else inserted(dialect, text, after=after, more=many)
        ]
    if cut:
        faults.append("{ reset = { after_token = 15 } }")
    for client in (shows(), reference):
        try:
            record = drilled(client, dialect, ", ".join(faults))
        except BadScenario:
            return  # one undoes another, or a token would be put together
        if cut and any("{token:" in text for _, text, _ in changes):
            continue  # where an answer goes on that was cut behind a token out of order, is another question
        assert record.numbers.corrupted == record.numbers.lost == 0, record.summary
        assert client is reference or cut or record.outcome is Outcome.CLEAN, record.summary
        assert record.outcome in GOOD or dialect == "eventsource", record.summary
