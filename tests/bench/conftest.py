"""Collects the tables of a session, prints them at its end and keeps them in a file."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.limits import Limits
from bench.tables import Table

TABLES = pytest.StashKey[list[Table]]()
KEPT_IN = Path(".benchmarks") / "bench.md"


@pytest.fixture(scope="session")
def publish(request: pytest.FixtureRequest) -> Callable[[Table], None]:
    """Return what takes a table for the end of the session."""
    return request.config.stash.setdefault(TABLES, []).append


@pytest.fixture
def limits() -> Iterator[Limits]:
    """Return what takes note of ratios that are out of their limits; the test fails for them when it is over."""
    found = Limits()
    yield found
    if found.broken:
        pytest.fail("\n".join(found.broken), pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the tables, if anything was measured, and keep them."""
    tables = config.stash.get(TABLES, [])
    if not tables:
        return
    machine = f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores.\n"
    page = "\n".join((machine, *(table.markdown() for table in tables)))
    path = config.rootpath / KEPT_IN
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, "utf-8")
    terminalreporter.section("measurements")
    terminalreporter.write(f"{page}\nkept in {KEPT_IN}\n")
