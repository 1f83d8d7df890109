"""Work that must grow with its size, and not with the square of it; and files that must be refused quickly."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from click.testing import CliRunner

from bench.limits import Limits
from bench.streams import Kind, plain
from bench.tables import Table, ratio
from ssedrill.cli import drill as command
from ssedrill.cli.main import cli
from ssedrill.dialects import DIALECTS, find_dialect
from ssedrill.drivers.program.output import JsonLines
from ssedrill.drivers.program.pipe import READ_BYTES
from ssedrill.drivers.sink import Sink
from ssedrill.loading.load import load_file
from ssedrill.loading.problems import BadScenario
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import find_tokens
from ssedrill.planning.compile import compile_plan
from ssedrill.planning.sample_requests import fresh_request
from support.hostile_scenarios import GOOD, HOSTILE
from support.records import passed

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

ROUNDS = 5
LARGER = 4
QUADRATIC = LARGER * 2
"""Four times the work takes four times as long; if it took the square of that, it would be sixteen times."""
SLOWEST = 5
"""So many of the files that take longest to be refused are shown."""
AS_GOOD_ONES = 10
"""A bad file takes at most so many times what a good one of its size takes."""


def keep(size: int) -> None:
    """Keep a long text that comes character by character."""
    sink = Sink(lambda: 1.0)
    for _ in range(size):
        sink.add("text", "x")


def search(size: int) -> None:
    """Look through a text of damaged tokens."""
    assert len(list(find_tokens(" a7\ufffd" * size, Flavour.THAI))) == size


def understand(size: int) -> None:
    """Take so many reads of a program's output that says nothing."""
    lines = JsonLines(Sink(lambda: 1.0))
    for _ in range(size):
        lines.feed(b"y\n" * (READ_BYTES // 2))


def compile_one(name: str, size: int) -> None:
    """Compile an answer of so many tokens."""
    spoken = find_dialect(name)
    compile_plan(plain(Kind(size), name), spoken, 0, 1, fresh_request(spoken), "a")


def count_runs(size: int) -> None:
    """Have the command line count so many runs, which are not done."""
    words = ["run", "healthy", "--dialect", "eventsource", "--client", "reference", "--repeat", str(size)]
    assert f"{size}/{size}" in CliRunner().invoke(cli, words).stdout.replace(",", "")


@pytest.fixture
def _undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every run pass, without running anything."""

    def run_jobs(jobs, *, on_done, **rest):  # type: ignore[no-untyped-def]
        records = [passed(job.scenario.name, job.client.name, repeat=job.repeat) for job in jobs]
        for job, record in zip(jobs, records, strict=True):
            on_done(job, record)
        return records

    monkeypatch.setattr(command, "run_jobs", run_jobs)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that something takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


WORK: list[tuple[str, Callable[[int], None], int]] = [
    ("keep a text, characters", keep, 100_000),
    ("look for damaged tokens", search, 50_000),
    ("understand nonsense, reads", understand, 20),
    *((f"compile an answer, tokens, {name}", partial(compile_one, name), 20_000) for name in DIALECTS),
    ("count runs on the command line", count_runs, 250),
]


@pytest.mark.usefixtures("_undone")
def test_work_grows_with_its_size(publish: Callable[[Table], None], limits: Limits) -> None:
    """Four times as much takes about four times as long."""
    rows = []
    for title, work, size in WORK:
        work(size)  # what is done once only
        pairs = [(seconds(partial(work, size)), seconds(partial(work, LARGER * size))) for _ in range(ROUNDS)]
        ratios = [more / less for less, more in pairs]
        rows.append((title, f"{size:,}", f"{median(less for less, _ in pairs) * 1e3:.0f} ms", ratio(ratios)))
        limits.at_most(title, ratios, QUADRATIC)
    publish(
        Table(
            "Work that grows with its size",
            f"In processor time; the ratio is of {LARGER} times as much to it. "
            f"Median (min..max) of {ROUNDS} interleaved rounds.",
            ("work", "size", "takes", f"x{LARGER} as much"),
            tuple(rows),
        )
    )


def test_bad_scenarios_are_refused_quickly(tmp_path: Path, publish: Callable[[Table], None], limits: Limits) -> None:
    """No scenario file takes much longer to be refused than a good one of its size takes to be loaded."""
    good = tmp_path / "victim.toml"
    good.write_text(GOOD)
    measured = []
    for hostile in HOSTILE:
        bad = tmp_path / "bad.toml"
        bad.write_bytes(hostile.data)
        larger = max(1.0, len(hostile.data) / len(GOOD))

        def refuse(file: Path = bad) -> None:
            with suppress(BadScenario):
                load_file(file)

        pairs = [(seconds(partial(load_file, good)), seconds(refuse)) for _ in range(ROUNDS)]
        ratios = [taken / (beside * larger) for beside, taken in pairs]
        measured.append((median(taken for _, taken in pairs), ratios, hostile))
        limits.at_most(f"refuse {hostile.name}", ratios, AS_GOOD_ONES)
    measured.sort(key=lambda one: -one[0])
    publish(
        Table(
            "Bad scenario files",
            f"The slowest of {len(measured)}. The ratio is to loading as many good files as make up its size; "
            f"median (min..max) of {ROUNDS} interleaved rounds.",
            ("file", "KiB", "refused in", "ratio"),
            tuple(
                (hostile.name, f"{len(hostile.data) / 1024:.0f}", f"{taken * 1e3:.1f} ms", ratio(ratios))
                for taken, ratios, hostile in measured[:SLOWEST]
            ),
        )
    )
