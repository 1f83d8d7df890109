"""The JSON Schema of scenario files: what is right keeps to it, and what breaks it is refused."""

from __future__ import annotations

import json
import tomllib
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from ssedrill.cli.main import cli
from ssedrill.comparing.baseline.entry import read_baseline
from ssedrill.comparing.baseline.schema import VERSION as BASELINE_VERSION
from ssedrill.comparing.baseline.schema import baseline_schema
from ssedrill.loading.builtin import builtin_files
from ssedrill.loading.json_schema import VERSION, scenario_schema
from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import SCHEMA
from ssedrill.reporting.formats.record_schema import record_schema

VALIDATOR = Draft7Validator(scenario_schema())
BASELINES = Draft7Validator(baseline_schema())


def test_it_is_a_schema() -> None:
    """Of the draft that it names."""
    Draft7Validator.check_schema(scenario_schema())
    Draft7Validator.check_schema(baseline_schema())


@pytest.mark.parametrize(
    ("words", "schema"),
    [([], scenario_schema()), (["record"], record_schema()), (["baseline"], baseline_schema())],
)
def test_the_command_prints_it(words: list[str], schema: dict[str, object]) -> None:
    """That of scenarios, of records, or of baselines."""
    assert json.loads(CliRunner().invoke(cli, ["schema", *words]).stdout) == schema


def test_a_promise_is_made_for_each_number() -> None:
    """The page on what may change speaks of the numbers that there are."""
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8")
    assert f"`ssedrill-scenario-{VERSION}.schema.json`" in page
    assert f"`ssedrill-baseline-{BASELINE_VERSION}.schema.json`" in page
    assert f'`"schema": {SCHEMA}`' in page


@pytest.mark.parametrize("name", builtin_files())
def test_every_built_in_scenario_keeps_to_it(name: str) -> None:
    """Keys, types and words."""
    document = tomllib.loads(builtin_files()[name].read_text("utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("tokns = 3", ""),
        ("patience = 2", "patience"),
        ('deadline = "2 parsecs"', "deadline"),
        ('tags = "basic"', "tags"),
        ("[stream]\ntext = 'latin'", "stream.text"),
        ("[server]\nfallback = 'yes'", "server.fallback"),
        ("[[attempt]]\nfaults = [{ rest = {} }]", "attempt.0.faults.0"),
        ("[[attempt]]\nfaults = [{ ping = { intervall = '1 s' } }]", "attempt.0.faults.0.ping"),
        ("[[attempt]]\nfaults = [{ ping = { every = '1 s' } }]", "attempt.0.faults.0.ping.every"),
        ("[[attempt]]\nfaults = [{ reset = { after = 'lunch' } }]", "attempt.0.faults.0.reset.after"),
        ("[must]\nrequests = 4", "must.requests"),
        ("[must]\noutcome = ['fine']", "must.outcome.0"),
        ("[[call]]\ncancel = { when = 'now' }", "call.0.cancel"),
    ],
)
def test_an_editor_says_where_a_slip_is(line: str, place: str) -> None:
    """And the loader refuses it too."""
    document = {"name": "slip", "about": "A slip.", "dialects": "all", **tomllib.loads(line)}
    (error,) = VALIDATOR.iter_errors(document)
    assert ".".join(map(str, error.absolute_path)) == place
    with pytest.raises(BadScenario):
        load_text(f'name = "slip"\nabout = "A slip."\ndialects = "all"\n{line}\n')


KNOWN = {"client": "openai", "scenario": "healthy", "outcome": "hung", "reason": "x"}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("until = 2030-12-31\nclock = 'real'\nversions = { client = '1.*' }\ncheck = 'outcome'", None),
        ("outcome = 'not-tested'", "known.0.outcome"),
        ("reason = ' '", "known.0.reason"),
        ("clock = 'reel'", "known.0.clock"),
        ("versions = { client = 1 }", "known.0.versions.client"),
        ("resaon = 'x'", "known.0"),
        ("dialect = 3", "known.0.dialect"),
    ],
)
def test_a_slip_in_a_baseline_is_said(tmp_path: Path, line: str, place: str | None) -> None:
    """What the schema refuses is refused by the reader too."""
    table = KNOWN | json.loads(json.dumps(tomllib.loads(line), default=str))
    found = [".".join(map(str, error.absolute_path)) for error in BASELINES.iter_errors({"known": [table]})]
    assert found == ([] if place is None else [place])
    own = [f"{name} = '{value}'" for name, value in KNOWN.items() if name not in table or table[name] == value]
    (tmp_path / "b.toml").write_text("\n".join(["[[known]]", *own, line]), "utf-8")
    with nullcontext() if place is None else pytest.raises(BadScenario):
        read_baseline(tmp_path / "b.toml", missing="")


@pytest.mark.parametrize("name", KNOWN)
def test_each_entry_of_a_baseline_has(name: str) -> None:
    """The client, the scenario, the outcome and the reason."""
    (error,) = BASELINES.iter_errors({"known": [{key: value for key, value in KNOWN.items() if key != name}]})
    assert f"'{name}' is a required property" in error.message
