"""What comes from files and clients is data: damaged, it gives one clear error or a proper result, and soon."""

from __future__ import annotations

import io
import random
import resource
from pathlib import Path

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
from support.hostile_scenarios import GOOD
from support.mutations import damaged_bytes, damaged_json
from support.records import duplicated, file_of, passed, raised, restarted

RECORD = to_json.to_text(file_of(passed(), duplicated(), raised("no"), restarted()))
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


@pytest.mark.parametrize("seeds", whole(500, 24), ids=["some", "all"])
def test_damaged_records(tmp_path, seeds):
    """A record is read and told in every format, or refused with one line that names the file."""
    path, told = tmp_path / "record.json", 0
    for seed in seeds:
        chance = random.Random(seed)
        raw = seed % 4 == 0
        path.write_bytes(damaged_bytes(RECORD.encode(), chance) if raw else damaged_json(RECORD, chance).encode())
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
