"""The command line: what each command says, and the exit code of every way in which it can end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from ssedrill.cli import drill
from ssedrill.cli.commands import COMMANDS, loaded, summary
from ssedrill.cli.main import cli
from ssedrill.drivers.driver import Availability
from ssedrill.loading.builtin import builtin_files
from ssedrill.loading.problems import BadScenario, Problem
from ssedrill.model.record import Record
from ssedrill.model.token_journal import TokenEntry
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import read_log
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.supervisor.staff import Staff
from support.patience import HANG_S
from support.records import duplicated, file_of, passed, restarted, unsupported, untested

Program: TypeAlias = "subprocess.Popen[bytes]"

FILES = {"index.html", "record.json", "junit.xml", "runs.csv", "summary.md"}
HEALTHY = ["run", "healthy", "--dialect", "eventsource", "--client", "reference"]


def ssedrill(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Job], Record]], None]:
    """Make the runs come out as a function says, without running anything."""

    def install(make: Callable[[Job], Record]) -> None:
        def run_jobs(jobs: Sequence[Job], *, on_done: Callable[[Job, Record], None], **rest: Any) -> list[Record]:
            records = []
            for job in jobs:
                records.append(make(job))
                on_done(job, records[-1])
            return records

        monkeypatch.setattr(drill, "run_jobs", run_jobs)

    return install


def test_a_real_run(tmp_path: Path) -> None:
    """A drill of the reference client passes, and leaves a record and a report of every format."""
    record = tmp_path / "a new" / "folder" / "r.json"
    result = ssedrill(*HEALTHY, "--json", str(record), "--report", str(tmp_path / "report"), "-v")
    assert result.exit_code == 0, result.output
    assert "says that the answer is complete" in result.stdout
    assert "1 cell: 1 passed" in result.stdout
    (run,) = to_json.read(record).runs
    assert (run.scenario, run.client, run.dialect, run.outcome) == ("healthy", "reference", "eventsource", "clean")
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES


def test_json_on_standard_output() -> None:
    """With --json - the standard output is the record and nothing else; the rest goes to standard error."""
    result = ssedrill(*HEALTHY, "--json", "-")
    assert len(json.loads(result.stdout)["runs"]) == 1
    assert "1 cell: 1 passed" in result.stderr


TALKATIVE = """
import logging
import os
print("while it is imported")

def stream(target):
    print("x" * 10_000)
    print("while it runs, \\x1b[2J at", target.url)
    logging.warning("to standard error, with api_key=correct-horse-battery-staple")
    os.system("echo from a program that it starts")
    yield ""
    print(f"the end of {target.dialect}")
"""


def test_what_a_client_prints_is_told_with_its_run(tmp_path: Path) -> None:
    """Its end is in the record and with its run, redacted and escaped, and never between the lines of a command."""
    (tmp_path / "talkative.py").write_text(TALKATIVE)
    record = tmp_path / "r.json"
    two = ["--dialect", "eventsource", "--dialect", "openai-chat", "--json", str(record)]
    done = ssedrill("run", "healthy", *two, "--client", f"talk={tmp_path}/talkative.py:stream", "-v")
    assert "while it is imported" in done.stderr
    assert "while it runs" not in done.stderr
    for run in to_json.read(record).runs:
        assert run.last_words == f"the end of {run.dialect}"
        assert "WARNING:root:to standard error, with api_key=<secret 1>\nfrom a program" in run.printed
        assert "\x1b[2J at http://<host>/<run>" in run.printed
        assert len(run.printed) < 5_000
    story = done.stdout
    assert "\nPrinted:\n" in story
    assert "\n    while it runs, \\x1b[2J at http://<host>/<run>" in story
    assert "correct-horse" not in story + record.read_text()
    assert "\x1b[2J" not in story + record.read_text()


def test_json_on_standard_output_is_alone_whatever_clients_print(tmp_path: Path) -> None:
    """What a client writes to standard output, when it is imported and in a run, is not there."""
    (tmp_path / "talkative.py").write_text(TALKATIVE)
    done = ssedrill(*HEALTHY[:-1], f"{tmp_path}/talkative.py:stream", "--json", "-")
    assert len(json.loads(done.stdout)["runs"]) == 1
    assert "while it is imported" in done.stderr


@pytest.mark.parametrize(
    ("make", "code"),
    [(passed, 0), (restarted, 0), (duplicated, 1), (untested, 1)],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_exit_code_of_outcomes(make: Callable[..., Record], code: int, pretend: Callable[..., None]) -> None:
    """A pass and a warning are 0; a failure and a run that proves nothing are 1."""
    pretend(lambda job: make(job.scenario.name, job.client.name))
    assert ssedrill(*HEALTHY).exit_code == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "no-such-drill"], "no such scenario"),
        (["run", "healthy", "--client", "no-such-client"], "no client"),
        (["run", "healthy", "--client", ""], "empty client"),
        (["run", ""], "(empty): no such scenario"),
        (["run", "reset"], "did you mean reset-"),
        (["run", "healthy", "--json", ""], "'--json': the name is empty"),
        (["run", "healthy", "--report", ""], "'--report': the name is empty"),
        (["run", "healthy", "--repeat", "0"], "repeat"),
        (["run", "healthy", "--repeat", "many"], "repeat"),
        (["run", "healthy", "--seed", "-1"], "seed"),
        (["run", "healthy", "--jobs", "0"], "jobs"),
        (["run", "healthy", "--clock", "sundial"], "clock"),
        (["run", "healthy", "--dialect", "latin"], "dialect"),
        (["run", "healthy", "--dialect", "openai"], "Did you mean openai-chat?"),
        (["run", "nothing-like-it"], "the families are"),
        (["run", "healthy", "--client", "anthropic", "--dialect", "openai-chat"], "nothing to run"),
        (["run", "--what"], "--what"),
        (["show"], "SCENARIO"),
        (["show", "no-such-drill"], "no such scenario"),
        (["show", "healthy", "--dialect", "latin"], "dialect"),
        (["list", "birds"], "birds"),
        (["list", "faults", "fragmen"], "did you mean fragment?"),
        (["list", "faults", "zzz"], "which `ssedrill list faults` names"),
        (["report", "no-such.json"], "No such file"),
        (["dance"], "dance"),
        ([], "Commands"),
    ],
    ids=" ".join,
)
def test_bad_input(words: list[str], said: str) -> None:
    """Bad input is 2, with one clear message on standard error and no traceback."""
    result = ssedrill(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert "internal" not in result.output


CONTRADICTORY = """
name = "broken"
about = "Two ends."
dialects = "all"
[[attempt]]
faults = [{ stall = { after_token = 3 } }, { fin = { after_token = 5 } }]
[must]
outcome = ["recovered"]
"""


def test_a_bad_scenario_file(tmp_path: Path) -> None:
    """A broken scenario file is 2, and the message names the file, the line and what would be right."""
    path = tmp_path / "broken.toml"
    for text, said in (
        ("# first\nname = ", "broken.toml: not TOML: Invalid value (at the end, line 2)"),
        ("# first\n[[attempt]\n", "(at line 2, column 10); write key ="),
        (CONTRADICTORY, "stall and fin each end the attempt; give stall a time (for), or keep the other one with"),
    ):
        path.write_text(text)
        result = ssedrill("run", str(path), "--client", "reference")
        assert result.exit_code == 2
        assert said in result.stderr


SLEEPY = """
import os, pathlib, time
pathlib.Path(__file__).with_suffix(".pid").write_text(str(os.getpid()))
time.sleep(600)
"""


def test_what_is_imported_for_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are imported while scenarios are read; if one of those is bad, nobody waits for the import."""
    (tmp_path / "sleepy.py").write_text(SLEEPY)
    pid = tmp_path / "sleepy.pid"

    def find(named: list[str]) -> None:
        waited_for(lambda: pid.exists() and pid.read_text().isdigit())
        raise BadScenario([Problem("x.toml", "", "bad", "mend it")])

    monkeypatch.setattr("ssedrill.loading.choose.find", find)
    result = ssedrill("run", "healthy", "--client", f"{tmp_path}/sleepy.py:stream")
    assert (result.exit_code, result.stderr) == (2, "ssedrill: x.toml: bad; mend it\n")
    waited_for(lambda: not Path(f"/proc/{pid.read_text()}").exists())


def waited_for(there: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + HANG_S
    while not there():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_file_that_is_no_record(tmp_path: Path) -> None:
    """It is said what a record is made by."""
    path = tmp_path / "other.json"
    path.write_text('{"name": "another tool"}')
    result = ssedrill("report", str(path))
    assert result.exit_code == 2
    assert "other.json: not a record of ssedrill, which has schema, versions and runs: name what" in result.stderr


def test_a_place_that_cannot_be_written(tmp_path: Path, pretend: Callable[..., None]) -> None:
    """Where the report can't go is said before anything is run."""
    pretend(lambda job: pytest.fail("nothing may be run"))
    (tmp_path / "file").write_text("")
    for option, said in (
        (["--report", str(tmp_path / "file" / "x")], "can't make the folder"),
        (["--report", str(tmp_path / "file")], "a file is in its place"),
        (["--json", str(tmp_path / "file" / "x.json")], "can't make the folder"),
        (["--json", str(tmp_path)], "it is a folder"),
        (["--json", str(tmp_path / "same"), "--report", str(tmp_path / "same")], "it is a folder"),
    ):
        result = ssedrill(*HEALTHY, *option)
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_report_that_can_not_be_written_in_the_end(
    tmp_path: Path, pretend: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix is printed and the other files are written all the same; what is missing is named, and kept."""
    pretend(lambda job: passed(job.scenario.name, job.client.name))
    report = tmp_path / "report"
    (report / "index.html").mkdir(parents=True)
    result = ssedrill(*HEALTHY, "--report", str(report))
    assert result.exit_code == 2
    assert "✓ clean" in result.stdout
    assert f"can't write {report / 'index.html'}: it is a folder" in result.stderr
    assert "Report:" not in result.stderr
    assert {path.name for path in report.iterdir()} == FILES | {"runs.jsonl"}
    (report / "index.html").rmdir()
    pretend(lambda job: pytest.fail("everything is done already"))
    assert ssedrill(*HEALTHY, "--resume", str(report)).exit_code == 0
    assert {path.name for path in report.iterdir()} == FILES


def test_places_are_taken_when_the_command_starts(
    tmp_path: Path, pretend: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that changes the current folder does not send the report there."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def elsewhere(job: Job) -> Record:
        os.chdir(tmp_path / "there")
        return passed(job.scenario.name, job.client.name)

    pretend(elsewhere)
    result = ssedrill(*HEALTHY, "--report", "report", "--json", "r.json")
    assert result.exit_code == 0
    assert f"Report: {Path('report', 'index.html')}" in result.stderr
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["r.json", "report"]
    assert not list((tmp_path / "there").iterdir())


def test_resuming_does_what_is_missing_and_only_that(tmp_path: Path, pretend: Callable[..., None]) -> None:
    """An interrupted run is completed by the same command; another command is refused, and nothing is lost."""
    report = tmp_path / "report"
    words = [*HEALTHY, "--repeat", "3"]

    def second_fails(job: Job) -> Record:
        if job.repeat == 1:
            raise KeyboardInterrupt
        return replace(passed(job.scenario.name, job.client.name), repeat=job.repeat, seed=job.seed)

    pretend(second_fails)
    assert ssedrill(*words, "--report", str(report)).exit_code == 130
    pretend(lambda job: replace(passed(job.scenario.name, job.client.name), repeat=job.repeat, seed=job.seed))
    refused = ssedrill(*words, "--seed", "5", "--resume", str(report))
    assert refused.exit_code == 2
    assert "seed: was 0, is 5" in refused.stderr
    done: list[int] = []

    def note(job: Job) -> Record:
        done.append(job.repeat)
        return replace(passed(job.scenario.name, job.client.name), repeat=job.repeat, seed=job.seed)

    pretend(note)
    assert ssedrill(*words, "--resume", str(report)).exit_code == 0
    assert done == [1, 2]
    assert [run.repeat for run in to_json.read(report / "record.json").runs] == [0, 1, 2]


def test_a_harness_that_is_killed_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    """SIGKILL in the middle: every finished run is on disk, readable, and the rest is done by ``--resume``."""
    words = ["run", "healthy", "reset-mid-stream", "retry-after-600", "-c", "reference", "--seed", "3"]
    log = tmp_path / "report" / "runs.jsonl"
    with start(*words, "--report", "report", "--json", "r.json", "--repeat", "20", cwd=tmp_path) as program:
        while not (log.exists() and log.read_bytes().count(b"\n") > 5) and program.poll() is None:
            time.sleep(0.01)
        program.kill()
        program.communicate()
    assert program.returncode == -signal.SIGKILL
    before = read_log(log)[1]
    assert before
    assert read_log(tmp_path / "r.runs.jsonl")[1].keys() == before.keys()
    told = ssedrill("report", str(log))
    assert told.exit_code == 0
    assert f"Interrupted: {len(before)} of " in told.stdout
    again = [*words, "--repeat", "20"]
    assert ssedrill(*again, "--resume", str(tmp_path / "report")).exit_code == 0
    assert ssedrill(*again, "--report", str(tmp_path / "whole")).exit_code == 0
    resumed, whole = (to_json.read(tmp_path / name / "record.json") for name in ("report", "whole"))
    assert list(map(to_json.fingerprint, resumed.runs)) == list(map(to_json.fingerprint, whole.runs))
    assert not log.exists()


def test_an_internal_fault(pretend: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the harness is 3 with a short message; the traceback comes only when it is asked for."""

    def broken(job: Job) -> Record:
        raise ZeroDivisionError("by design")

    pretend(broken)
    monkeypatch.delenv("SSEDRILL_DEBUG", raising=False)
    result = ssedrill(*HEALTHY)
    assert result.exit_code == 3
    assert "ZeroDivisionError: by design" in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("SSEDRILL_DEBUG", "1")
    assert "Traceback" in ssedrill(*HEALTHY).stderr


def absent(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make built-in clients ones that this machine lacks."""
    missing, there = Availability(False, why="not installed: pip install it"), Availability(True)
    monkeypatch.setattr(Staff, "probe", lambda staff, client: missing if client.name in names else there)


def test_an_absent_client_that_was_named(monkeypatch: pytest.MonkeyPatch, pretend: Callable[..., None]) -> None:
    """A client that was asked for and can't be run is named with the reason, and its cells are not tested."""
    pretend(lambda job: passed(job.scenario.name, job.client.name))
    absent(monkeypatch, "curl", "httpx-sse")
    words = ["--client", "curl", "--client", "reference", "--client", "httpx-sse", "--dialect", "eventsource"]
    result = ssedrill("run", "healthy", *words)
    assert result.exit_code == 1
    assert "NOT TESTED: curl, httpx-sse can't be run here: not installed: pip install it" in result.stderr
    assert result.stderr.count("not installed") == 1, "what several lack is told more than once"
    assert "1 passed, 2 NOT TESTED" in result.stdout
    assert result.stdout.count("not installed") == 1


def test_an_absent_client_that_was_not_named(monkeypatch: pytest.MonkeyPatch, pretend: Callable[..., None]) -> None:
    """A built-in client that this machine lacks is left out, and that is said."""
    pretend(lambda job: passed(job.scenario.name, job.client.name))
    absent(monkeypatch, "curl", "openai")
    result = ssedrill("run", "healthy", "--dialect", "eventsource")
    assert result.exit_code == 0
    assert "Left out: openai, curl: not installed" in result.stderr
    assert "NOT TESTED" not in result.stdout


def test_absent_clients_with_many_repeats(monkeypatch: pytest.MonkeyPatch, pretend: Callable[..., None]) -> None:
    """A thousand runs are counted one by one; `make bench` sees that this takes no more time for each."""
    pretend(lambda job: passed(job.scenario.name, job.client.name, repeat=job.repeat))
    absent(monkeypatch, "curl")
    result = ssedrill(*HEALTHY, "--client", "curl", "--repeat", "1000")
    assert "1000/1000" in result.stdout.replace(",", "")


def test_a_named_client_with_nothing_in_common(pretend: Callable[..., None]) -> None:
    """A client that was asked for and speaks no dialect of these runs is not tested, which is no success."""
    pretend(lambda job: passed(job.scenario.name, job.client.name))
    result = ssedrill(*HEALTHY, "--client", "anthropic")
    assert result.exit_code == 1
    assert "NOT TESTED: anthropic speaks none of the dialects" in result.stderr


TYPO = "sh: 1: curlx: not found \x1b[31m"


def refused(job: Job, said: str = "", stderr: str = "") -> Record:
    """Return the record of a client that says that it can't do a drill."""
    record = unsupported(job.scenario.name, job.client.name, dialect=job.dialect)
    record.tokens.entries = [TokenEntry(1, 0.0, "unsupported", said)]
    record.tokens.stderr = stderr
    return record


@pytest.mark.parametrize(
    ("client", "said", "stderr", "told"),
    [
        (
            "raw:sh -c curlx",
            "",
            f"x\n{TYPO}\n\n",
            "raw:sh -c curlx said of every drill that it does not support it; nothing was tested: is its command "
            "right? it printed: sh: 1: curlx: not found \\x1b[31m\n",
        ),
        ("raw:sh -c curlx", "", "", "raw:sh -c curlx said of every drill that it does not support it; nothing was "
         "tested: is its command right?\n"),
        ("reference", "too new", "", "reference said of every drill that it does not support it; nothing was tested: "
         "too new\n"),
    ],
)  # fmt: skip
def test_a_client_that_supports_nothing(
    client: str, said: str, stderr: str, told: str, pretend: Callable[..., None]
) -> None:
    """A client of which every run is unsupported proved nothing, which is no success: its command may be mistyped."""
    pretend(lambda job: refused(job, said, stderr) if job.client.name == client else passed("healthy", "openai"))
    result = ssedrill("run", "healthy", "--client", client, "--client", "openai")
    assert result.exit_code == 1
    assert f"NOT TESTED: {told}" in result.stdout
    assert "openai said" not in result.stdout


def test_a_client_that_supports_something(pretend: Callable[..., None]) -> None:
    """A client that can do some drills and says of others that it can't is judged by those that it can."""
    pretend(lambda job: (passed if job.dialect == "eventsource" else unsupported)("healthy", "reference"))
    result = ssedrill("run", "healthy", "--client", "reference")
    assert result.exit_code == 0
    assert "NOT TESTED" not in result.output


def test_a_typo_in_a_command() -> None:
    """What starts a program and does not find it says 127 to everything: that is no drill passed."""
    words = ["run", "healthy", "--dialect", "eventsource", "--client"]
    result = ssedrill(*words, "cmd:env no-such-client")
    assert result.exit_code == 1
    assert "1 cell: 1 unsupported" in result.stdout
    assert "no-such-client" in result.stdout.rpartition("it printed: ")[2]


def test_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ctrl-C is 130, and what was done until then is printed and written."""

    def run_jobs(jobs: Sequence[Job], *, on_done: Any, interrupt: Interrupt, **rest: Any) -> list[Record]:
        record = passed(jobs[0].scenario.name, jobs[0].client.name)
        on_done(jobs[0], record)
        signal.raise_signal(signal.SIGINT)
        assert interrupt.fired
        return [record]

    monkeypatch.setattr(drill, "run_jobs", run_jobs)
    before = signal.getsignal(signal.SIGINT)
    result = ssedrill(*HEALTHY, "--repeat", "3", "--json", str(tmp_path / "r.json"))
    assert result.exit_code == 130
    assert "Interrupted: 1 of 3 runs were done." in result.stderr
    assert "✓ clean" in result.stdout
    assert len(to_json.read(tmp_path / "r.json").runs) == 1
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("what", ["scenarios", "clients", "faults", "dialects", "checks"])
def test_lists(what: str) -> None:
    """Each list is there for people and, under its own name, for programs, with the same names."""
    rows = json.loads(ssedrill("list", what, "--json").stdout)[what]
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)) > 2
    text = ssedrill("list", what).stdout
    assert [name for name in names if name not in text] == []


def test_lists_of_names_only() -> None:
    """What may be said of some faults, in the order asked for."""
    rows = json.loads(ssedrill("list", "faults", "reset", "ping", "reset", "--json").stdout)["faults"]
    assert [row["name"] for row in rows] == ["reset", "ping"]
    assert "interval: duration" in ssedrill("list", "faults", "ping").stdout


def test_list_of_some() -> None:
    """With a name, or several, a list has no others; of a fault that is all its settings."""
    text = ssedrill("list", "faults", "edit_event", "reset").stdout
    assert all(word in text for word in ("edit_event", "replace: table", "reset", "after_idle: duration"))
    assert "unfinished_event" not in text
    rows = json.loads(ssedrill("list", "faults", "reset", "--json").stdout)["faults"]
    assert [row["name"] for row in rows] == ["reset"]


def test_list_of_clients_has_its_shape() -> None:
    """The clients' list tells what programs need to know of a client."""
    row = json.loads(ssedrill("list", "clients", "--json").stdout)["clients"][0]
    assert list(row)[:6] == ["name", "kind", "dialects", "available", "why", "version"]


@pytest.mark.parametrize("dialect", ["eventsource", "anthropic-messages", "openai-chat"])
def test_show_explains(dialect: str) -> None:
    """The same moment of the same fault is shown in every dialect, with what must come of it."""
    text = ssedrill("show", "reset-mid-stream", "--dialect", dialect).stdout
    assert "reset (after_token = 12): " in text
    assert "tokens 1-12, one segment each, every 5 ms" in text
    assert "+60 ms  ← resets the connection (RST)  [reset]" in text
    assert "Attempt 2 and every later one: healthy" in text
    assert "What must come of it" in text


def test_a_status_is_told_with_its_reason() -> None:
    """As everybody knows it."""
    assert "307 Temporary Redirect, 0 bytes" in ssedrill("show", "redirect-loop", "--dialect", "eventsource").stdout


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--hex",)])
def test_show_every_scenario(options: tuple[str, ...]) -> None:
    """Every built-in scenario can be shown, in words and in bytes, and none fills the terminal for ever."""
    result = ssedrill("show", "*", *options)
    assert result.exit_code == 0
    assert all(f"\n{name}   " in f"\n{result.stdout}" for name in builtin_files())
    assert len(result.stdout) < (100_000 if options else 5_000) * len(builtin_files())


def test_show_leaves_the_middle_out() -> None:
    """What is too long to be read has its beginning and its end, and says what is not there."""
    text = ssedrill("show", "keepalive-only").stdout
    assert re.search(r"\+310 ms  ← a ping .*… \d,\d{3} steps left out.*\+600.06 s  falls silent", text, re.DOTALL)
    text = ssedrill("show", "event-of-130-kib", "--hex").stdout
    assert re.search(r"0007f0  (78 ){16}.*\n +… 129,072 bytes left out\n +020030  78 ", text)


def test_show_hex() -> None:
    """--hex shows the very bytes."""
    assert "48 54 54 50 2f 31 2e 31 20 32 30 30" in ssedrill("show", "healthy", "--hex").stdout


def test_report_of_records(tmp_path: Path) -> None:
    """Records make one report again, and the exit code says what they hold."""
    for name, run in (("a", passed()), ("b", duplicated())):
        to_json.write(file_of(run), tmp_path / f"{name}.json")
    paths = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    result = ssedrill("report", *paths, "--report", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "1 passed, 1 failed" in result.stdout
    assert len(to_json.read(tmp_path / "out" / "record.json").runs) == 2


def test_help_teaches() -> None:
    """Help has examples and explains client specs and exit codes."""
    text = ssedrill("run", "--help").stdout
    for word in ("Examples:", "cmd:./my-client", "my_module:stream", "raw:curl", "Exit code 0"):
        assert word in text


def start(*words: str, shell: str = "", env: Mapping[str, str] | None = None, **settings: Any) -> Program:
    """Start the command as a program, or a line of shell that has it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **(env or {})}
    command = ["sh", "-c", shell] if shell else [sys.executable, "-m", "ssedrill", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, **{**pipes, **settings})


def test_signs_that_the_terminal_lacks() -> None:
    """Where the encoding has no arrows and lines, plain characters stand in for them."""
    with start(*HEALTHY, "-v", env={"PYTHONIOENCODING": "ascii"}) as program:
        out, _ = program.communicate(timeout=HANG_S)
    assert b"-> request 1" in out
    assert b"<- 200 OK" in out
    assert b"-------" in out
    assert b"\\u" not in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk() -> None:
    """Output that can't be written is no defect of ours: it is 2, with the reason."""
    with open("/dev/full", "w") as full, start("list", "clients", stdout=full) as program:
        _, errors = program.communicate(timeout=HANG_S)
    assert program.returncode == 2
    assert errors == b"ssedrill: the output can't be written: No space left on device\n"


def test_output_that_is_closed() -> None:
    """A caller that closes standard output still gets the exit code."""
    command = f"{sys.executable} -m ssedrill list faults >&-"
    with start(shell=command) as program:
        _, errors = program.communicate(timeout=HANG_S)
    assert (program.returncode, errors) == (0, b"")


def test_broken_pipe() -> None:
    """When the reader leaves early, as head does, the program ends without a word."""
    with start("show", "bytes-one-at-a-time", "--hex") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 141


def test_ctrl_c_while_it_starts() -> None:
    """Ctrl-C before the first command runs ends the program by that signal, without a traceback."""
    # What was started in the background may have been told to ignore it.
    hook = "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    hook += "sys.addaudithook(lambda event, args: event == 'import' and args[0] == 'click' "
    hook += "and os.kill(os.getpid(), signal.SIGINT)); import ssedrill.__main__ as main; main.main()"
    with start(shell='exec "$PYTHON" -c "$HOOK"', env={"PYTHON": sys.executable, "HOOK": hook}) as program:
        _, errors = program.communicate(timeout=HANG_S)
    assert (program.returncode, errors) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_of_a_real_program(tmp_path: Path, ending: signal.Signals) -> None:
    """Ctrl-C in the middle, or a cancelled job, ends it soon, what was done kept, and leaves nothing running."""
    (tmp_path / "client").write_text(CLIENT_THAT_HANGS_THE_SECOND_TIME)
    words = ["run", "stall-mid-stream", "healthy", "--client", "raw:sh client", "--clock", "real", "--jobs", "1"]
    words += ["--dialect", "eventsource", "--json", "r.json", "--report", "report"]
    with start(*words, cwd=tmp_path) as program:
        while not (tmp_path / "pid").exists() and program.poll() is None:
            time.sleep(0.02)
        program.send_signal(ending)
        _, errors = program.communicate(timeout=HANG_S)  # its client would go on for much longer
    assert program.returncode == 130, errors.decode()
    assert b"Interrupted: 1 of 2 runs were done." in errors
    assert b"Traceback" not in errors
    for path in (tmp_path / "r.json", tmp_path / "report" / "record.json"):
        assert [run.scenario for run in to_json.read(path).runs] == ["stall-mid-stream"]
    for number in (tmp_path / "pid").read_text().split():
        end = time.monotonic() + HANG_S
        while lives(number) and time.monotonic() < end:  # what was killed takes a moment to go
            time.sleep(0.01)
        assert not lives(number)


def lives(number: str) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        return " Z " not in Path("/proc", number, "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


CLIENT_THAT_HANGS_THE_SECOND_TIME = """
test -e first || { touch first; exit 1; }
sleep 3600 &
echo $$ $! > new
mv new pid
wait
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_its_own(name: str) -> None:
    """It is read from the source, since importing all commands for ``--help`` would cost a second."""
    help_ = loaded(name).help
    assert help_ is not None
    assert summary(name).rstrip(".") in " ".join(help_.split())
    assert summary(name) in " ".join(ssedrill("--help").stdout.split())


def test_help_imports_none_of_the_commands() -> None:
    """Nor any library but click."""
    code = "import sys, ssedrill.cli.main; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiohttp", "httpx", "rich", "pydantic", "ssedrill.cli.run", "ssedrill.loading.load"} & set(found)


def test_a_slip_in_a_command() -> None:
    """It is told what was meant."""
    assert "No such command 'lst'. Did you mean list?" in ssedrill("lst").output


def test_a_herd_at_a_door_for_one_is_refused() -> None:
    """Nobody could tell whose connection it ends; a server that is down is so for all."""
    done = ssedrill("herd", "mute-then-up", "--clients", "3", "-c", "reference")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "it can't be told whose connection meets mute" in done.stderr


def test_a_herd_whose_record_goes_to_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the record and nothing else, and the report is written as after a run; no proxy is drilled."""
    for name, value in (("HTTP_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", ""), ("no_proxy", "")):
        monkeypatch.setenv(name, value)
    page = tmp_path / "report" / "index.html"
    words = ["overloaded-529-twice", "-c", "reference", "--clients", "3", "--dialect", "openai-chat"]
    done = ssedrill("herd", *words, "--json", "-", "--report", str(page.parent))
    assert done.exit_code == 0, done.output
    [run] = to_json.from_text(done.stdout).runs
    assert len(run.calls) == 3
    assert page.exists()


def test_a_report_of_two_versions_of_a_client_is_refused(tmp_path: Path) -> None:
    """One column would mix them up; under two names they stand beside each other."""
    for name, version in (("old", "1.0"), ("new", "2.0")):
        file = replace(file_of(passed()), versions={"client mine": version, "python": version})
        to_json.write(file, tmp_path / f"{name}.json")
    both = ssedrill("report", str(tmp_path / "old.json"), str(tmp_path / "new.json"))
    assert both.exit_code == 2
    assert "mine is 2.0 here and 1.0 in" in both.output
    assert "--client NAME=mine" in both.output
    assert ssedrill("report", str(tmp_path / "old.json"), str(tmp_path / "old.json")).exit_code == 0
