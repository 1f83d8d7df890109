"""Which failures of production the scenarios stand for, and how that is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from ssedrill.loading.failures import missing, read_failures
from ssedrill.loading.load import builtin_scenarios
from ssedrill.loading.problems import BadScenario

LIST = Path(__file__).parents[1] / "failures.toml"
FAILURES = read_failures(LIST)
STILL_TO_COME = (
    {f"B{n}" for n in range(1, 4)}  # TLS
    | {f"D{n}" for n in range(1, 6)}  # HTTP/2
    | {"G7", "G8", "G9", "J3", "J4"}  # tool calls
    | {"G14", "J11", "J13"}  # other dialects
)


def test_every_failure_has_a_scenario() -> None:
    """All but those that need what can't be said yet."""
    lacking = {failure.code for failure in missing(FAILURES, builtin_scenarios())}
    assert lacking <= STILL_TO_COME


def test_the_list_is_whole() -> None:
    """Each group is numbered without a hole, and no name stands there twice."""
    assert len({failure.name for failure in FAILURES}) == len(FAILURES) == 97
    groups: dict[str, list[int]] = {}
    for failure in FAILURES:
        groups.setdefault(failure.code[0], []).append(int(failure.code[1:]))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in groups.values())


def test_what_is_covered_is_on_the_list() -> None:
    """A slip of the pen would cover nothing."""
    known = {failure.name for failure in FAILURES}
    assert {name for scenario in builtin_scenarios() for name in scenario.covers} <= known


def test_it_is_asked_for_on_the_command_line() -> None:
    """One line for each failure, and the scenarios' tags choose among them."""
    told = CliRunner().invoke(cli, ["list", "scenarios", "--missing", str(LIST)], standalone_mode=False)
    assert set(re.findall(r"^(\S+)\s+[A-J]\d+", told.output, re.MULTILINE)) == {
        failure.name for failure in missing(FAILURES, builtin_scenarios())
    }
    basic = CliRunner().invoke(cli, ["list", "scenarios", "--tag", "basic", "--json"], standalone_mode=False)
    assert basic.output.count('"name"') == sum("basic" in scenario.tags for scenario in builtin_scenarios())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "failure: missing or empty"),
        ("[[failure]]\ncode = 1", r"failure\[0\]: nothing is no name|failure\[0\]"),
        ("x =", "not TOML"),
        ("failure = 7", "failure: missing or empty"),
    ],
)
def test_a_list_that_can_not_be_used(tmp_path: Path, text: str, wrong: str) -> None:
    """It is told by its file, with what would be right."""
    (tmp_path / "list.toml").write_text(text)
    with pytest.raises(BadScenario, match=wrong):
        read_failures(tmp_path / "list.toml")
    with pytest.raises(BadScenario, match="no such file"):
        read_failures(tmp_path / "none.toml")
