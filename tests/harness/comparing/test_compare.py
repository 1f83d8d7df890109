"""What has become of each drill from one record to another, and which of that is a regression."""

import json
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from ssedrill.comparing.compare import Change, compare
from ssedrill.comparing.measures import Finding
from ssedrill.model.numbers import Recovery
from ssedrill.model.record import Check, Outcome, RecordFile, Repeats, Severity, Status, Verdict
from ssedrill.reporting.formats import to_json
from support.records import changed, duplicated, file_of, passed, raised, restarted, truncated, unsupported, untested

EVIL = "<script>alert(1)</script>\x1b[31m |x| @all"
S, C = "s", "c"
WARNED = restarted(S, C)


@pytest.mark.parametrize(
    ("old", "new", "change", "red"),
    [
        (passed(S, C), passed(S, C), Change.SAME, False),
        (passed(S, C), truncated(S, C), Change.BROKEN, True),
        (WARNED, duplicated(S, C), Change.BROKEN, True),
        (passed(S, C), untested(S, C), Change.BROKEN, True),
        (passed(S, C), unsupported(S, C), Change.BROKEN, True),
        (truncated(S, C), passed(S, C), Change.FIXED, False),
        (untested(S, C), WARNED, Change.FIXED, False),
        (passed(S, C), WARNED, Change.PASSES_DIFFERENTLY, False),
        (duplicated(S, C), truncated(S, C), Change.FAILS_DIFFERENTLY, False),
        (truncated(S, C), duplicated(S, C), Change.FAILS_DIFFERENTLY, True),
        (duplicated(S, C), untested(S, C), Change.FAILS_DIFFERENTLY, True),
        (raised("x", S, C), raised("y", S, C), Change.SAME, False),
        (None, truncated(S, C), Change.NEW, False),
        (passed(S, C), None, Change.GONE, False),
    ],
)
def test_what_has_become_of_a_drill(old, new, change, red):
    """A pass is only what is tested and breaks no MUST; a failure that got worse is a regression too."""
    (one,) = compare(file_of(*[old] * bool(old)), file_of(*[new] * bool(new))).drills
    assert (one.change, one.regression) == (change, red)


def test_another_broken_check_is_another_failure():
    """With the same outcome; no worse an outcome is no regression."""
    other = [Check("requests", Severity.MUST, Status.BROKEN, "<= 2", "9")]
    (one,) = compare(file_of(duplicated(S, C)), file_of(replace(duplicated(S, C), checks=other))).drills
    assert (one.change, one.regression) == (Change.FAILS_DIFFERENTLY, False)


def test_the_worst_repeat_speaks_and_flakiness_is_said():
    """A failure is one however rare; what only all repeats say together counts as well."""
    old = file_of(*(passed(S, C, repeat=i, seed=i) for i in range(5)))
    new = file_of(*(passed(S, C, repeat=i, seed=i) for i in range(4)), truncated(S, C, repeat=4, seed=4))
    (one,) = compare(old, new).drills
    assert one.change is Change.BROKEN
    assert one.remarks[-1] == "flaky now: 4 of 5 runs passed (1 truncated-silently, 4 clean)"
    jitter = Check("jitter", Severity.MUST, Status.BROKEN, ">= 10 ms", "0 s")
    together = RecordFile({}, old.runs, repeats=[Repeats(S, C, "openai-chat", 5, [jitter])])
    (one,) = compare(old, together).drills
    assert (one.change, one.new.broken) == (Change.BROKEN, ("jitter",))


def of(run, name):
    """Return what was found of a measure."""
    return next(one for one in run.measures if one.name == name)


def test_virtual_time_compares_exactly():
    """Equal to the last digit or not, with the same seeds; a measure that is there no more differs."""
    slow = changed(WARNED, recovery=replace(WARNED.numbers.recovery, total_s=0.565001))
    (one,) = compare(file_of(WARNED), file_of(slow)).drills
    assert one.change is Change.SAME
    assert [(m.name, m.worse) for m in one.measures_with(Finding.DIFFERENT)] == [("recovery_total_s", True)]
    assert not one.regression
    assert compare(file_of(WARNED), file_of(slow), strict=True).regressions == [one]
    assert compare(file_of(slow), file_of(WARNED), strict=True).regressions == []
    (one,) = compare(file_of(WARNED), file_of(changed(WARNED, recovery=Recovery()))).drills
    assert of(one, "recovery_total_s").finding is Finding.DIFFERENT
    (one,) = compare(file_of(WARNED), file_of(replace(slow, seed=9))).drills
    assert of(one, "recovery_total_s").finding is Finding.NOT_COMPARED
    assert "with other seeds" in one.remarks[0]


def real(mean, count, seed):
    """Return repeats on the real clock whose recoveries lie around a mean."""
    chance = random.Random(seed)
    totals = [round(chance.gauss(mean, 0.05), 6) for _ in range(count)]
    return file_of(
        *(
            replace(
                changed(WARNED, recovery=replace(WARNED.numbers.recovery, total_s=t)), clock="real", seed=i, repeat=i
            )
            for i, t in enumerate(totals)
        )
    )


def test_the_real_clock_never_compares_one_run():
    """Nor four; of five it tells a difference that is there from one that is not, and from one that is too small."""
    for count in (1, 4):
        (one,) = compare(real(1.0, count, 1), real(2.0, count, 2)).drills
        found = of(one, "recovery_total_s")
        assert found.finding is Finding.NOT_COMPARED
        assert found.why.endswith("take --repeat 5 or more")
        assert not compare(real(1.0, count, 1), real(2.0, count, 2), strict=True).regressions
    (one,) = compare(real(1.0, 5, 1), real(2.0, 5, 2)).drills
    assert of(one, "recovery_total_s").finding is Finding.DIFFERENT
    assert of(one, "recovery_total_s").p < 0.01
    assert compare(real(1.0, 5, 1), real(2.0, 5, 2), strict=True).regressions
    (one,) = compare(real(1.0, 5, 1), real(1.0, 5, 3)).drills
    assert of(one, "recovery_total_s").finding is Finding.NO_DIFFERENCE
    (one,) = compare(real(1.0, 40, 1), real(1.06, 40, 2)).drills
    assert of(one, "recovery_total_s").finding is Finding.NO_DIFFERENCE
    virtual = file_of(*(replace(run, clock="virtual") for run in real(1.0, 5, 1).runs))
    (one,) = compare(virtual, real(1.0, 5, 1)).drills
    assert "on other clocks: virtual, then real" in one.remarks
    assert {measure.finding for measure in one.measures} == {Finding.NOT_COMPARED}


def test_what_got_worse_in_few_runs_got_worse():
    """A median does not move by what happens in the lesser half of the runs, nor do fewer passes pass for better."""

    def wasteful(*tokens, clock="virtual"):
        runs = [passed(S, C, repeat=i, seed=i) for i in range(len(tokens))]
        counted = [replace(run.numbers, wasted_tokens=n) for run, n in zip(runs, tokens, strict=True)]
        return file_of(*(replace(run, clock=clock, numbers=n) for run, n in zip(runs, counted, strict=True)))

    for old, new, clock in (([0] * 5, [0] * 4 + [40], "virtual"), ([0] * 20, [0] * 11 + [40] * 9, "real")):
        worse, better = wasteful(*new, clock=clock), wasteful(*old, clock=clock)
        assert compare(better, worse, strict=True).regressions
        assert not compare(worse, better, strict=True).regressions
    flaky, hopeless = (
        file_of(*(replace((truncated if i < count else passed)(S, C, repeat=i), clock="real") for i in range(20)))
        for count in (1, 20)
    )
    (one,) = compare(flaky, hopeless).drills
    assert (one.change, one.regression, of(one, "passed").worse) == (Change.SAME, False, True)
    assert not of(compare(hopeless, flaky).drills[0], "passed").worse


def test_a_changed_scenario_is_said():
    """What a drill was judged by must be the same, or one compares scenarios."""
    laxer = [replace(check, expected="anything") for check in duplicated(S, C).checks]
    (one,) = compare(file_of(duplicated(S, C)), file_of(replace(duplicated(S, C), checks=laxer))).drills
    assert one.remarks == ("judged by other expectations: the scenario was changed",)
    more = [Check("requests", Severity.MUST, Status.BROKEN, "<= 2", "9"), *passed(S, C).checks]
    stricter = replace(passed(S, C), checks=more, verdict=Verdict.FAIL)
    for old, new in ((stricter, passed(S, C)), (passed(S, C), stricter)):
        (one,) = compare(file_of(old), file_of(new)).drills
        assert one.remarks == ("judged by other expectations: the scenario was changed",)
    key = Check("credentials", Severity.MUST, Status.OK, "the key goes nowhere else", "kept")  # asked of who has one
    keyed = replace(passed(S, C), checks=[key, *passed(S, C).checks])
    assert not compare(file_of(keyed), file_of(passed(S, C))).drills[0].remarks


@pytest.fixture
def records(tmp_path):
    """Write two records, with one drill for each change, and things that no report may print as they are."""
    old = file_of(
        passed("a", C),
        truncated("b", C),
        duplicated("d", C),
        passed("e", C),
        passed("gone", C),
        passed("same", "then"),
    )
    new = file_of(
        changed(truncated("a", C), summary=EVIL),
        passed("b", C),
        truncated("d", C),
        restarted("e", C),
        raised(EVIL, EVIL, C),
        passed("same", "now"),
    )
    old.versions["client c"], new.versions["client c"] = "1.0", "2.0"
    to_json.write(old, tmp_path / "old.json")
    to_json.write(new, tmp_path / "new.json")
    return tmp_path


def ssedrill(*words):
    """Run a command in this process."""
    return CliRunner().invoke(cli, list(map(str, words)))


def test_the_command_tells_it_in_every_format(records):
    """Terminal, Markdown, HTML and JSON say the same; nothing that a client printed is obeyed."""
    done = ssedrill("compare", records / "old.json", records / "new.json", "--report", records / "out")
    assert done.exit_code == 1
    found = json.loads((records / "out" / "comparison.json").read_text("utf-8"))
    assert found["regressions"] == 1
    counts = {
        "broken": 1,
        "fails differently": 1,
        "fixed": 1,
        "passes differently": 1,
        "new": 2,
        "gone": 2,
        "same": 0,
    }
    assert found["counts"] == counts
    (broken,) = (one for one in found["drills"] if one["change"] == "broken")
    assert (broken["scenario"], broken["regression"], broken["old"]["outcome"]) == ("a", True, "clean")
    assert {one["name"]: (one["old"]["middle"], one["new"]["middle"]) for one in broken["measures"]}["lost"] == (
        0,
        28,
    )
    page = (records / "out" / "comparison.html").read_text("utf-8")
    ET.fromstring(re.search(r"<main>.*</main>", page, re.DOTALL)[0])
    text = (records / "out" / "comparison.md").read_text("utf-8")
    for said in (done.output, page, text):
        for word in (
            "Broken (1)",
            "Fixed (1)",
            "Fails differently (1)",
            "Passes differently (1)",
            "New (2)",
            "Gone (2)",
        ):
            assert word in said
        assert "1.0 → 2.0" in said
        assert "\x1b" not in said
    assert "REGRESSION" in done.output
    assert "<script>" not in page + text
    assert "\\|x\\|" in text
    assert ssedrill("compare", records / "new.json", records / "new.json").exit_code == 0


def test_two_clients_of_one_record_and_what_is_wrong_with_a_name(records):
    """A client is compared with one of another name; a slip is told, as is a record that is none."""
    old, new = records / "old.json", records / "new.json"
    half = to_json.read(new)
    half.planned = len(half.runs) + 1
    to_json.write(half, records / "half.json")
    assert "The new record is not whole. Interrupted: 6 of 7 runs" in ssedrill(
        "compare", old, records / "half.json"
    ).output
    done = ssedrill("compare", old, new, "-c", "then=now", "--json", "-")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert [(one["client"], one["old"]["client"], one["change"]) for one in found["drills"]] == [
        ("now", "then", "same")
    ]
    for words, said in (
        ([old, "-c", "then=c"], "nothing was compared: no drill is in both records; name the record of the same"),
        ([old, new, "-c", "c", "-c", "c=now"], "--client c=now: c stands in c=c already: one at a time"),
        ([old, new, "-c", "then=now", "-c", "c=now"], "--client c=now: now stands in then=now already"),
        ([old], "name a second record, or two clients of this one"),
        ([old, new, "-c", "thn=now"], "the old record has no client 'thn'; did you mean then?"),
        ([old, new, "-c", "nobody"], "no client 'nobody'"),
        ([old, records / "none.json"], "can't be read"),
    ):
        done = ssedrill("compare", *words)
        assert done.exit_code == 2
        assert said in done.output


def test_nothing_is_compared_with_what_was_not_run():
    """An outcome that both have not is no outcome: not tested stays what it is, however often."""
    (one,) = compare(file_of(untested(S, C)), file_of(untested(S, C))).drills
    assert (one.change, one.new.verdict, one.new.outcome) == (Change.SAME, Verdict.NOT_TESTED, Outcome.NOT_TESTED)
