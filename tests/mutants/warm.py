"""Mutants of functions: tests are collected once, and run for each mutant in a fork of the process that did it.

A first fork runs all tests on the code as it is, to see which of them call which functions, and how long each takes.
A mutant meets the tests that call its function, the quickest first.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType

import pytest

from mutants.mutations import Mutant, mutated
from mutants.pool import in_children, limit_cpu
from mutants.pytest_calls import arguments, settle
from mutants.swap import caches_of, name_of, put_in_place

PASSED, FAILED = 0, 1
"""Exit codes of pytest."""


def run_warm(
    root: Path,
    mutants: Sequence[Mutant],
    tests: Sequence[str],
    scratch: Path,
    tell: Callable[[int, int], None],
    *,
    jobs: int,
    wall_s: float,
) -> int:
    """Try mutants one after the other; ``tell`` is called with the place of each in the list, and an exit code."""
    settle(scratch)
    plugin = _Loop(root, mutants, scratch, tell, jobs=jobs, wall_s=wall_s)
    return int(pytest.main(arguments(scratch, tests), plugins=[plugin]))


class _Loop:
    """A plugin that takes the place of pytest's own loop over the tests."""

    def __init__(
        self,
        root: Path,
        mutants: Sequence[Mutant],
        scratch: Path,
        tell: Callable[[int, int], None],
        *,
        jobs: int,
        wall_s: float,
    ) -> None:
        self.root, self.mutants, self.scratch, self.tell = root, mutants, scratch, tell
        self.jobs, self.wall_s = jobs, wall_s
        self.cpu_s: list[float] = []  # of each test
        self.callers: dict[tuple[str, str, int], list[int]] = defaultdict(list)  # tests, by their places

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Look at the tests once, then try every mutant."""
        calls = self.scratch / "calls.json"
        for ended in in_children(lambda file: self._looked(session, file), [calls], jobs=1, wall_s=self.wall_s):
            if ended.code != PASSED:
                raise pytest.UsageError("the tests do not pass on the code as it is")
        for place, (cpu_s, functions) in enumerate(json.loads(calls.read_text())):
            self.cpu_s.append(cpu_s)
            for file, name, line in functions:
                self.callers[file, name, line].append(place)
        trials = enumerate(self.mutants)
        work = in_children(lambda trial: self._tried(session, trial[1]), trials, jobs=self.jobs, wall_s=self.wall_s)
        for done in work:
            self.tell(done.thing[0], done.code)
        return True

    def _looked(self, session: pytest.Session, calls: Path) -> int:
        files = {str(self.root / one.file) for one in self.mutants}
        found = []
        caches = caches_of(files)
        for item, nextitem in _pairs(session.items):
            for cache in caches:  # so that each test is seen to call what an earlier one has called already
                cache.cache_clear()
            began = time.process_time()
            called = _called(item, nextitem, files)
            found.append((time.process_time() - began, [(file, *code) for file, code in called]))
            if session.testsfailed:
                return FAILED
        calls.write_text(json.dumps(found))
        return PASSED

    def _tried(self, session: pytest.Session, mutant: Mutant) -> int:
        limit_cpu(3 * sum(self.cpu_s) + 10)
        file = self.root / mutant.file
        put_in_place(file, mutated(self.root, mutant))
        places = sorted(self.callers[str(file), *mutant.called], key=self.cpu_s.__getitem__)
        for item, nextitem in _pairs([session.items[place] for place in places]):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=nextitem)
            if session.testsfailed:
                return FAILED
        return PASSED


def _pairs(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True) if items else iter(())


def _called(
    item: pytest.Item, nextitem: pytest.Item | None, files: set[str]
) -> set[tuple[str, tuple[str, int]]]:
    """Run a test and return the functions of these files that it called."""
    seen: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        item.ihook.pytest_runtest_protocol(item=item, nextitem=nextitem)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return {(code.co_filename, name_of(code)) for code in seen if code.co_filename in files}
