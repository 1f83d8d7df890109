"""Which drills are run: words that narrow, parts of a run on several machines, and where it ends early."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ssedrill.cli.choosing import Choice
from ssedrill.cli.main import cli
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import RecordFile, Repeats
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.to_json import BadRecord
from ssedrill.reporting.merging import SHARD, merged

DRILLS = ("run", "reset-before-headers", "reset-mid-stream", "fin-mid-stream", "-q")
CLIENTS = ("-c", "aiohttp-plain", "-c", "reference", "--dialect", "eventsource", "--dialect", "openai-chat")


def ssedrill(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, list(words))


def names(**given: tuple[str, ...]) -> list[str]:
    """Return the names of the scenarios that are chosen."""
    return [one.name for one in Choice(**given).scenarios()]


def test_words_narrow() -> None:
    """A text is looked for in family and name, in either case; names, families, patterns and tags leave out."""
    every = names(named=("tcp",))
    assert set(names(named=("tcp",), keywords=("RESET", "tcp/fin"))) == {
        n for n in every if "reset" in n or "fin-" in n
    }
    assert names(named=("tcp",), excluded=("reset-*", "fin-mid-stream")) == [
        name for name in every if not name.startswith("reset-") and name != "fin-mid-stream"
    ]
    assert not set(names(named=("tcp",), excluded=("basic",))) & set(names(tags=("basic",)))
    assert names(named=("tcp", "healthy"), excluded=("tcp",)) == ["healthy"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"keywords": ("nonesuch",)}, '-k: no scenario has "nonesuch" in its name; there are '),
        ({"excluded": ("reset-mid-steam",)}, '"reset-mid-steam"; did you mean reset-mid-stream'),
        ({"excluded": ("tcp",)}, "--exclude: nothing is left of what was named; leave one of them out"),
        (
            {"excluded": ("stall-mid-stream",)},
            '--exclude: no scenario here has the name, family or tag "stall-mid-stream"',
        ),
    ],
)
def test_words_that_name_nothing(given: dict[str, Any], said: str) -> None:
    """They are no silence: what was left out may have been renamed since."""
    with pytest.raises(BadScenario) as caught:
        Choice(named=("tcp",), **given).scenarios()
    assert said in str(caught.value)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run the whole, and its three parts."""
    folder = tmp_path_factory.mktemp("shards")
    parts = {"whole": (), **{str(k): ("--shard", f"{k}/3") for k in (1, 2, 3)}}
    for name, words in parts.items():
        result = ssedrill(*DRILLS, *CLIENTS, "--repeat", "2", *words, "--json", str(folder / f"{name}.json"))
        assert result.exit_code == 0, result.stderr
    return {name: folder / f"{name}.json" for name in parts}


def runs(path: Path) -> list[dict[str, Any]]:
    """Return the runs of a record without the time that they took."""
    return [{k: v for k, v in run.items() if k != "wall_s"} for run in json.loads(path.read_text("utf-8"))["runs"]]


def test_shards_are_the_whole(shards: dict[str, Path], tmp_path: Path) -> None:
    """Each drill is in one of them, with its repeats; together they are what one machine makes, to the byte."""
    cells = [{(run["scenario"], run["client"], run["dialect"]) for run in runs(shards[k])} for k in "123"]
    assert sum(map(len, cells)) == len(set.union(*cells)) == 12
    out = tmp_path / "record.json"
    result = ssedrill("merge", *(str(shards[k]) for k in "231"), "--json", str(out))
    assert (result.exit_code, result.stderr) == (0, "3 shards, 24 runs: record.json\n")
    whole, together = (json.loads(path.read_text("utf-8")) for path in (shards["whole"], out))
    assert runs(out) == runs(shards["whole"])
    assert [together[key] for key in ("versions", "plans", "scenarios")] == [
        whole[key] for key in ("versions", "plans", "scenarios")
    ]
    assert [one[SHARD]["number"] for one in together["meta"]["shards"]] == [1, 2, 3]
    assert "wall_clock_s" in together["meta"]["shards"][0]
    assert "--shard" not in together["meta"].get("command", "")


def shard(file: RecordFile, **damage: object) -> RecordFile:
    """Return the record with other words in the place that says which shard it is."""
    return replace(file, meta={**file.meta, SHARD: {**file.meta[SHARD], **damage}})


def test_what_does_not_belong_together(shards: dict[str, Path]) -> None:
    """It is refused, and the message says which file, and what to do."""
    read = {name: to_json.read(path) for name, path in shards.items()}
    one, two, three = (read[k] for k in "123")
    meta = {**two.meta, SHARD: {**two.meta[SHARD], "plan": "another"}}
    other = replace(two, versions={**two.versions, "client reference": "0"}, meta=meta)
    gone = Repeats("s", "c", "d", 2, [])
    fewer = replace(three, runs=three.runs[:-1], planned=len(three.runs))
    for files, said in [
        ({"1": one, "2": two}, "shard 3/3 is missing: run it (--shard 3/3), and name its record"),
        ({"1": one, "2": two, "again": one}, "again: it is shard 1/3, as 1 is: give each once"),
        ({"1": one, "whole": read["whole"]}, "whole: it is no shard's record (ssedrill run --shard K/N)"),
        ({"1": one, "2": other}, "2: it is of other runs than 1: client reference is 0 here and"),
        ({"1": one, "2": two, "3": fewer}, "3: it was interrupted after 7 of 8 runs: go on with --resume"),
        ({"1": one, "2": two, "3": replace(three, runs=one.runs)}, "is in it and in 1: make it again"),
        ({"1": one, "2": two, "3": replace(three, repeats=[gone])}, "3: repeats of s c d, which it has no run of"),
        ({"1": shard(one, number=1, count=9999)}, "shard 2/9999 and 3/9999"),
        *(
            ({"1": shard(one, **damaged)}, "1: meta.shard: it is no shard K/N of a plan: the record is damaged")
            for damaged in (
                {"number": "1"},
                {"number": [1]},
                {"number": True},
                {"number": 4},
                {"number": 0},
                {"count": "3"},
                {"count": 10**9},
                {"count": -1, "number": -1},
                {"plan": {}},
            )
        ),
    ]:
        with pytest.raises(BadRecord) as caught:
            merged({Path(name): file for name, file in files.items()})
        assert said in str(caught.value)


@pytest.mark.parametrize("word", ["0/3", "4/3", "1", "1/0", "-1/2", "1/3/3"])
def test_no_part_of_a_whole(word: str) -> None:
    """What is no K/N is told at once."""
    result = ssedrill(*DRILLS, "--shard", word)
    assert result.exit_code == 2
    assert f"'{word}' is no part of a whole: write 1/3, 2/3 or 3/3." in result.stderr


def test_fail_fast_and_quiet(tmp_path: Path) -> None:
    """The first bad run ends it, with exit code 1; what was done is written, and only what went wrong is printed."""
    client = tmp_path / "liar.py"
    client.write_text("def stream(target):\n    yield 'nothing of it'\n", "utf-8")
    words = ("run", "tcp", "-q", "-j", "1", "--dialect", "eventsource", "-c", f"{client}:stream")
    out = tmp_path / "r.json"
    result = ssedrill(*words, "--fail-fast", "--json", str(out))
    assert result.exit_code == 1
    file = to_json.read(out)
    assert 1 <= len(file.runs) < file.planned
    assert f"Ended with the first bad run (--fail-fast): {len(file.runs)} of {file.planned} runs" in result.stderr
    assert "[1/" not in result.stderr
    assert result.stdout.lstrip().startswith("What went wrong")
