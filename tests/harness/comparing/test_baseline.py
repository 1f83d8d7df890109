"""A baseline in CI, as a user sets it up; and every way in which an entry can stand to a run."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from ssedrill.comparing.baseline.entry import Baseline, Entry, read_baseline
from ssedrill.comparing.baseline.judge import judge_entries, with_baseline
from ssedrill.comparing.baseline.write import rewritten
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import Check, Outcome, Severity, Status
from ssedrill.reporting.formats import html, junit, markdown, to_json
from ssedrill.reporting.merging import merged
from ssedrill.reporting.store.files import NotWritable
from support.records import changed, duplicated, file_of, passed, raised, truncated, unsupported, untested

CLIENT = """
import json
import httpx

MOST, CHECKS_END = {most}, {checks_end}

async def stream(target):
    ended = False
    async with httpx.AsyncClient(timeout=target.patience_s) as http:
        for _ in range(MOST):
            async with http.stream("GET", target.url) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {{") and "text" in (data := json.loads(line[6:])):
                        yield data["text"]
                    ended = ended or line == "event: end"
            if ended:
                break
    if CHECKS_END and not ended:
        raise EOFError("the end is missing")
"""
SCENARIO = """
name = "cut-in-our-gateway"
about = "The body ends properly after 12 of 40 tokens."
dialects = ["eventsource"]
[[attempt]]
faults = [{ clean_end = { after_token = 12 } }]
[must]
outcome = ["recovered", "failed-loudly"]
requests = "<= 1"
"""
CI = ["run", "drills", "healthy", "-c", "app=app.py:stream", "--dialect", "eventsource"]


def ssedrill(*words):
    """Run a command in this process."""
    return CliRunner().invoke(cli, list(map(str, words)))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a user's project: a client that takes any end for the end of its answer, and a scenario."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills" / "cut-in-our-gateway.toml").write_text(SCENARIO, "utf-8")
    app(1, False)
    return tmp_path


def app(most: int, checks_end: bool) -> None:
    """Write the user's client: so many attempts, and whether it looks for the end."""
    Path("app.py").write_text(CLIENT.format(most=most, checks_end=checks_end), "utf-8")


def test_a_ci_as_a_user_sets_it_up(project):
    """Write the baseline; green; a worse client is red; a fixed one too, it is stale; a renamed scenario is 2."""
    missing = ssedrill(*CI, "--baseline", "ssedrill-baseline.toml")
    assert missing.exit_code == 2
    command = "ssedrill run drills healthy --client app=app.py:stream --dialect eventsource"
    assert f"`{command} --write-baseline ssedrill-baseline.toml` writes one" in missing.output
    assert not Path("ssedrill-baseline.toml").exists()

    assert ssedrill(*CI).exit_code == 1
    written = ssedrill(*CI, "--write-baseline", "ssedrill-baseline.toml")
    assert written.exit_code == 0, written.output
    text = Path("ssedrill-baseline.toml").read_text("utf-8")
    assert 'file = "drills/cut-in-our-gateway.toml"' in text
    text = text.replace("not explained yet: told the app", "# no comment: it told the app")
    text = text.replace("[[known]]", "# Ours, until the gateway is mended.\n[[known]]  # first\n")
    Path("ssedrill-baseline.toml").write_text(text, "utf-8")

    judged = [*CI, "--baseline", "ssedrill-baseline.toml"]
    green = ssedrill(*judged, "--report", "out")
    assert green.exit_code == 0, green.output
    assert "= truncated-silently" in green.output
    assert "Known failures (1)" in green.output
    assert "# no comment: it told the application" in green.output
    assert "2 cells: 1 passed, 1 known" in green.output
    assert json.loads(Path("out/record.json").read_text("utf-8"))["baseline"][0]["standing"] == "known"
    assert ssedrill("report", "out/record.json").exit_code == 0
    assert Path("ssedrill-baseline.toml").read_text("utf-8") == text

    assert ssedrill(*judged, "--fail-fast", "--json", "fast.json").exit_code == 0
    assert len(to_json.read(Path("fast.json")).runs) == 2
    for part in ("1", "2"):
        assert ssedrill(*judged, "--shard", f"{part}/2", "--json", f"{part}.json").exit_code == 0
    assert ssedrill("merge", "1.json", "2.json", "--json", "merged.json").exit_code == 0
    assert to_json.read(Path("merged.json")).baseline == to_json.read(Path("out/record.json")).baseline
    assert ssedrill("report", "merged.json").exit_code == 0

    app(2, False)  # it asks twice, and shows everything twice
    worse = ssedrill(*judged)
    assert worse.exit_code == 1
    assert "it fails differently (1)" in worse.output
    assert "Ended with the first bad run" in ssedrill(*judged, "--fail-fast").output
    app(1, True)
    fixed = ssedrill(*judged)
    assert fixed.exit_code == 1
    assert "but stale (1)" in fixed.output
    assert ssedrill(*CI).exit_code == 0

    app(2, False)
    assert ssedrill(*CI, "--write-baseline", "ssedrill-baseline.toml").exit_code == 0
    again = Path("ssedrill-baseline.toml").read_text("utf-8")
    assert "# Ours, until the gateway is mended.\n[[known]]  # first\n" in again
    assert "# no comment: it told the application" in again
    app(1, True)
    assert ssedrill(*CI, "--write-baseline", "ssedrill-baseline.toml").exit_code == 0
    assert "[[known]]" not in Path("ssedrill-baseline.toml").read_text("utf-8")

    Path("ssedrill-baseline.toml").write_text(text, "utf-8")
    other = ssedrill("run", "healthy", *CI[3:], "--baseline", "ssedrill-baseline.toml")
    assert other.exit_code == 0, other.output
    assert "and not selected (1)" in other.output
    Path("drills/cut-in-our-gateway.toml").unlink()
    renamed = Path("drills/cut-in-the-gateway.toml")
    renamed.write_text(SCENARIO.replace("cut-in-our-gateway", "cut-in-the-gateway"), "utf-8")
    done = ssedrill(*judged)
    assert done.exit_code == 2
    assert "known[0].scenario: " in done.output
    assert "did you mean cut-in-the-gateway?" in done.output
    assert ssedrill(*judged, "--write-baseline", "x.toml").exit_code == 2


S, C, D = "s", "c", "openai-chat"
TODAY = date(2026, 11, 26)
BOTH = [
    Check("outcome", Severity.MUST, Status.BROKEN, "recovered", "truncated-silently"),
    Check("requests", Severity.MUST, Status.BROKEN, "<= 1", "3"),
]
TWO = changed(truncated(S, C), checks=BOTH)
CRASHED = changed(truncated(S, C), outcome=Outcome.CRASHED)


def entry(outcome=Outcome.TRUNCATED_SILENTLY, **more):
    """Return an entry for the one drill of these tests."""
    return Entry(**({"client": C, "scenario": S, "outcome": outcome, "reason": "so it is"} | more))


@pytest.mark.parametrize(
    ("runs", "entries", "standings", "wrong"),
    [
        ([truncated(S, C)], [entry()], "known", False),
        ([truncated(S, C)], [], "", True),
        ([truncated(S, C), passed(S, C)], [entry()], "known", False),
        ([CRASHED], [entry()], "fails differently", True),
        ([truncated(S, C), CRASHED], [entry()], "fails differently", True),
        ([truncated(S, C), CRASHED], [entry(), entry(Outcome.CRASHED)], "known, known", False),
        ([truncated(S, C)], [entry(), entry(Outcome.CRASHED)], "known, not seen", False),
        ([passed(S, C)], [entry()], "stale", True),
        ([unsupported(S, C)], [entry()], "fails differently", True),
        ([untested(S, C)], [entry()], "fails differently", True),
        ([truncated(S, C), untested(S, C)], [entry()], "fails differently", True),
        ([TWO], [entry()], "known", False),
        ([TWO], [entry(check="outcome")], "fails differently", True),
        ([TWO], [entry(check="outcome"), entry(check="requests")], "known, known", False),
        ([truncated(S, C)], [entry(check="outcome"), entry(check="requests")], "known, stale", True),
        ([truncated(S, C)], [entry(until=TODAY)], "known", False),
        ([truncated(S, C)], [entry(until=date(2026, 11, 25))], "expired", True),
        ([passed(S, C)], [entry(until=date(2026, 11, 25))], "stale", True),
        ([truncated(S, C)], [entry(scenario="else")], "not selected", True),
        ([truncated(S, C)], [entry(dialect="eventsource")], "not selected", True),
        ([truncated(S, C)], [entry(dialect=D)], "known", False),
        ([truncated(S, C)], [entry(clock="real")], "does not apply", True),
        ([truncated(S, C)], [entry(clock="virtual", versions={"client": "1.*", "python": "3*"})], "known", False),
        ([passed(S, C)], [entry(versions={"client": "2.*"})], "does not apply", False),
        ([truncated(S, C), passed(S, C, dialect="eventsource")], [entry()], "known, not seen", False),
    ],
)
def test_how_an_entry_stands(runs, entries, standings, wrong):
    """Exactly the failure that it names is known; everything else is red, but what was not to be judged."""
    file = file_of(*runs)
    file.versions["client c"] = "1.2"
    baseline = Baseline(Path("b.toml"), entries)
    judged = judge_entries(baseline, file, TODAY)
    assert ", ".join(one.standing for one in judged) == standings
    file.baseline = with_baseline(baseline, file, TODAY)
    assert file.went_wrong is wrong


NAMED = {"client": "openai", "scenario": "healthy", "outcome": "hung", "reason": "x"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": None}, "known[0]"),
        ({"reason": " "}, "reason must say why"),
        ({"outcome": "not-tested"}, "what was not tested is no known failure"),
        ({"outcome": "hang"}, "hung"),
        ({"scenario": "healty"}, 'known[0].scenario: there is no scenario "healty"; did you mean healthy?'),
        ({"client": "opnai"}, 'known[0].client: there is no client "opnai"; did you mean openai'),
        ({"check": "outcom"}, 'known[0].check: there is no check "outcom"; did you mean outcome?'),
        ({"dialect": "openai"}, "did you mean openai-chat?"),
        ({"clock": "reel"}, "did you mean real?"),
        ({"versions": {"pyhton": "3*"}}, "did you mean python?"),
        ({"until": "soon"}, "known[0].until"),
        ({"resaon": "x"}, 'unknown key "resaon"; did you mean reason?'),
        ({"file": "gone.toml", "scenario": "ours"}, 'there is no scenario "ours" in "gone.toml"; say where it is'),
    ],
)
def test_what_is_wrong_with_a_baseline_is_said(tmp_path, change, said):
    """With the file, the place and what would be right, before anything is run."""
    table = {name: value for name, value in (NAMED | change).items() if value is not None}
    lines = [f"{name} = {json.dumps(value).replace(': ', ' = ')}" for name, value in table.items()]
    file = tmp_path / "b.toml"
    file.write_text("\n".join(["[[known]]", *lines]), "utf-8")
    done = ssedrill("run", "healthy", "-c", "openai", "--baseline", file)
    assert done.exit_code == 2
    assert said in done.output
    assert "b.toml" in done.output


@pytest.mark.parametrize(
    "text",
    [
        "[[knwon]]\n",
        "known = 3\n",
        "known = [\n",
        "\xff",
        "[[known]]\nreason = nan\n",
        "[[known]]\nuntil = 10:00:00\nversions = { client = 2030-01-01 }\n",
        "known = [1, [2]]\n",
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path, text):
    """As any other file is that can't be read."""
    (tmp_path / "b.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadScenario, match=r"b\.toml"):
        read_baseline(tmp_path / "b.toml", missing="")


KEPT = '''# ours
# two lines

# Not selected: it stays, with its string.
[[known]]
client = "c"
scenario = "other"
outcome = "hung"
reason = """
[[known]]
is no header here"""

# Fixed.
[[known]]
client = "c"
scenario = "fixed"
outcome = "hung"
reason = "x"

# Differently now; its reason stays.
[[known]]
client = "c" # who
scenario = "s"
outcome = "hung"   # how
check = "outcome"
reason = "because"
until = 2030-01-01
# the end'''


def test_only_what_has_changed_is_written(tmp_path):
    """Comments stand where they stood, and go with the entry that they were written for."""
    path = tmp_path / "b.toml"
    path.write_text(KEPT, "utf-8")
    file = file_of(truncated(S, C), passed("fixed", C), duplicated("new", C), untested("u", C))
    new = rewritten(read_baseline(path, missing=""), file, {"new": str(tmp_path / "drills" / "new.toml")}, TODAY)
    assert (new.kept, new.changed, new.added, new.removed) == (1, 1, 1, 1)
    before, _, rest = KEPT.partition("# Fixed.")
    assert new.text.startswith(before)
    kept = rest[rest.index("# Differently") :].replace('"hung"   # how', '"truncated-silently"   # how')
    assert new.text[len(before) :].startswith(kept + "\n")
    assert 'file = "drills/new.toml"' in new.text
    path.write_text(new.text, "utf-8")
    again = rewritten(read_baseline(path, missing=""), file, {}, TODAY)
    assert (again.text, again.changed + again.added + again.removed) == (new.text, 0)


ONE = '[[known]]\nclient = "c"\nscenario = "{}"\noutcome = "{}"\nreason = "r"\n'
HUNG = changed(truncated(S, C), outcome=Outcome.HUNG)


def written(path, text, *runs):
    """Write a baseline anew for these runs; return what was done to it, and whether they are green by it."""
    path.write_bytes(text.encode())
    file = file_of(*runs)
    new = rewritten(read_baseline(path, missing=""), file, {}, TODAY)
    path.write_bytes(new.text.encode())
    file.baseline = with_baseline(read_baseline(path, missing=""), file, TODAY)
    return new, not file.went_wrong


def test_an_entry_of_every_dialect_is_changed_for_one(tmp_path):
    """What is right in one dialect stays, and what was changed for one is not taken away for another."""
    crashed, other = CRASHED, replace(HUNG, dialect="eventsource")
    new, green = written(tmp_path / "b.toml", ONE.format(S, "truncated-silently"), crashed, other)
    assert (green, new.changed, new.added, new.removed) == (True, 1, 1, 0)
    of_one = ONE.format(S, "hung") + 'dialect = "eventsource"\n'
    new, green = written(tmp_path / "b.toml", ONE.format(S, "truncated-silently") + of_one, crashed, other)
    assert (green, new.removed) == (True, 0)
    worse = replace(changed(truncated(S, C, repeat=1), outcome=Outcome.CRASHED), dialect="eventsource")
    new, green = written(tmp_path / "b.toml", ONE.format(S, "hung"), crashed, other, worse)
    assert (green, new.kept, new.added) == (True, 1, 2)


def test_nothing_that_people_wrote_is_lost_with_an_entry(tmp_path):
    """What stands below it with an empty line between is not its own; line ends are as they were."""
    fixed, known = ONE.format("fixed", "hung"), ONE.format(S, "truncated-silently")
    text = f"# head\n\n# gone\n{fixed}# its own\n\n# Part two\n\n# kept\n{known}\n{fixed}\n# the end\n"
    runs = (passed("fixed", C), truncated(S, C))
    for newline in ("\n", "\r\n"):
        new, green = written(tmp_path / "b.toml", text.replace("\n", newline), *runs)
        assert green
        assert new.text == f"# head\n\n\n# Part two\n\n# kept\n{known}\n\n# the end\n".replace("\n", newline)
        more, green = written(tmp_path / "b.toml", new.text, *runs, duplicated("new", C))
        assert green
        assert more.text.startswith(new.text)
        assert newline == "\n" or not re.search(r"(?<!\r)\n", more.text)
    tricky = fixed.replace('"r"', '"""\n\n# no comment"""')
    assert written(tmp_path / "b.toml", f"\ufeff# head\n\n{tricky}", *runs[:1])[0].text.strip() == "# head"


def test_a_baseline_that_can_not_be_written_costs_no_run(tmp_path, monkeypatch):
    """How it is written is looked at before anything is run; if there is no room for it, the record is there."""
    monkeypatch.chdir(tmp_path)
    Path("b.toml").write_text('known = [{client = "c", scenario = "s", outcome = "hung", reason = "x"}]', "utf-8")
    words = ("run", "healthy", "-c", "reference", "--dialect", "eventsource", "--json", "r.json")
    assert ssedrill(*words, "--write-baseline", "b.toml").exit_code == 2
    assert "a baseline is a file" in ssedrill(*words, "--write-baseline", "-").output
    assert not Path("r.json").exists()
    monkeypatch.setattr("ssedrill.cli.baseline.write_text", full)
    done = ssedrill(*words, "--write-baseline", "c.toml")
    assert (done.exit_code, "no room" in done.output) == (2, True)
    assert to_json.read(Path("r.json")).runs


def full(path, text):
    """Find no room."""
    raise NotWritable("no room")


def test_shards_know_but_their_own_part():
    """An entry that is right in one shard is not stale in another; entries with the same words stay two."""
    same = {"reason": "known since May"}
    entries = [entry(), entry(dialect="eventsource", **same), entry(dialect="anthropic-messages", **same)]
    runs = [truncated(S, C), passed(S, C, dialect="eventsource")]
    parts, whole = [file_of(run) for run in runs], file_of(*runs)
    for number, part in enumerate(parts, start=1):
        part.meta = {"shard": {"number": number, "count": 2, "plan": "p"}}
    for file in (*parts, whole):
        file.baseline = with_baseline(Baseline(Path("b.toml"), entries), file, TODAY)
    together = merged({Path(str(at)): part for at, part in enumerate(parts)})
    assert together.baseline == whole.baseline
    assert [one.standing.value for one in whole.baseline] == ["known", "not seen", "stale", "not selected"]


@pytest.mark.parametrize(
    ("other", "code"), [(truncated(S, C), 1), (CRASHED, 1), (passed(S, C), 0), (truncated(S, "b"), 1)]
)
def test_what_is_known_in_one_record_is_not_known_in_another(tmp_path, other, code):
    """A report of several goes by what each was judged by."""
    known = file_of(truncated(S, C))
    known.baseline = with_baseline(Baseline(Path("b.toml"), [entry()]), known, TODAY)
    for name, file in (("known.json", known), ("other.json", file_of(other))):
        to_json.write(file, tmp_path / name)
    assert ssedrill("report", tmp_path / "known.json").exit_code == 0
    assert ssedrill("report", tmp_path / "known.json", tmp_path / "other.json").exit_code == code
    assert ssedrill("report", tmp_path / "known.json", tmp_path / "known.json").exit_code == 0


def test_what_can_not_be_kept_is_refused(tmp_path):
    """Entries that are written in another way are read, but not written anew."""
    path = tmp_path / "b.toml"
    path.write_text('known = [{client = "c", scenario = "s", outcome = "hung", reason = "x"}]', "utf-8")
    found = read_baseline(path, missing="")
    assert len(found.entries) == 1
    with pytest.raises(BadScenario, match=r"begin each entry with \[\[known\]\]"):
        rewritten(found, file_of(), {}, TODAY)


def test_reports_tell_known_failures_apart():
    """JUnit skips them, and fails for an entry that is red; pages and Markdown say why each is accepted."""
    evil = "<b>why</b> | @all"
    file = file_of(truncated(S, C), passed("fixed", C), raised("boom", "loud", C))
    entries = [entry(reason=evil), entry(scenario="fixed")]
    file.baseline = with_baseline(Baseline(Path("b"), entries), file, TODAY)
    assert to_json.from_text(to_json.to_text(file)) == file
    suites = ET.fromstring(junit.to_text(file).partition("\n")[2])
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("5", "2", "1")
    assert evil in suites.find(".//skipped").get("message")
    page, text = html.to_text(file), markdown.to_text(file)
    assert "<b>why" not in page + text
    for said in (page, text):
        assert "Known failures (1)" in said
        assert "In the baseline, but stale (1)" in said
        assert "1 entry of the baseline does not hold" in said
    assert "1 failed" in text.splitlines()[2]
    assert "1 known" in text.splitlines()[2]
