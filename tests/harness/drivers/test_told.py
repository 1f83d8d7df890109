"""Telling besides text: what a client may say of usage, finish reason and its abilities."""

from __future__ import annotations

import json
import sys

import pytest

from broken_clients.again import texts
from ssedrill.clients import CLIENTS
from ssedrill.clients.from_function import client_of
from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.program.output import JsonLines
from ssedrill.drivers.sink import Sink
from ssedrill.loading.load import load_text
from ssedrill.model.secrets.known import Secrets
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

TOML = """
name = "told"
about = "What is told?"
dialects = ["openai-chat"]
patience = "2 s"
deadline = "20 s"
[stream]
tokens = 2
[[attempt]]
[must]
outcome = ["clean", "corrupted"]
usage = "told"
"""

PROGRAM = """
import json, os, sys, urllib.request
CAN = {can!r}
if CAN is not None:
    print(json.dumps({{"can": CAN}}), flush=True)
if os.environ["SSEDRILL_DIALECT"] != "openai-chat":
    sys.exit(127)
body = {{"stream": True, "messages": [], "stream_options": {{"include_usage": True}}}}
request = urllib.request.Request(os.environ["SSEDRILL_URL"] + "/chat/completions", json.dumps(body).encode())
for line in urllib.request.urlopen(request):
    if line.startswith(b"data: {{"):
        said = json.loads(line[6:])
        for choice in said["choices"]:
            print(json.dumps({{"text": choice["delta"].get("content") or ""}}), flush=True)
        if said["usage"]:
            names = ("prompt_tokens", "completion_tokens")
            print(json.dumps({{"usage": {{name: said["usage"][name] for name in names}}}}), flush=True)
print(json.dumps({{"done": True}}))
"""


def heard(*lines):
    """Return the journal of a program that prints these lines."""
    sink = Sink(lambda: 0.0, keeps_bases=True)
    output = JsonLines(sink)
    for line in lines:
        output.feed((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n")
    output.finish()
    return sink.journal


def test_lines_of_a_program():
    """Usage and finish reason are entries of their own; they are no claim."""
    journal = heard({"can": ["usage", "calls"]}, {"usage": {"output_tokens": 4}}, {"finish": "stop"}, {"done": True})
    assert [(entry.kind, entry.text) for entry in journal.entries] == [
        ("usage", '{"output_tokens": 4}'),
        ("finish", "stop"),
        ("done", ""),
    ]
    assert journal.can == ("calls", "usage")
    assert journal.notes == ()


def test_beside_something_else_it_is_the_programs_own_business():
    """A line of text may hold whatever the program likes to print with it."""
    journal = heard({"text": "a", "usage": None, "finish": 7})
    assert [(entry.kind, entry.text) for entry in journal.entries] == [("text", "a")]
    assert (journal.can, journal.notes) == (None, ())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"usage": {}}, "at least one number"),
        ({"usage": 7}, "at least one number"),
        ({"usage": {"output_tokens": "4"}}, "whole numbers"),
        ({"usage": {"output_tokens": True}}, "whole numbers"),
        ({"finish": None}, "it got None"),
        ({"can": ["usage"]}, "on the first line, or nowhere"),
        ({"usage": {"a": 1}, "finish": "stop"}, "nothing that a client says"),
    ],
)
def test_lines_that_say_nothing(line, why):
    """They are noted, with what would be right."""
    journal = heard({"retry": "x"}, line)
    assert [entry.kind for entry in journal.entries] == ["retry"]
    assert why in journal.notes[0]


@pytest.mark.parametrize("can", ["usage", 7, ["usge"], [["usage"]]])
def test_abilities_that_there_are_not(can):
    """A slip of the pen is told, not taken for an ability that is never asked for."""
    assert "calls, cancel" in heard({"can": can}).notes[0]

    async def client(target):
        yield ""

    client.can = can  # type: ignore[attr-defined]
    with pytest.raises(BadSpec, match="its `can` must be a set of usage, finish, calls, cancel"):
        client_of(client, "c")


def test_classes_of_a_programs_error():
    """The first is the error's own, the others are what else it is."""
    journal = heard({"error": "x", "class": ["APITimeoutError", "APIConnectionError", "APIError"]})
    (entry,) = journal.entries
    assert (entry.error_class, entry.error_bases) == ("APITimeoutError", ("APIConnectionError", "APIError"))


@pytest.mark.parametrize(
    "telling",
    [
        lambda target: target.usage(),
        lambda target: target.usage(output_tokens=None),
        lambda target: target.usage(output_tokens=1.5),
        lambda target: target.finish(None),
    ],
)
def test_telling_nonsense_is_a_defect_of_the_adapter(telling):
    """It is a crash, never an honest failure."""

    async def client(target):
        async for text in texts(target):
            yield text
        telling(target)

    client.can = {"usage"}  # type: ignore[attr-defined]
    record = drill(Job(load_text(TOML), client_of(client, "c"), "openai-chat"), clock="virtual")
    assert record.outcome == "crashed"
    assert "BadTold" in record.summary


def test_numbers_are_kept_as_they_are():
    """Nothing in a usage is taken for a secret, though its names speak of tokens."""
    sink = Sink(lambda: 0.0, secrets=Secrets())
    text = '{"cached_tokens": 12345678, "input_tokens": 25}'
    sink.add("usage", text)
    assert Secrets().text(sink.journal.entries[0].text) == text


@pytest.mark.parametrize(
    ("can", "outcome", "served"),
    [(["usage"], "clean", 1), ([], "unsupported", 1), (None, "unsupported", 1)],
)
def test_a_program_says_at_its_start_what_it_can(tmp_path, can, outcome, served):
    """Its first line counts; without one it is judged as one that can't."""
    file = tmp_path / "p.py"
    file.write_text(PROGRAM.format(can=can))
    client = parse_spec(f"cmd:{sys.executable} {file}")
    assert client.can_more
    record = drill(Job(load_text(TOML), client, "openai-chat"), clock="real")
    assert record.outcome == outcome, record.summary
    assert len(record.wire.attempts) == served


def test_the_probe_hears_the_first_line(tmp_path):
    """What a program can is known before a run."""
    file = tmp_path / "p.py"
    file.write_text(PROGRAM.format(can=["finish"]))
    found = parse_spec(f"cmd:{sys.executable} {file}").driver.probe()
    assert (found.can, found.answers_127) == (("finish",), True)
    file.write_text(PROGRAM.format(can=None))
    assert parse_spec(f"cmd:{sys.executable} {file}").driver.probe().can is None


def test_what_built_in_clients_can():
    """The SDKs and the reference tell both; those that read text alone tell none, and say so."""
    able = {name for name, client in CLIENTS.items() if client.can >= {"usage", "finish"}}
    assert able == {name for name in CLIENTS if name.startswith(("reference", "anthropic", "openai"))}
    assert not any(client.can_more for client in CLIENTS.values())
