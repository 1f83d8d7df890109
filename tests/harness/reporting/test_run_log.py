"""Runs are written down as they are made: what was finished is there, whatever ended the harness."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ssedrill.loading.load import load_text
from ssedrill.model.record import Record
from ssedrill.reporting import run_log
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import Head, RunLog, digest, file_of, log_paths, read_log
from support.records import duplicated, passed, restarted

RUNS: list[Record] = [passed(), duplicated(), restarted()]
HEAD = Head("auto", 1, 1, (), ("a", "b"), {"healthy": "d1"}, {"ssedrill": "1"}, planned=3)


def never(said: str) -> None:
    """Fail: nothing was to be told."""
    raise AssertionError(said)


def begun(
    path: Path, *, resume: bool = False, head: Head = HEAD, warn: Callable[[str], None] = never
) -> tuple[RunLog, dict[int, Record]]:
    """Return a log that has begun, and the runs that it had."""
    log = RunLog([path], resume=path if resume else None, warn=warn)
    return log, log.begin(head)


def test_every_run_is_on_disk_at_once_and_reads_back_the_same(tmp_path: Path) -> None:
    """After each run another reader finds it, whoever dies next; the order is that of the plan."""
    path = tmp_path / "runs.jsonl"
    log, done = begun(path)
    assert done == {}
    for index in (2, 0, 1):
        log.add(index, RUNS[index])
        assert read_log(path)[1][index] == RUNS[index]
    head, found = read_log(path)
    assert head == HEAD
    assert file_of(head, found).runs == RUNS
    assert not file_of(head, found).interrupted


def test_it_goes_when_nobody_needs_it_and_stays_otherwise(tmp_path: Path) -> None:
    """It is removed if all is done and written."""
    path = tmp_path / "runs.jsonl"
    begun(path)[0].close(complete=False)
    assert path.exists()
    begun(path, resume=True)[0].close(complete=True)
    assert not path.exists()


@pytest.mark.parametrize("cut", [1, 40, 3000])
def test_a_last_line_that_was_cut_off_is_one_run_less(tmp_path: Path, cut: int) -> None:
    """Whoever was killed while it wrote a line has lost that run; it is gone on with after the line before."""
    path = tmp_path / "runs.jsonl"
    log, _ = begun(path)
    log.add(0, RUNS[0])
    whole = path.stat().st_size
    log.add(1, RUNS[1])
    os.truncate(path, whole + cut)
    log, done = begun(path, resume=True)
    assert done == {0: RUNS[0]}
    assert path.stat().st_size == whole
    log.add(1, RUNS[1])
    log.add(2, RUNS[2])
    assert file_of(*read_log(path)).runs == RUNS


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (replace(HEAD, seed=2), "seed: was 1, is 2"),
        (replace(HEAD, clients=("a",)), "clients: was a, b, is a"),
        (replace(HEAD, dialects=("openai-chat",)), "dialects: was all, is openai-chat"),
        (replace(HEAD, scenarios={"healthy": "d2"}), "scenarios: healthy has changed (d1, now d2)"),
        (replace(HEAD, scenarios={}), "scenarios: healthy is missing"),
        (replace(HEAD, versions=HEAD.versions | {"client a": "3"}), "versions: client a is new"),
    ],
)
def test_other_runs_are_refused_by_name(tmp_path: Path, now: Head, said: str) -> None:
    """It goes on with the same scenarios, clients, versions and seeds only, and says what is not the same."""
    path = tmp_path / "runs.jsonl"
    log, _ = begun(path)
    log.add(0, RUNS[0])
    before = path.read_bytes()
    with pytest.raises(to_json.BadRecord) as error:
        begun(path, resume=True, head=now)
    assert said in str(error.value)
    assert path.read_bytes() == before


def test_nothing_to_go_on_with(tmp_path: Path) -> None:
    """The message says why there may be none."""
    with pytest.raises(to_json.BadRecord, match="a run that went to its end leaves none"):
        begun(tmp_path / "runs.jsonl", resume=True)


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path) -> None:
    """A run that begins anew keeps what another one had done, and says where."""
    path = tmp_path / "runs.jsonl"
    begun(path)[0].add(1, RUNS[1])
    before = path.read_bytes()
    told: list[str] = []
    begun(path, warn=told.append)
    assert (tmp_path / "runs.jsonl.bak").read_bytes() == before
    assert len(told) == 1
    assert "runs.jsonl.bak" in told[0]


def test_a_disk_that_is_full_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line is taken back, the user is told once, and what waited is written as soon as there is room."""
    path, told = tmp_path / "runs.jsonl", list[str]()
    log, _ = begun(path, warn=told.append)
    full, write = True, os.write

    def half(fd: int, line: bytes) -> int:
        if not full:
            return write(fd, line)
        if len(line) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, line[: len(line) // 2])

    monkeypatch.setattr(os, "write", half)
    log.add(0, RUNS[0])
    log.add(1, RUNS[1])
    assert read_log(path)[1] == {}
    assert path.read_bytes().endswith(b"\n")
    full = False
    log.add(2, RUNS[2])
    assert file_of(*read_log(path)).runs == RUNS
    assert told == [f"{path} can't be written (No space left on device): runs stay in memory until the end"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the file: no run was begun"),
        ("[]\n", "line 1: the file: expected an object"),
        ("nothing\n", "line 1: the file: line 1, column 1: not JSON"),
        ('{"clock": "auto"}\n', "line 1: seed: is missing"),
        ("{HEAD}\n7\n", "line 2: the file: expected an object"),
        ('{HEAD}\n{"index": 3, "run": {}, "plans": {}}\n', "line 2: index: 3 is none of 3 planned runs"),
        ('{HEAD}\n{"index": 0, "run": {}, "plans": {}}\n', "line 2: run"),
        ("[" * 100_000 + "\n", "line 1: the file: nested too deeply"),
    ],
)
def test_what_is_no_log_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    """It names the file and the line."""
    path = tmp_path / "runs.jsonl"
    begun(path)[0].close(complete=False)
    head = path.read_text().strip()
    path.write_text(text.replace("{HEAD}", head), "utf-8")
    with pytest.raises(to_json.BadRecord) as error:
        read_log(path)
    assert str(error.value).startswith(f"{path}, {said}")


def test_a_log_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as a record is: no further than the largest there can be."""
    path = tmp_path / "runs.jsonl"
    begun(path)[0].close(complete=False)
    monkeypatch.setattr(to_json, "MOST_BYTES", 10)
    with pytest.raises(to_json.BadRecord, match="is larger than 10 bytes"):
        read_log(path)


def test_places(tmp_path: Path) -> None:
    """In the report's folder and beside the record, but not beside a device, and each place once."""
    folder = tmp_path / "report"
    assert log_paths(None, folder) == [folder / run_log.LOG_NAME]
    assert log_paths(tmp_path / "out.json", None) == [tmp_path / "out.runs.jsonl"]
    assert log_paths(Path("/dev/null"), None) == []
    assert log_paths(None, None) == []


def test_a_scenario_that_was_changed_has_another_digest() -> None:
    """Two readings of one text are the same scenario; another number in it is another."""
    head, must = 'name = "x"\nabout = "A."\ndialects = "all"\n', '[[attempt]]\n[must]\noutcome = ["clean"]\n'
    texts = [f"{head}[stream]\ntokens = {number}\n{must}" for number in (5, 5, 6)]
    once, again, other = (load_text(text, "x.toml") for text in texts)
    assert digest(once) == digest(again) != digest(other)
