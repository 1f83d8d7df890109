"""junit.xml as others read it: two libraries that know nothing of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from junit2htmlreport.parser import Junit
from junitparser import Error, Failure, JUnitXml, Properties, Skipped

from ssedrill.model.baselined import Baselined, Standing
from ssedrill.reporting.formats import junit
from support.pages import EVIL
from support.records import duplicated, file_of, many, passed, raised, restarted, unsupported, untested


@pytest.fixture(scope="module")
def text():
    """Return the XML of a record with everything that there can be, hostile words included."""
    runs = [
        passed(repeat=0, wall_s=0.25),
        passed(repeat=1, wall_s=0.5),
        passed(dialect="eventsource"),
        raised(EVIL, EVIL, EVIL, wall_s=2.0),
        untested(),
        unsupported(),
        restarted(),
        duplicated(client="known"),
    ]
    file = file_of(*runs)
    known = runs[-1]
    entry = Baselined(Standing.KNOWN, known.scenario, "known", known.dialect, "duplicated", f"{EVIL}]]>")
    file.baseline = [entry, replace(entry, standing=Standing.STALE, client=EVIL)]
    return junit.to_text(replace(file, planned=20))


def test_the_counts_are_those_of_the_cases(text):
    """What is counted at the top, of each suite, and by who reads every case are the same."""
    xml = JUnitXml.fromstring(text.encode())
    cases = [case for suite in xml for case in suite]
    kinds = [{type(one) for one in case.result} for case in cases]
    counted = [len(cases), *(sum(kind in one for one in kinds) for kind in (Failure, Error, Skipped))]
    assert counted == [10, 3, 1, 2]
    assert [xml.tests, xml.failures, xml.errors, xml.skipped] == counted
    sums = [sum(getattr(suite, name) for suite in xml) for name in ("tests", "failures", "errors", "skipped")]
    assert sums == counted
    again = JUnitXml.fromstring(text.encode())
    again.update_statistics()
    assert [again.tests, again.failures, again.errors, again.skipped] == counted
    assert again.time == pytest.approx(xml.time)


def test_time_is_real_and_the_scenarios_time_a_property(text):
    """Repeats are added up in both."""
    xml = JUnitXml.fromstring(text.encode())
    case = next(case for suite in xml for case in suite if case.classname == "ssedrill.good.openai-chat")
    assert case.time == 0.75
    properties = {one.name: one.value for one in case.child(Properties)}
    elapsed = 2 * passed().numbers.elapsed_s
    assert properties == {"scenario_time_s": f"{elapsed:.3f}", "clock": passed().clock, "seed": "0"}
    assert elapsed != case.time
    assert xml.time == pytest.approx(sum(case.time or 0 for suite in xml for case in suite))


def test_another_reader_sees_the_same(text):
    """It draws a page of it, in which what clients said is text."""
    report = Junit(xmlstring=text)
    cases = [case for suite in report.suites for found in suite.classes.values() for case in found.cases]
    assert len(cases) == 10
    assert sum(case.failed() for case in cases) == 4  # an error is a failure to it
    assert sum(bool(case.skipped) for case in cases) == 2
    assert sum(case.duration for case in cases) == pytest.approx(2.75 + 5 * passed().wall_s)
    [said] = {case.failure_msg for case in cases if case.failed() and "raised APIError" in str(case.failure_msg)}
    assert "<img src=x onerror=alert(1)>" in said
    assert "\\x1b[31m\\x00" in said
    assert "<img" not in report.html()
    assert len(Junit(xmlstring=junit.to_text(many())).suites) == len({run.client for run in many().runs})
