"""A dialect that comes from outside is one folder: nothing else in the house has to know it."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import ssedrill
from ssedrill.cli.main import cli
from ssedrill.clients import CLIENTS
from ssedrill.clients.spec import parse_spec
from ssedrill.dialects import BUILT_IN, DIALECTS, find_dialect
from ssedrill.drivers.driver import Client
from ssedrill.drivers.program.environment import environment, facts_of
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.loading.choose import find
from ssedrill.loading.load import builtin_scenarios, load_text
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import Outcome, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.views.list_rows import described_rows
from ssedrill.running.jobs import plan_jobs
from ssedrill.running.one_run import drill
from support.extensions import install
from support.semaphore import DIALECT

NAME = DIALECT.name
FOR_ANY = [client for client in CLIENTS.values() if client.speaks == "all"]
WITHOUT_JSON = {
    "error-event-asks-for-a-wait",
    *("malformed-json-once", "two-objects-in-one-data", "multi-line-data", "significant-leading-space"),
    *("event-of-130-kib", "event-larger-than-line-limit", "slip-of-the-reader"),
}
"""What is done to the JSON of events, which this dialect has none of."""
WITHOUT_WAY_BACK = {
    *("auth-lost-on-reconnect", "cursor-expired", "session-404-ignored", "empty-200-resume-loop"),
    "deploy-drain-kill",
}
"""What is done to requests that go on with an answer, which it has none of either."""
LEFT_OUT = WITHOUT_JSON | WITHOUT_WAY_BACK
SHOWS_RAW = {"curl"}

SCENARIO = """
name = "spoiled"
about = "An event is spoiled."
dialects = {dialects}
[[attempt]]
faults = [{fault}]
[[attempt]]
[must]
outcome = ["recovered"]
"""
SPOILED = "{ malformed_json = { after_token = 3 } }"
CUT = "{ reset = { after_token = 3 } }"


PACKAGE = "support.semaphore:DIALECT"


def install_dialect(site: Path, monkeypatch: pytest.MonkeyPatch, entry: str = PACKAGE, name: str = NAME) -> None:
    """Install a package that brings a dialect, and have the table look again."""
    assert list(DIALECTS), "what it knew before comes back after the test"
    install(site, "railway", "1840.0", {"ssedrill.dialects": {name: entry}})
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(vars(DIALECTS), "_brought")


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the dialect in the table while a test runs."""
    install_dialect(tmp_path, monkeypatch)


from_outside = pytest.mark.usefixtures("added")


def spoiled(names: str, fault: str = SPOILED) -> tuple[str, ...]:
    """Return the dialects of a scenario for these, with this fault."""
    return load_text(SCENARIO.format(dialects=names, fault=fault), "spoiled.toml").dialects


@from_outside
def test_it_is_in_the_table():
    """It can be found, comes behind the built-in ones, and is listed."""
    assert find_dialect(NAME) is DIALECT
    assert list(DIALECTS)[3:] == [NAME]
    assert described_rows(DIALECTS)[-1] == {"name": NAME, "about": DIALECT.about, "from": "railway 1840.0"}
    assert DIALECTS.source(NAME) == "railway 1840.0"


@pytest.mark.parametrize(
    ("name", "entry", "said"),
    [
        ("eventsource", PACKAGE, "ssedrill has that name already"),
        ("flags", PACKAGE, "which calls itself 'semaphore': the entry must have the same name"),
        (NAME, "support.semaphore.ask:PATH", "which is a str and no Dialect"),
        (NAME, "support.semaphore:HALF_A_DIALECT", "whose 'read' lacks one of read_event, read_whole, quick_text"),
        (NAME, "support.semaphore:NOTHING", "can't be loaded (AttributeError"),
    ],
)
def test_a_dialect_that_cant_be_used_is_bad_input(tmp_path, monkeypatch, name, entry, said):
    """The command line names the package and what is wrong with it, and drills nothing."""
    install_dialect(tmp_path, monkeypatch, entry, name)
    result = CliRunner().invoke(cli, ["list", "dialects"])
    assert result.exit_code == 2
    assert f"railway 1840.0 brings {name} = {entry} (ssedrill.dialects)" in result.output
    assert said in result.output


@from_outside
def test_the_command_line_takes_its_name():
    """Its name is a word like those of the built-in ones, and a name that is none is refused with all of them."""
    shown = CliRunner().invoke(cli, ["show", "reset-mid-stream", "--dialect", NAME])
    assert shown.exit_code == 0
    assert "POST /line/signal" in shown.output
    refused = CliRunner().invoke(cli, ["run", "--dialect", "morse"])
    assert refused.exit_code == 2
    assert "openai-chat" in refused.output
    assert NAME in refused.output


@from_outside
def test_whoever_speaks_all_speaks_it():
    """Clients that were made before it was there speak it; SDKs speak what their SDK does."""
    assert {client.name for client in CLIENTS.values() if NAME in client.dialects} == {
        "reference",
        "httpx-sse",
        "aiohttp-plain",
        "curl",
    }
    assert NAME in parse_spec("raw:cat").dialects


def for_all() -> list[Scenario]:
    """Return the built-in scenarios whose files are for all dialects."""
    return [
        one for one in builtin_scenarios() if tomllib.loads(Path(one.source).read_text("utf-8"))["dialects"] == "all"
    ]


@from_outside
def test_scenarios_for_all_are_for_it_but_for_impossible_ones():
    """What says "all" means it too; a fault that it has no place for leaves it out, and nothing else does."""
    without = {scenario.name for scenario in for_all() if NAME not in scenario.dialects}
    assert without == LEFT_OUT


@from_outside
def test_impossible_is_an_error_for_those_that_could_be_known():
    """An outside dialect is left out of "all"; one that is named, and a built-in one, is an error."""
    assert spoiled('"all"') == tuple(DIALECTS)[:-1]
    assert spoiled('"all"', CUT) == tuple(DIALECTS)
    with pytest.raises(BadScenario, match=r"no JSON objects.*\(in semaphore\)"):
        spoiled('["eventsource", "semaphore"]')
    with pytest.raises(BadScenario, match=r"\(in eventsource\)"):
        spoiled('"all"', "{ reset = { after_event = 42 } }")


@from_outside
def test_a_fault_for_those_who_go_on_needs_a_dialect_that_can():
    """Nobody could meet it in another; what is healthy for them, or of other dialects, is none."""
    gone = "{ status = { code = 404 } }"
    resume = CUT + "]\n[[attempt]]\nwhen = { resume = true }\nfaults = [%s"
    assert spoiled('"all"', resume % gone) == tuple(DIALECTS)[:-1]
    assert spoiled('"all"', resume % "") == tuple(DIALECTS)
    for_others = gone.replace("404", '404, dialects = ["eventsource"]')
    assert spoiled('["eventsource", "semaphore"]', resume % for_others) == ("eventsource", "semaphore")
    with pytest.raises(BadScenario, match=r"when\.resume: no request of semaphore goes on with an answer"):
        spoiled('["eventsource", "semaphore"]', resume % gone)


@from_outside
@pytest.mark.parametrize("client", FOR_ANY, ids=lambda client: client.name)
def test_a_healthy_stream_is_clean(client: Client):
    """Every client that speaks any dialect makes the right request and shows the right text."""
    (job,) = plan_jobs(find(["healthy"]), [client], dialects=[NAME])
    record = drill(job)
    assert (record.dialect, record.outcome, record.verdict) == (NAME, Outcome.CLEAN, Verdict.PASS), record.summary
    assert record.tokens.raw == (client.name in SHOWS_RAW)


@from_outside
@pytest.mark.parametrize("client", FOR_ANY[1:], ids=lambda client: client.name)
def test_a_drop_is_told(client: Client):
    """Those that do not recover raise after a reset."""
    (job,) = plan_jobs(find(["reset-mid-stream"]), [client], dialects=[NAME])
    assert drill(job).outcome is Outcome.FAILED_LOUDLY


@pytest.mark.slow
@from_outside
def test_the_reference_passes_every_scenario():
    """It can be read, and started over if it is cut, so the reference comes through all that is for it."""
    jobs = plan_jobs(for_all(), [CLIENTS["reference"]], dialects=[NAME])
    records = [drill(job) for job in jobs]
    assert len(records) == len(for_all()) - len(LEFT_OUT)
    bad = {
        record.scenario: record.summary for record in records if record.verdict in (Verdict.FAIL, Verdict.NOT_TESTED)
    }
    assert bad == {}
    cut = next(record for record in records if record.scenario == "reset-mid-stream")
    assert (cut.outcome, cut.recovered_by, cut.numbers.withdrawn) == (Outcome.RECOVERED, "restarted", 12)


def test_no_dialect_is_known_by_name():
    """Outside the dialects' own folders their names stand in the table of clients, for the SDKs, and nowhere else."""
    house = Path(ssedrill.__file__).parent
    naming = set()
    for path in house.rglob("*.py"):
        words = {
            node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)
        }
        if words & {dialect.name for dialect in BUILT_IN}:
            naming.add(path.relative_to(house).as_posix())
    own = {f"dialects/{dialect.name.replace('-', '_')}/__init__.py" for dialect in BUILT_IN}
    assert naming == {*own, "clients/__init__.py"}


@from_outside
def test_programs_are_pointed_at_it():
    """What its operators look for is in a program's environment, from the target's own address."""
    target = Target("http://h:1/x", NAME, "drill", 2.0, 30.0, Sink(lambda: 0.0))
    assert environment(facts_of(target), {})["SEMAPHORE_LINE"] == "http://h:1/x"
    other = Target("http://h:1/stream", "eventsource", "drill", 2.0, 30.0, Sink(lambda: 0.0))
    assert environment(facts_of(other), {})["SEMAPHORE_LINE"] == "http://h:1/line"
