"""``ssedrill new``: what it writes can be used at once, and it takes nobody's file away."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft7Validator

from ssedrill.cli.main import cli
from ssedrill.clients import CLIENTS
from ssedrill.loading.builtin import builtin_files
from ssedrill.loading.explained import TABLES, explained
from ssedrill.loading.load import load_file, load_text
from ssedrill.loading.starter import copied
from ssedrill.loading.toml_scenario import KEYS
from ssedrill.model.record import Outcome, Verdict
from ssedrill.running.jobs import plan_jobs, run_jobs


def new(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["new", "scenario", *words])


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_starter_is_passed_by_the_reference() -> None:
    """It loads, and a good client gets over all that it has."""
    done = new("my-incident")
    assert done.exit_code == 0, done.output
    assert "ssedrill show my-incident.toml" in done.output
    scenario = load_file("my-incident.toml")
    records = run_jobs(plan_jobs([scenario], [CLIENTS["reference"]]))
    assert {(one.verdict, one.outcome) for one in records} == {(Verdict.PASS, Outcome.RECOVERED)}


def test_a_folder_is_made() -> None:
    """The name may be given with its folder, and with its ending."""
    assert new("drills/deep/my-incident.toml").exit_code == 0
    assert load_file("drills/deep/my-incident.toml").name == "my-incident"


@pytest.mark.parametrize("like", [(), ("--like", "reset-mid-stream")])
def test_editors_find_the_schema(like: tuple[str, ...]) -> None:
    """The first line leads to it; the scenario keeps to it; and one that is there already stays."""
    assert new("my-own", *like).exit_code == 0
    text = Path("my-own.toml").read_text("utf-8")
    named = re.match(r"#:schema (\S+)\n", text)
    assert named is not None
    schema = Path("my-own.toml").parent / named[1]
    kept = Draft7Validator(json.loads(schema.read_text("utf-8")))
    assert kept.is_valid(tomllib.loads(text))
    assert not kept.is_valid(tomllib.loads(text) | {"tokns": 3})
    schema.write_text("{}")
    assert new("another", *like).exit_code == 0
    assert schema.read_text("utf-8") == "{}"


@pytest.mark.parametrize("name", builtin_files())
def test_a_copy_says_the_same_under_another_name(name: str) -> None:
    """Comments are all that is added."""
    original = builtin_files()[name]
    text = copied("my-own", original)
    assert tomllib.loads(text) == tomllib.loads(original.read_text("utf-8")) | {"name": "my-own"}


@pytest.mark.parametrize("name", ["reset-mid-stream", "five-of-twenty-cut", "delay-only-in-body"])
def test_a_copy_can_be_loaded(name: str) -> None:
    """The command writes it, with what its keys and faults mean."""
    done = new("my-own", "--like", name)
    assert done.exit_code == 0, done.output
    text = Path("my-own.toml").read_text("utf-8")
    assert load_file("my-own.toml").attempts == load_file(builtin_files()[name]).attempts
    assert "\n# How long the application waits for the next byte" in text
    assert "\n# reset: Reset the connection" in text or name == "delay-only-in-body"


def test_a_comment_stands_where_its_key_first_stands() -> None:
    """Once for each key of a table and for each fault."""
    text = explained(copied("my-own", builtin_files()["two-drops-then-healthy"]))
    assert text.count("# reset: ") == text.count("# What one request meets") == 2  # copied() had explained it before
    assert load_text(text).name == "my-own"


def test_every_table_is_explained() -> None:
    """A new one needs a sentence."""
    assert set(TABLES) == set(KEYS[KEYS.index("stream") :])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["My Incident"], '"My Incident" can\'t be the name of a scenario'),
        (["drills/"], '"" can\'t be the name of a scenario'),
        (["x" * 65], "can't be the name of a scenario; write at most 64 lower-case letters"),
        (["../-"], '"-" can\'t be the name of a scenario'),
        (["healthy"], "healthy is a built-in scenario: choose another name (--like healthy copies it)"),
        (["my-own", "--like", "reset-mid-steam"], "did you mean reset-mid-stream"),
        (["my-own", "--like", "qqq"], 'there is no built-in scenario "qqq"; ssedrill list scenarios names all'),
    ],
)
def test_bad_names(words: list[str], said: str) -> None:
    """Each is one clear message and exit code 2, and nothing is written."""
    done = new(*words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert list(Path().iterdir()) == []


def test_a_file_that_is_there_stays() -> None:
    """Whatever is in it."""
    Path("my-own.toml").write_text("mine", "utf-8")
    done = new("my-own")
    assert done.exit_code == 2
    assert "my-own.toml is there already" in done.output
    assert Path("my-own.toml").read_text("utf-8") == "mine"


def test_a_folder_that_cannot_be_made() -> None:
    """A file is in its place."""
    Path("drills").write_text("", "utf-8")
    done = new("drills/my-own")
    assert done.exit_code == 2
    assert "can't make the folder drills: a file is in its place" in done.output
