"""What is mutated, in groups, and which tests are to notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_JUDGING = "harness/ssedrill/judging"
_FAULTS = "faults/ssedrill_faults"

_TESTS_OF_JUDGING = (
    "tests/harness/judging",
    *(f"tests/harness/test_{name}.py" for name in ("ledger", "servers_own_drills", "narrative", "written")),
    "tests/harness/test_served_text.py",
)
_TESTS_OF_FAULTS = (
    "tests/faults",
    "tests/harness/test_bad_scenarios.py",
    "tests/harness/server/test_free_frames.py",
    "tests/harness/server/test_http_around_the_stream.py",
)


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are counted together, and the files or folders of tests that are run for each of their mutants.

    The tests are run in this order until one fails, so those that are quick come first.
    """

    name: str
    files: Sequence[str]
    tests: Sequence[str]


def groups(root: Path) -> list[Group]:
    """Return all groups; what is in no group of its own is one of the faults, or of the checks."""
    found = [
        _of_judging("ledger", "ledger", "shown_text", "extras", "written", "servers_own", "contents"),
        _of_judging("metrics", "metrics", "attempts", "claimed", "recovery", "waits", "stream_waits"),
        _of_judging("outcome", "outcome"),
        Group("checks", [*_files(root, f"{_JUDGING}/checks"), f"{_JUDGING}/judge.py"], _TESTS_OF_JUDGING),
        _of_judging("faults-met", "faults_met"),
        Group("tokens", ["harness/ssedrill/model/tokens.py"], ("tests/harness/test_tokens.py", *_TESTS_OF_JUDGING)),
        Group("compile", _files(root, "harness/ssedrill/planning"), ("tests/harness/test_compile.py", *_OF_PLANS)),
        *(_of_faults(name, name) for name in ("plan", "position", "compose")),
        _of_faults("segments", "segment", "marks"),
        _of_faults("http1", "http1", "http1_chunks"),
    ]
    taken = {file for group in found for file in group.files}
    rest = [file for file in _files(root, _FAULTS) if file not in taken]
    return [*found, Group("faults", rest, _TESTS_OF_FAULTS)]


_OF_PLANS = (
    "tests/faults/test_endings.py",
    "tests/harness/planning",
    "tests/harness/test_run_segment.py",
    "tests/harness/dialects",
    "tests/harness/test_turns.py",
    "tests/harness/test_bad_scenarios.py",
    "tests/harness/test_servers_own_drills.py",
    "tests/harness/test_swallowed_tokens.py",
)


def _of_judging(name: str, *modules: str) -> Group:
    return Group(name, [f"{_JUDGING}/{module}.py" for module in modules], _TESTS_OF_JUDGING)


def _of_faults(name: str, *modules: str) -> Group:
    return Group(name, [f"{_FAULTS}/{module}.py" for module in modules], _TESTS_OF_FAULTS)


def _files(root: Path, folder: str) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in (root / folder).rglob("*.py"))
