"""What a client does to the process that it runs in costs its own run its verdict, and nothing else."""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.loading.choose import find
from ssedrill.model.record import Outcome, Record
from ssedrill.reporting.formats import to_json
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.jobs import plan_jobs
from ssedrill.running.supervisor.staff import Staff
from support.patience import HANG_S

CLIENTS = Path(__file__).with_name("clients.py")
SCENARIO = """
name = "plain"
about = "Nothing goes wrong but in the client."
dialects = ["eventsource"]
patience = "5 s"
deadline = "6 s"

[stream]
tokens = 20

[[attempt]]

[must]
outcome = ["clean"]
"""

DRAINS = """
import os, urllib.request
held = [urllib.request.urlopen(os.environ["SSEDRILL_URL"])]
while True:
    held.append(bytearray(16 * 1024 * 1024))
"""
DIED = {
    "exits_in_a_task": "SystemExit: 0",
    "exits_in_a_callback": "SystemExit: 3",
    "is_interrupted": "KeyboardInterrupt",
    "stops_the_loop": "Event loop stopped before Future completed",
    "exits_at_once": "exit code 0",
    "says_why": "exit code 7; the last that it said: gauge: the reactor is too hot",
    "segfaults": "signal 11, SIGSEGV",
    "kills_itself": "signal 9, SIGKILL; perhaps the memory was full",
    "kills_its_parent": "its process was killed, and with it the one that watched it",
    "ends_its_group": "its process was sent SIGTERM",
    "closes_descriptors": "descriptor",
    "forgets_modules": "",
    "breaks_builtins": "",
}
"""Those that end their process or make it useless, and a part of the reason that is told."""

UNHARMED = ("leaves_a_thread", "goes_elsewhere", "has_no_output")
"""Those whose sabotage does nothing to the run: it is judged by what came of it."""


def drilled(
    folder: Path,
    *names: str,
    words: tuple[str, ...] = (),
    code: int | None = 1,
    limits: str = "true",
    others: int = 0,
) -> dict[str, list[Record]]:
    """Run clients with the good one beside them, and return the records of each; the good one's must be good.

    ``limits`` is what a shell does before it becomes the command; ``words`` may name so many ``others``.
    """
    (folder / "plain.toml").write_text(SCENARIO)
    file = folder / "record.json"
    command = [sys.executable, "-m", "ssedrill", "run", "plain.toml", "--json", str(file)]
    for name in (*names, "good"):
        command += ["--client", f"{CLIENTS}:{name}"]
    done = subprocess.run(
        ["sh", "-c", f"{limits}; exec {shlex.join([*command, *words])}"],
        cwd=folder, capture_output=True, text=True, timeout=HANG_S, env={**os.environ, "CI": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode in ((0, 1) if code is None else (code,)), done.stdout + done.stderr
    found: dict[str, list[Record]] = {}
    for run in to_json.read(file).runs:
        found.setdefault(run.client.rpartition(":")[2], []).append(run)
    assert set(found) >= {*names, "good"}
    assert len(found) == len(names) + 1 + others
    assert {run.outcome for run in found["good"]} == {Outcome.CLEAN}
    return found


def check_dead(name: str, run: Record) -> None:
    """See that a run is told as what it was."""
    assert run.outcome is Outcome.CRASHED, (name, run.summary)
    assert run.verdict.bad
    assert DIED[name] in run.summary + (run.tokens.crashed or ""), name


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_each_costs_its_own_run_alone(tmp_path: Path, clock: str) -> None:
    """Every way to die, all in one command: each run is crashed for its reason, the good ones and the file whole."""
    found = drilled(tmp_path, *DIED, words=("--clock", clock, "--jobs", "2"))
    for name in DIED:
        (run,) = found[name]
        check_dead(name, run)


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_what_does_no_harm_is_judged_as_ever(tmp_path: Path, clock: str) -> None:
    """A client that changes the folder or loses its output is judged by what it showed, and the report stays here."""
    found = drilled(tmp_path, *UNHARMED, words=("--clock", clock), code=0)
    assert {run.outcome for runs in found.values() for run in runs} == {Outcome.CLEAN}


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_what_stays_stuck_ends_all_the_same(tmp_path: Path, clock: str) -> None:
    """A thread that never ends holds up neither the run nor the end of the command."""
    found = drilled(tmp_path, "waits_in_a_pool", words=("--clock", clock))
    (run,) = found["waits_in_a_pool"]
    assert run.outcome is Outcome.CRASHED
    assert "a thread of it still waited, and can't be ended" in run.summary


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_who_leaves_its_process_no_descriptors(tmp_path: Path, clock: str) -> None:
    """That no request came is its own doing, and the reason is told."""
    found = drilled(tmp_path, "has_no_descriptors", words=("--clock", clock))
    (run,) = found["has_no_descriptors"]
    assert run.outcome is Outcome.CRASHED
    assert "it has let its process have 8 files open" in run.summary
    assert "Too many open files" in run.summary


@pytest.mark.skipif(sys.platform != "linux", reason="no limit on memory elsewhere")
@pytest.mark.parametrize("clock", ["auto", pytest.param("real", marks=pytest.mark.slow)])
def test_who_takes_all_memory(tmp_path: Path, clock: str) -> None:
    """It is told that there is none left, and dies of that, in a process of its own or in ours; nobody else does."""
    (tmp_path / "drains.py").write_text(DRAINS)
    names, program = ("drains_memory", "drains_memory_in_its_loop"), f"cmd:{sys.executable} drains.py"
    words = ("--clock", clock, "--repeat", "2", "--client", program)
    found = drilled(tmp_path, *names, words=words, limits=f"ulimit -Sd {1024 * 1024}", others=1)
    for run in found["drains_memory"]:
        assert run.outcome is Outcome.CRASHED
        assert "MemoryError: it took more memory than its process may have" in run.summary
        assert run.tokens.entries, "what it had shown is lost"
    assert {run.outcome for run in found["drains_memory_in_its_loop"]} == {Outcome.FAILED_LOUDLY}
    (of_program,) = set(found) - {*names, "good"}
    for run in found[of_program]:
        assert run.outcome is Outcome.CRASHED
        assert "exit code 1" in run.summary
        assert "MemoryError" in run.tokens.stderr


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_a_client_that_writes_into_our_pipes_says_nothing_that_is_believed(tmp_path: Path, clock: str) -> None:
    """What is no message is no message; no way of saying nothing is a pass."""
    found = drilled(tmp_path, "writes_everywhere", words=("--clock", clock))
    (run,) = found["writes_everywhere"]
    assert run.verdict.bad


@pytest.mark.parametrize("clock", ["auto", "real"])
def test_a_copy_of_the_process_answers_nothing(tmp_path: Path, clock: str) -> None:
    """A client that forks has two of itself for the rest of its run, and one verdict; the next run has its own."""
    found = drilled(tmp_path, "forks", words=("--clock", clock, "--repeat", "2"), code=None)
    assert len(found["forks"]) == 2


def test_a_process_that_was_left_broken_is_replaced(tmp_path: Path) -> None:
    """What a client's run does to its process is not held against its next one, if it can be seen."""
    found = drilled(tmp_path, "leaves_no_descriptors", words=("--clock", "virtual", "--repeat", "3"), code=0)
    assert [run.outcome for run in found["leaves_no_descriptors"]] == [Outcome.CLEAN] * 3


def test_a_process_that_died_between_two_runs_is_replaced() -> None:
    """Its death is not held against the run that it was to do next."""
    client = parse_spec(f"{CLIENTS}:good")
    (job,) = plan_jobs(find(["healthy"]), [client], dialects=["eventsource"])
    with Staff() as staff:
        for _ in range(2):
            assert staff.drill(job, "virtual", Interrupt()).outcome is Outcome.CLEAN
            ((_, worker),) = staff._idle
            while not worker._told:  # which process it is
                worker._turn(HANG_S)
            os.kill(json.loads(worker._told.splitlines()[0])["pid"], signal.SIGKILL)
            assert select.select([worker._news], [], [], HANG_S)[0], "its keeper has not told of its end"


def test_what_was_journalled_is_in_the_record(tmp_path: Path) -> None:
    """The request, what was played for it and what was shown are there, though the process that saw it is gone."""
    (run,) = drilled(tmp_path, "exits_at_once", words=("--clock", "virtual"))["exits_at_once"]
    assert "".join(entry.text for entry in run.tokens.entries) == "".join(f" a{n}." for n in range(1, 6))
    (attempt,) = run.wire.attempts
    assert attempt.method == "GET"
    assert len(attempt.played) >= 5
    assert attempt.plan.ops[attempt.played[-1].op]
    assert run.clock == "virtual"
    assert run.numbers.requests == 1


def test_a_module_that_ends_its_process_when_it_is_imported(tmp_path: Path) -> None:
    """It can't be drilled, which is bad input with the reason, as for every other module that can't be imported."""
    (tmp_path / "ends.py").write_text("import os\nos._exit(0)\n")
    command = [sys.executable, "-m", "ssedrill", "run", "healthy", "--client", "ends:stream"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=HANG_S, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ssedrill: importing ends:stream failed: its process ended with exit code 0\n"


def test_the_process_that_owns_the_results_imports_no_client(tmp_path: Path) -> None:
    """The module is imported in another process than that of the command."""
    (tmp_path / "where.py").write_text(
        "import os\nopen('pids', 'a').write(f'{os.getpid()}\\n')\n\ndef stream(target):\n    yield ''\n"
    )
    command = [sys.executable, "-m", "ssedrill", "run", "healthy", "--client", "where:stream"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        assert program.wait(HANG_S) == 1
    pids = (tmp_path / "pids").read_text().split()
    assert pids
    assert str(program.pid) not in pids


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["auto", "real"])
def test_each_ten_times(tmp_path: Path, clock: str) -> None:
    """The same holds every time."""
    found = drilled(tmp_path, *DIED, words=("--clock", clock, "--jobs", "2", "--repeat", "10"))
    for name in DIED:
        assert len(found[name]) == 10
        for run in found[name]:
            check_dead(name, run)


@pytest.mark.slow
def test_the_supervisors_own_nets(tmp_path: Path) -> None:
    """What no net in the worker catches, as its clocks stand still or no Python runs, is killed from outside."""
    found = drilled(tmp_path, "replaces_clocks", "holds_the_interpreter", words=("--clock", "real", "--jobs", "3"))
    (clocks,), (holds,) = found["replaces_clocks"], found["holds_the_interpreter"]
    assert "after the deadline and was killed" in clocks.summary
    assert "and was killed" in holds.summary
    assert {clocks.outcome, holds.outcome} == {Outcome.CRASHED}
