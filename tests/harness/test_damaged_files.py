"""What comes from files and clients is data: damaged, it gives one clear error or a proper result, and soon."""

from __future__ import annotations

import io
import json
import random
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from ssedrill.cli.main import cli
from ssedrill.drivers.program.output import JsonLines, RawText
from ssedrill.drivers.sink import Sink
from ssedrill.loading.load import load_file
from ssedrill.loading.problems import BadScenario
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.table import FORMATS, write_all
from ssedrill.reporting.formats.to_json import BadRecord
from ssedrill.reporting.views.explain import print_scenario
from ssedrill.reporting.views.terminal import print_report
from support.call_records import bad, good, several, stopped
from support.hostile_scenarios import GOOD
from support.mutations import damaged_bytes, damaged_json
from support.records import duplicated, file_of, passed, raised, restarted

RECORD = to_json.to_text(file_of(passed(), duplicated(), raised("no"), restarted()))
CALLS = to_json.to_text(file_of(several(good(), stopped(2), stopped(2), bad(3))))
SAID = b"""{"text": "tok-1 "}
{"text": "\\ud83d\\ude92"}
{"retry": "status 529"}
{"restart": true}
{"error": "it broke", "class": "APIError"}
{"unsupported": "no"}
{"done": true}
"""
SCENARIOS = [GOOD.encode(), *(path.read_bytes() for path in sorted(Path("scenarios").rglob("*.toml"))[:20])]
MEMORY_BYTES = 512 * 1024 * 1024


def whole(numbers: int, quick: int) -> list[object]:
    """Return ranges of seeds: a few for every run of the tests, all of them for the slow ones."""
    return [range(quick), pytest.param(range(quick, numbers), marks=pytest.mark.slow)]


@pytest.fixture(autouse=True)
def bounded():
    """See that no damaged file makes the process much larger than it was."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MEMORY_BYTES


@pytest.mark.parametrize("record", [RECORD, CALLS], ids=["calls-of-one", "several-calls"])
@pytest.mark.parametrize("seeds", whole(500, 24), ids=["some", "all"])
def test_damaged_records(tmp_path, seeds, record):
    """A record is read and told in every format, or refused with one line that names the file."""
    path, told = tmp_path / "record.json", 0
    for seed in seeds:
        chance = random.Random(seed)
        raw = seed % 4 == 0
        path.write_bytes(damaged_bytes(record.encode(), chance) if raw else damaged_json(record, chance).encode())
        try:
            file = to_json.read(path)
        except BadRecord as error:
            assert_clear(str(error), path)
            continue
        told += 1
        shown = io.StringIO()
        print_report(Console(file=shown, width=120), file, verbose=True)
        assert "\x1b[2J" not in shown.getvalue()
        write_all(file, tmp_path)
        assert "<script>alert(1)" not in (tmp_path / FORMATS["html"].file_name).read_text("utf-8")
    assert 0 < told < len(seeds)


@pytest.mark.parametrize("seeds", whole(5000, 60), ids=["some", "all"])
def test_damaged_scenarios(tmp_path, seeds):
    """A scenario can be shown, or its errors name the file."""
    path, good = tmp_path / "victim.toml", 0
    for seed in seeds:
        chance = random.Random(seed)
        path.write_bytes(damaged_bytes(SCENARIOS[seed % len(SCENARIOS)], chance))
        try:
            scenario = load_file(path)
        except BadScenario as error:
            for line in str(error).splitlines():
                assert_clear(line, path)
            continue
        good += 1
        print_scenario(Console(file=io.StringIO(), width=120), scenario, scenario.dialects[0], seed=0, hexdump=False)
    assert good < len(seeds)


@pytest.mark.parametrize("seed", range(200))
def test_damaged_output_of_clients(seed):
    """Whatever a program prints makes a journal that can be written down and read back."""
    chance = random.Random(seed)
    data = damaged_bytes(SAID * chance.choice((1, 20)), chance)
    for output in (JsonLines, RawText):
        sink = Sink(lambda: 0.0)
        understood = output(sink)
        while data and chance.random() < 0.95:
            size = chance.randint(1, len(data))
            understood.feed(data[:size])
            data = data[size:]
        understood.finish()
        sink.close()
        run = passed()
        run.tokens = sink.journal
        assert to_json.from_text(to_json.to_text(file_of(run))) == file_of(run)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested too deeply"),
        (RECORD.replace('"meta": {}', '"meta": {"a": ' + "[" * 500 + "]" * 500 + "}", 1), "meta: nested too deeply"),
        (RECORD.replace('"seed": 0', '"seed": ' + "9" * 5000, 1), "a number that is too long"),
        (RECORD.replace('"wall_s": ', '"wall_s": NaN, "x": ', 1), "NaN is no number"),
        (RECORD.replace('"seed": 0', '"seed": 0, "seed": 0', 1), "'seed': stands twice"),
        (RECORD.replace('"count": 40', '"count": 1000000000', 1), "runs[0].shown: has more tokens"),
        (RECORD.replace('"schema": 2', '"schema": 3', 1), "schema: 3 is unknown"),
        (RECORD.replace('"seed": 0', '"se\\u001b[2Jed": 0', 1), "is not known here"),
        ("\ufeff" + RECORD, "not JSON"),
        ("", "not JSON"),
    ],
    ids=["deep", "deep-meta", "long-number", "nan", "twice", "claims", "version", "escape", "mark", "empty"],
)
def test_the_command_refuses_hostile_records(tmp_path, text, said):
    """One line, exit code 2, nothing that a terminal obeys."""
    path = tmp_path / "record.json"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["report", str(path)])
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert_clear(done.output.removeprefix("ssedrill: ").rstrip("\n"), path)


def in_calls(change: Callable[[dict[str, Any]], object]) -> str:
    """Return the record of a run with calls, after a change of the run."""
    body = json.loads(CALLS)
    change(body["runs"][0])
    return json.dumps(body)


def attempts(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a run's attempts."""
    found: list[dict[str, Any]] = run["journals"]["wire"]["attempts"]
    return found


BAD_CALLS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "text": (lambda run: run.update(calls="x"), "runs[0].calls: expected a list"),
    "none": (lambda run: run.update(calls=None), "runs[0].calls: expected a list"),
    "item": (lambda run: run["calls"].append(7), "runs[0].calls[4]: expected an object"),
    "key": (lambda run: run["calls"][1].update(colour=1), "runs[0].calls[1].colour: is not known here"),
    "lacking": (lambda run: run["calls"][1].pop("outcome"), "runs[0].calls[1].outcome: is missing"),
    "outcome": (lambda run: run["calls"][1].update(outcome="fine"), "runs[0].calls[1].outcome: 'fine' is none of"),
    "error": (lambda run: run["calls"][1].update(error={"class": 1}), "runs[0].calls[1].error.class"),
    "cancel": (lambda run: run["calls"][1]["cancel"].update(left_open="1"), "runs[0].calls[1].cancel.left_open"),
    "began": (lambda run: run["calls"][1].update(began_t="soon"), "runs[0].calls[1].began_t"),
    "twice": (lambda run: run["calls"][2].update(number=2), "runs[0].calls[2].number: 2 stands for another call"),
    "zero": (lambda run: run["calls"][0].update(number=0), "runs[0].calls[0].number: 0 is out of range"),
    "number": (lambda run: run["calls"][3].update(number=10**9), "runs[0].calls[3].number: 1000000000 is out of"),
    "many": (lambda run: run.update(calls=run["calls"] * 3000), "runs[0].calls: 12000 are more than 10000"),
    "missing": (lambda run: run["calls"].pop(1), "runs[0].journals.wire.attempts[1].call: 2 is none of the run's"),
    "whose": (lambda run: attempts(run)[1].update(call=-1), "runs[0].journals.wire.attempts[1].call: -1 is none"),
    "huge": (lambda run: attempts(run)[0].update(call=10**30), "runs[0].journals.wire.attempts[0].call: 1000000000"),
    "kind": (lambda run: attempts(run)[0].update(call="1"), "runs[0].journals.wire.attempts[0].call: expected a"),
    "claims": (lambda run: run["calls"][0]["shown"][0].update(count=10**9), "runs[0].calls[0].shown: has more"),
    "silent": (lambda run: run["calls"][0]["tokens"].pop("entries"), "runs[0].calls[0].shown: has more tokens"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_the_command_refuses_bad_calls(tmp_path, change, said):
    """One line that names the place, exit code 2."""
    path = tmp_path / "record.json"
    path.write_text(in_calls(change), encoding="utf-8")
    done = CliRunner().invoke(cli, ["report", str(path)])
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert_clear(done.output.removeprefix("ssedrill: ").rstrip("\n"), path)


def test_a_call_that_never_began_may_be_named(tmp_path):
    """A client may ask for what it was never told to: that is told, and no damage."""
    path = tmp_path / "record.json"
    path.write_text(in_calls(lambda run: attempts(run)[-1].update(call=77)), encoding="utf-8")
    assert to_json.read(path).runs[0].wire.attempts[-1].call == 77


def test_a_record_without_an_end_is_not_read_to_it(monkeypatch):
    """A device that gives zeros for ever, or a file of many gigabytes, is refused for its size."""
    monkeypatch.setattr(to_json, "MOST_BYTES", 1 << 20)
    with pytest.raises(BadRecord, match="/dev/zero: is larger than 1048576 bytes"):
        to_json.read(Path("/dev/zero"))


def assert_clear(error: str, path: Path) -> None:
    """Assert that an error is one line that names the file and is safe for a terminal."""
    assert error.startswith(f"{path}: ")
    assert len(error) < 1000
    assert error.isprintable(), error
