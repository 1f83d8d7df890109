"""What a job of GitHub Actions is told: nothing that a client said is a command, and all of it fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from ssedrill.comparing.compare import compare
from ssedrill.model.baselined import Baselined, Standing
from ssedrill.model.clean_text import inert
from ssedrill.pytest_plugin.told import failure, story
from ssedrill.reporting.comparison import markdown
from ssedrill.reporting.formats import markdown as report_markdown
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.github.annotations import MOST, of_comparison, of_record
from ssedrill.reporting.github.step_summary import MOST_BYTES, fitted
from support.records import duplicated, file_of, passed, raised, restarted, truncated, untested
from support.workflow import commands_in

COMMANDS = ("::add-mask::one", "  ::set-output name=a::b", "##[add-path]/x", "x ##[stop-commands]mine", "\t::error::")
OURS = {"error", "warning", "notice"}
LONG = " ".join(f"{'word ' * n}::add-mask::{n}" for n in range(9))
FORGING = f"{LONG} ##[add-mask]x 100%0A::add-mask::y, :: \r::add-mask::z\n::stop-commands::mine\n##vso[task.x]"


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_made_text(text):
    """At the beginning of a line, behind white space, behind a carriage return, and in the old form anywhere."""
    for line in (text, f"before\n{text}\nafter", f"before\r{text}"):
        assert commands_in(line)
        assert commands_in(inert(line)) == []
        assert inert(line).replace("\\", "") == line
    for plain in ("a::b", "std::vector<int>", "## [a](b)", "# ##", "x :: y"):
        assert inert(plain) == plain


def invoked(*words, **environment):
    """Run a command; return what a job's log would have."""
    done = CliRunner().invoke(cli, words, env=environment)
    assert done.exit_code in (0, 1), done.output
    return done.output


def test_a_client_gives_no_commands(tmp_path, monkeypatch):
    """However its words are wrapped; and without what keeps them text, they would be commands."""
    record, old, summary = tmp_path / "record.json", tmp_path / "old.json", tmp_path / "summary"
    bad = raised(FORGING, client=f"c {FORGING}"[:300], printed=FORGING)
    to_json.write(file_of(bad, raised(FORGING, "healthy"), restarted()), record)
    to_json.write(file_of(passed("healthy", "loud")), old)
    told = []
    for words in (("report", str(record), "-v"), ("compare", str(old), str(record))):
        for width in (40, 57, 80, 100):
            log = invoked(*words, "--annotate", "github", COLUMNS=str(width), GITHUB_STEP_SUMMARY=str(summary))
            assert {one.name for one in commands_in(log)} <= OURS
            assert all(one.properties["title"].startswith("ssedrill: ") for one in commands_in(log))
            assert all(one.properties.keys() == {"title"} for one in commands_in(log))
            told.append(log)
    [first, *_] = commands_in(told[0])
    assert r"100%0A\::add-mask::y, ::" in first.data.replace(r"A::", r"A\::")  # said as it was, in one piece
    assert "again: ssedrill run error-first" in first.data
    assert summary.read_text("utf-8").count("## ssedrill") == 8
    assert commands_in(f"{failure(bad)}\n{story(bad)}") == []
    monkeypatch.setattr("ssedrill.cli.console.inert", lambda text: text)
    forged = {one.name for one in commands_in(invoked("report", str(record), "-v", COLUMNS="57"))}
    assert {"add-mask"} <= forged


def test_an_annotation_for_each_drill_the_worst_first():
    """Errors for what failed, proves nothing or is stale, warnings for SHOULDs, nothing for what is known."""
    known = duplicated(client="known")
    file = file_of(untested(), duplicated(), passed(), restarted("slow"), duplicated("slow"), known)
    entry = Baselined(Standing.KNOWN, known.scenario, "known", known.dialect, "duplicated", "it is old")
    stale = replace(entry, standing=Standing.STALE, client="good")
    file.baseline = [entry, stale]
    found = commands_in("\n".join(of_record(replace(file, planned=99))))
    assert [one.name for one in found] == ["error"] * 5 + ["warning"]
    titles = [one.properties["title"].removeprefix("ssedrill: ").partition(":")[0] for one in found]
    assert titles == ["interrupted", "reset-mid-stream", "slow", "stall", "the baseline", "slow"]
    assert "duplicated: showed 12 tokens twice" in found[1].data
    assert "SHOULD recovery: expected <= 500 ms, got 0.505 s" in found[-1].data
    assert "known" not in {word for one in found for word in one.properties["title"].split()}
    assert of_record(file_of(passed())) == []


def test_no_more_annotations_than_are_shown():
    """The last of a kind says how many are left out."""
    run = duplicated()
    runs = [replace(run, scenario=f"s{n}") for n in range(30)]
    found = commands_in("\n".join(of_record(file_of(*runs, restarted()))))
    assert [one.name for one in found] == ["error"] * MOST + ["warning"]
    assert found[MOST - 1].properties["title"] == "ssedrill: … and 21 more"
    assert len(of_record(file_of(*runs[:MOST]))) == MOST


def test_only_what_is_new_is_told():
    """What failed before and fails alike is counted; each other drill is told once."""
    old = file_of(passed("a"), truncated("b"), duplicated("c"), duplicated("d"), passed("e"))
    new = file_of(truncated("a"), passed("b"), truncated("c"), duplicated("d"), passed("e"), untested("f"))
    old.runs, new.runs = ([replace(run, client="app") for run in file.runs] for file in (old, new))
    comparison = compare(old, new)
    found = commands_in("\n".join(of_comparison(comparison)))
    told = [(one.name, one.properties["title"].split(": ", 2)[1:]) for one in found]
    assert told == [
        ("error", ["broken", "a: app (openai-chat)"]),
        ("error", ["new", "f: app (openai-chat)"]),
        ("warning", ["fails differently", "c: app (openai-chat)"]),
        ("notice", ["fixed", "b: app (openai-chat)"]),
    ]
    new.baseline = [Baselined(Standing.KNOWN, "f", "app", "openai-chat", "not-tested", "it is old")]
    assert len(of_comparison(compare(old, new))) == len(found) - 1
    text = markdown.only_new(comparison)
    assert "1 drill went wrong as before." in text
    assert [drill for drill in "abcdef" if f"**{drill}: app" in text] == ["a", "b", "c", "f"]
    assert "Nothing has changed." in markdown.only_new(compare(old, old))
    assert of_comparison(compare(old, old)) == []


def test_a_summary_fits(tmp_path):
    """GitHub shows nothing of a step's summary that is too long, whatever is in the file before."""
    line = "| ü | ✓ |\n"
    text = line * (MOST_BYTES // len(line.encode()))
    assert fitted(text) == text
    for there in (0, 1000, MOST_BYTES - 300, MOST_BYTES - 100, MOST_BYTES, 3 * MOST_BYTES):
        cut = fitted(text * 2, there)
        assert len(cut.encode()) <= max(0, MOST_BYTES - there)
        assert "lines are left out" in cut or there > MOST_BYTES - 200
    assert fitted(text * 2).count(line) > 80_000
    path, summary = tmp_path / "record.json", tmp_path / "summary"
    to_json.write(file_of(duplicated()), path)
    summary.write_text("x" * (MOST_BYTES - 400))
    invoked("report", str(path), "--annotate", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert MOST_BYTES - 400 < summary.stat().st_size <= MOST_BYTES
    assert "lines are left out" in summary.read_text()[-100:]


def test_a_matrix_fits_into_a_comment():
    """Thousands of scenarios are cut, and counted."""
    run = duplicated()
    text = report_markdown.to_text(file_of(*(replace(run, scenario=f"scenario-{n}") for n in range(3000))))
    assert len(text) < 65_000
    assert "more scenarios." in text
    assert "more: see the other report formats" in text


def test_a_summary_that_can_not_be_written(tmp_path):
    """It is an error that names the file, and all else is there."""
    path = tmp_path / "record.json"
    to_json.write(file_of(passed()), path)
    summary = tmp_path / "none" / "x"
    environment = {"GITHUB_STEP_SUMMARY": str(summary)}
    done = CliRunner().invoke(cli, ["report", str(path), "--annotate", "github"], env=environment)
    assert done.exit_code == 2
    assert f"can't write {summary}, which GITHUB_STEP_SUMMARY names: No such file or directory" in done.stderr
    assert "1 cell: 1 passed" in done.stdout
