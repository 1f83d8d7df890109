"""Scenario files become scenarios: the shipped ones, a user's, and every way to write a duration or a bound."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.dialects import DIALECTS
from ssedrill.loading.builtin import builtin_folder
from ssedrill.loading.calls import variants
from ssedrill.loading.choose import find
from ssedrill.loading.durations import LONGEST_S, UNITS, format_duration, parse_comparison, parse_duration
from ssedrill.loading.glance import glances
from ssedrill.loading.load import builtin_scenarios, load_file, load_text
from ssedrill.loading.problems import BadScenario, Wrong
from ssedrill.model.record import Outcome, Severity
from ssedrill.model.scenario import Comparison, Expectation
from ssedrill.planning.compile import trial
from ssedrill_faults.wire.reset import ResetFault
from support.hostile_scenarios import GOOD

BUILTIN = builtin_scenarios()

PROMISED = [
    "healthy",
    "reset-mid-stream",
    "reset-mid-stream-close",
    "reset-before-headers",
    "fin-mid-stream",
    "fin-mid-stream-close",
    "fin-inside-chunk-size",
    "clean-end-without-terminal",
    "terminal-missing-but-complete",
    "done-then-linger",
    "stall-mid-stream",
    "keepalive-only",
    "bytes-one-at-a-time",
    "utf8-split",
    "crlf-split",
    "coalesced",
    "malformed-json-once",
    "two-objects-in-one-data",
    "error-event-mid-stream",
    "error-event-first",
    "rate-limited-retry-after-seconds",
    "rate-limited-retry-after-date",
    "rate-limited-without-retry-after",
    "overloaded-529-twice",
    "unauthorized-401",
    "connection-refused-then-up",
    "two-drops-then-healthy",
]

FAMILIES = {"tcp", "http", "framing", "protocol", "timing", "limits", "doors", "resume", "waiting", "calls"}
DISHONEST = {
    Outcome.TRUNCATED_SILENTLY,
    Outcome.SPLICED,
    Outcome.CORRUPTED,
    Outcome.HUNG,
    Outcome.LOOPING,
    Outcome.CRASHED,
    Outcome.FAILED_DIRTY,
}


def attempt(read):
    """Return what is read, or the refusal; any other exception is a failure of the test."""
    try:
        return read()
    except Wrong as wrong:
        return wrong


def test_the_promised_scenarios_are_there():
    """No scenario that the project promises is missing from the catalogue."""
    assert set(PROMISED) <= {scenario.name for scenario in BUILTIN}


def test_every_shipped_file_is_a_scenario():
    """The catalogue has as many scenarios as there are files, none under the name of another."""
    files = list(builtin_folder().rglob("*.toml"))
    assert sorted(file.stem for file in files) == sorted({scenario.name for scenario in BUILTIN})


@pytest.mark.parametrize("scenario", BUILTIN, ids=lambda scenario: scenario.name)
class TestBuiltin:
    """What holds for each built-in scenario."""

    def test_explains_itself(self, scenario):
        """It says what happens on the wire, and why its expectations are what they are."""
        assert len(scenario.about) > 30
        assert len(scenario.why) > 100
        assert scenario.family in FAMILIES

    def test_compiles_in_each_dialect(self, scenario):
        """Its faults can be applied in each dialect that it names."""
        assert scenario.dialects
        assert set(scenario.dialects) <= set(DIALECTS)
        for one in variants(scenario):
            trial(one.scenario)

    def test_expects_nothing_dishonest(self, scenario):
        """No sin is among the outcomes that it allows, and what it wishes for is among them."""
        for one in variants(scenario):
            bounds = {e.severity: e.bound for e in one.scenario.expectations if e.key == "outcome"}
            assert bounds[Severity.MUST]
            assert not set(bounds[Severity.MUST]) & DISHONEST
            assert set(bounds.get(Severity.SHOULD, ())) <= set(bounds[Severity.MUST])

    def test_costs_little(self, scenario):
        """A good client is done in a few seconds and one that hangs is stopped soon, unless waiting is the point."""
        if scenario.family in ("waiting", "calls"):
            pytest.skip("it costs nothing where it is run: on the virtual clock")
        assert scenario.stream.tokens * scenario.stream.every_s <= 1
        assert scenario.patience_s <= 4
        assert scenario.deadline_s <= 20


def test_twins_differ_in_persistence_alone():
    """A scenario and its `-close` twin are the same but for the Connection header."""
    by_name = {scenario.name: scenario for scenario in BUILTIN}
    for name in ("reset-mid-stream", "fin-mid-stream"):
        plain, close = by_name[name], by_name[f"{name}-close"]
        assert plain.attempts == close.attempts
        assert plain.expectations == close.expectations
        assert (plain.stream.persistence, close.stream.persistence) == ("keep-alive", "close")


def test_every_key_arrives():
    """All that a file says is in the scenario."""
    scenario = load_text(GOOD, "victim.toml")
    assert (scenario.name, scenario.patience_s, scenario.deadline_s, scenario.max_requests) == ("victim", 2, 15, 10)
    assert scenario.seen_in == ("owner/repository#1",)
    assert scenario.dialects == ("eventsource", "openai-chat")
    assert load_text(GOOD.replace('["eventsource", "openai-chat"]', '"all"'), "victim.toml").dialects == tuple(
        DIALECTS
    )
    assert (scenario.stream.tokens, scenario.stream.every_s) == (40, 0.005)
    assert [attempt.faults for attempt in scenario.attempts] == [(ResetFault(after_token=12),), ()]
    assert scenario.expectations == (
        Expectation("outcome", Severity.MUST, (Outcome.RECOVERED, Outcome.FAILED_LOUDLY)),
        Expectation("requests", Severity.MUST, Comparison("<=", 4, "<= 4")),
        Expectation("recovery", Severity.SHOULD, Comparison("<=", 2, "<= 2 s")),
    )


def test_origins_are_as_browsers_send_them():
    """By default no page is let in; those that are named are, and a page without an origin of its own as "null"."""
    origins = ("http://localhost:5173", "https://app.example", "http://[::1]:80", "null")
    named = f"[server]\norigins = {list(origins)!r}\n[stream]"
    assert load_text(GOOD, "victim.toml").server.origins == ()
    assert load_text(GOOD.replace("[stream]", named), "victim.toml").server.origins == origins


def test_byte_order_mark_and_crlf(tmp_path):
    """A file that an editor on Windows has saved is read like any other."""
    file = tmp_path / "victim.toml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_file(file) == replace(load_text(GOOD), family=tmp_path.name)


def test_find_nothing_is_everything():
    """No argument means the whole catalogue."""
    assert find([]) == BUILTIN


OF_RETRY_AFTER = ("rate-limited-retry-after-date", "rate-limited-retry-after-seconds")


@pytest.mark.parametrize(
    ("arg", "chosen"),
    [
        ("tcp", lambda one: one.family == "tcp"),
        ("tcp/*", lambda one: one.family == "tcp"),
        ("tcp/reset-mid-stream", lambda one: one.name == "reset-mid-stream"),
        ("retry-after-*", lambda one: one.name.startswith("retry-after-")),
        ("*/rate-limited-?etry-after-[ds]*", lambda one: one.name in OF_RETRY_AFTER),
        ("basic", lambda one: "basic" in one.tags),
    ],
)
def test_find_by_family_pattern_and_tag(arg, chosen):
    """All built-in ones that are meant, and no others."""
    found = find([arg, "healthy"])
    assert len(found) > 1
    assert {one.name for one in found} == {one.name for one in BUILTIN if chosen(one)} | {"healthy"}


@pytest.mark.parametrize(
    ("arg", "said"),
    [
        ("reset-midstream", "did you mean reset-mid-stream"),
        ("limit", "did you mean limits"),
        ("basc", "did you mean basic"),
        ("nothing-like-it", "the families are calls, doors"),
        ("zz*", "no built-in scenario has such a name"),
    ],
)
def test_a_name_that_is_none_is_told_what_is_near(arg, said):
    """Names, families and tags; and it never lists a hundred names."""
    with pytest.raises(BadScenario, match=said) as bad:
        find([arg])
    assert len(str(bad.value)) < 400


def test_a_folder_comes_before_a_family(tmp_path, monkeypatch):
    """What lies here is nearer."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tcp").mkdir()
    mine = (builtin_folder() / "limits" / "unauthorized-401.toml").read_text()
    (tmp_path / "tcp" / "unauthorized-401.toml").write_text(mine)
    assert [one.name for one in find(["tcp"])] == ["unauthorized-401"]


def test_find_by_name_file_and_folder(tmp_path):
    """Built-in names, files and folders may be mixed; what is named twice comes once, in the order of naming."""
    file = tmp_path / "victim.toml"
    file.write_text(GOOD)
    (tmp_path / ".#victim.toml").write_text("an editor's lock")
    found = find(["stall-mid-stream", str(file), str(tmp_path), "healthy", "stall-mid-stream"])
    assert [scenario.name for scenario in found] == ["stall-mid-stream", "victim", "healthy"]


def test_a_zero_wait_may_be_asked_for():
    """A server may ask for no wait at all, though no other duration may be zero."""
    text = GOOD.replace("reset = { after_token = 12 }", 'status = { code = 429, retry_after = "0 s" }')
    [fault] = load_text(text).attempts[0].faults
    assert fault.retry_after_s == 0  # type: ignore[attr-defined]


@given(st.integers(0, 10**6), st.integers(0, 999), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]))
def test_durations(whole, thousandths, unit, space):
    """A number and a unit, with or without a space, is the product of both, to the microsecond."""
    written = f"{whole}.{thousandths:03}{space}{unit}"
    exact = (whole + thousandths / 1000) * float(UNITS[unit])
    if exact > LONGEST_S or 0 < exact < 0.999e-6:
        with pytest.raises(Wrong):
            parse_duration(written)
    else:
        assert math.isclose(parse_duration(written), exact, rel_tol=1e-9, abs_tol=0.6e-6)


@given(st.integers(0, 10**12))
def test_durations_round_trip(microseconds):
    """A duration that is written out is read back as the same."""
    assert parse_duration(format_duration(microseconds / 1e6)) == round(microseconds / 1e6, 6)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text())))
def test_whatever_is_no_duration_is_refused_politely(value):
    """Anything at all is a finite duration or a refusal that says what is wrong and what would be right."""
    seconds = attempt(lambda: parse_duration(value))
    if isinstance(seconds, Wrong):
        assert seconds.wrong.isprintable()
        assert seconds.right.isprintable()
    else:
        assert isinstance(value, str)
        assert 0 <= seconds <= LONGEST_S


@pytest.mark.parametrize(
    "value", ["1s2", "1 S", "１ s", "+1 s", "1e3 s", ".5 s", "1. s", "1,5 s", " 1 s", "1  s", "s"]
)
def test_durations_have_one_spelling(value):
    """What only looks like a duration is refused rather than guessed."""
    with pytest.raises(Wrong):
        parse_duration(value)


@given(st.sampled_from(["<=", ">=", "==", "<", ">"]), st.integers(1, 10**6), st.integers(0, 2 * 10**6))
def test_counts_compare_as_written(op, bound, number):
    """A bound on a count holds for just the numbers for which Python says so."""
    comparison = parse_comparison(f"{op} {bound}", duration=False)
    assert (
        comparison.holds(number)
        is {
            "<=": number <= bound,
            ">=": number >= bound,
            "==": number == bound,
            "<": number < bound,
            ">": number > bound,
        }[op]
    )


@given(st.sampled_from(["<=", ">=", "==", "<", ">"]), st.integers(1, 10**9))
def test_duration_bounds_are_in_seconds(op, microseconds):
    """A bound on a duration is held in seconds and remembers how it was written."""
    written = f"{op} {format_duration(microseconds / 1e6)}"
    assert parse_comparison(written, duration=True) == Comparison(op, round(microseconds / 1e6, 6), written)


@given(st.one_of(st.text(), st.text("<>= 0123456789smuh.-"), st.integers(), st.none()), st.booleans())
def test_whatever_is_no_bound_is_refused_politely(value, duration):
    """Anything at all is a bound that some number keeps and another breaks, or a refusal that can be printed."""
    bound = attempt(lambda: parse_comparison(value, duration=duration))
    if isinstance(bound, Wrong):
        assert str(bound).isprintable()
    else:
        tried = {bound.holds(number) for number in (0, bound.value, bound.value + 1, max(0, bound.value - 1e-9))}
        assert tried == {True, False}


def test_a_glance_tells_what_the_scenario_says():
    """A list for people is read without the proof, and says the same."""
    assert [(one.name, one.family, one.about, one.tags) for one in glances()] == [
        (one.name, one.family, " ".join(one.about.split()), one.tags) for one in BUILTIN
    ]


def test_a_list_for_people_imports_no_client_and_no_fault():
    """It is told at once."""
    code = """
import atexit, sys
from ssedrill.cli.main import cli
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
cli(["list", "scenarios"])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "reset-mid-stream" in found.stdout
    assert not {"aiohttp", "pydantic", "ssedrill_faults", "ssedrill.clients"} & set(found.stderr.split())
