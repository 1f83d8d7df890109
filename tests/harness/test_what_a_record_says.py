"""What a record says besides its runs: the command, what its scenarios are about, and a price."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ssedrill.cli.main import cli
from ssedrill.loading.load import builtin_scenarios
from ssedrill.model.record import Check, Repeats, Severity, Status
from ssedrill.model.scenario_facts import ScenarioFacts, merged
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import Head, RunLog, file_of, read_log
from support.fleet import FACTS, fleet
from support.records import file_of as records_of
from support.records import passed

RUN = ["run", "healthy", "--dialect", "eventsource", "--client", "reference"]


def ssedrill(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, list(words))


def record(path: Path, *words: str) -> dict[str, Any]:
    """Return the record that a run with these words writes."""
    result = ssedrill(*RUN, *words, "--json", str(path))
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_the_command_does_the_same_again(tmp_path: Path) -> None:
    """It is what was typed, without what changes nothing; and gives the same runs."""
    first = record(tmp_path / "a.json", "--seed", "3", "-j", "1", "-v", "--report", str(tmp_path / "r"))
    command = first["meta"]["command"]
    assert command == "ssedrill run healthy --client reference --seed 3 --dialect eventsource"
    again = ssedrill(*shlex.split(command)[1:], "--json", str(tmp_path / "b.json"))
    assert again.exit_code == 0
    second = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert [{**run, "wall_s": 0} for run in first["runs"]] == [{**run, "wall_s": 0} for run in second["runs"]]


def test_no_secret_is_in_the_command(tmp_path: Path) -> None:
    """A program's key stands there as in every report."""
    spec = "raw:sh -c 'curl -sN {url}' --api-key sk-0123456789abcdef"
    ssedrill("run", "healthy", "--dialect", "eventsource", "-c", spec, "--json", str(tmp_path / "a.json"))
    text = (tmp_path / "a.json").read_text("utf-8")
    assert "sk-0123456789abcdef" not in text
    assert "--client 'raw:sh" in json.loads(text)["meta"]["command"]


def test_a_client_with_a_name_of_its_own(tmp_path: Path) -> None:
    """It stands in the command with what it is, and with the dialects that it was to be drilled in."""
    named = ("old@eventsource=reference", "new=reference")
    words = [word for one in named for word in ("-c", one)]
    result = ssedrill("run", "healthy", *words, "--json", str(tmp_path / "a.json"))
    assert result.exit_code == 0, result.output
    command = json.loads((tmp_path / "a.json").read_text("utf-8"))["meta"]["command"]
    assert command == "ssedrill run healthy --client old@eventsource=reference --client new=reference"


def test_scenarios_say_what_they_are_about(tmp_path: Path) -> None:
    """Those that were run, and no others; so does a report that is made of several records."""
    (known,) = (one for one in builtin_scenarios() if one.name == "healthy")
    (told,) = record(tmp_path / "a.json")["scenarios"]
    assert (told["name"], told["family"], told["about"], told["why"]) == (
        *(known.name, known.family, known.about, known.why),
    )
    file = to_json.read(tmp_path / "a.json")
    assert file.scenarios == [known.facts]
    to_json.write(fleet(), tmp_path / "b.json")
    assert ssedrill("report", *(str(tmp_path / f"{x}.json") for x in "ab"), "--report", str(tmp_path)).exit_code == 1
    assert to_json.read(tmp_path / "record.json").scenarios == merged(file.scenarios, FACTS)


def test_what_repeats_say_together_is_told_again(tmp_path: Path) -> None:
    """A report that is made of a record later has it, and fails where the run failed."""
    check = Check("backoff", Severity.MUST, Status.BROKEN, "grows", "the same wait each time")
    file = records_of(passed(), passed(repeat=1))
    file.repeats = [Repeats("healthy", "good", "openai-chat", 2, [check])]
    to_json.write(file, tmp_path / "a.json")
    result = ssedrill("report", str(tmp_path / "a.json"), "--report", str(tmp_path))
    assert result.exit_code == 1
    assert "grows, got the same wait each time" in result.output
    assert to_json.read(tmp_path / "record.json").repeats == file.repeats
    assert "got the same wait each time" in (tmp_path / "index.html").read_text("utf-8")


def test_what_comes_last_holds() -> None:
    """Of a scenario that two records tell otherwise."""
    old, new = ScenarioFacts("a", about="old"), ScenarioFacts("a", about="new")
    assert merged([old, ScenarioFacts("b")], [new]) == [new, ScenarioFacts("b")]


def test_a_log_has_them_too(tmp_path: Path) -> None:
    """What a killed run leaves behind makes the same report; they are no reason not to go on with it."""
    path = tmp_path / "runs.jsonl"
    head = Head("auto", 1, 1, (), ("good",), {"healthy": "d"}, {}, planned=1, told=FACTS)
    log = RunLog([path], resume=None, warn=lambda said: None)
    log.begin(head)
    log.add(0, passed())
    read, done = read_log(path)
    assert file_of(read, done).scenarios == list(FACTS)
    assert read.differs(Head("auto", 1, 1, (), ("good",), {"healthy": "d"}, {}, planned=1)) == []


def test_a_price_is_kept(tmp_path: Path) -> None:
    """It is in the record, so that a report which is made of it later needs no price; another one may be given."""
    assert record(tmp_path / "a.json", "--price", "0.25")["price"] == 0.25
    assert "price" not in record(tmp_path / "b.json")
    a, b = str(tmp_path / "a.json"), str(tmp_path / "b.json")
    assert "Money is counted at 0.25 for a million output tokens" in ssedrill("report", a).output
    assert "Money is counted at 0.25" in ssedrill("report", b, a).output
    assert "Money is counted at 15 " in ssedrill("report", a, "--price", "15").output
    assert "Money" not in ssedrill("report", b).output


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf", "free", "0.0000001", ""])
def test_what_is_no_price(price: str, tmp_path: Path) -> None:
    """A price is a number above 0, to the sixth digit."""
    to_json.write(records_of(passed()), tmp_path / "a.json")
    for command in (RUN, ["report", str(tmp_path / "a.json")]):
        result = ssedrill(*command, "--price", price)
        assert result.exit_code == 2
        assert "is no price: write a number above 0" in result.output


def test_the_unit_is_said() -> None:
    """By the help of both commands."""
    for command in ("run", "report"):
        words = " ".join(ssedrill(command, "--help").output.split())
        assert "What a million output tokens cost, in your currency" in words


def test_the_format_is_listed() -> None:
    """The table of runs is one of the report's files."""
    assert "A row for each run with all that is measured" in ssedrill("list", "formats").output
