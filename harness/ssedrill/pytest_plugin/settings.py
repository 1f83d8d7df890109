"""What a test's drills are made with: what its markers say, else the command line, drill_config, or the ini file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ssedrill.dialects import DIALECTS
from ssedrill.loading.problems import nearest, shown
from ssedrill.pytest_plugin.names import MARK, OPTIONS

OF_MARKER = ("dialect", "clock", "seed")
"""Those that a marker may say, too; it may also have ``exclude``."""
REPORT = "ssedrill-report"


@dataclass(frozen=True)
class Settings:
    """How the drills of one test are made, and what is kept of them."""

    dialect: str | None
    clock: str
    seed: int
    keep: str
    report: str


def settings_of(item: pytest.Item, configured: Any) -> Settings:
    """Return the settings of a test; fails it if one of them can't be used, and says where it was given."""
    if not isinstance(configured, Mapping) or not set(configured) <= set(OPTIONS):
        _fail(f"drill_config must return a dict with some of {', '.join(OPTIONS)}; it returned {shown(configured)}")
    given = {name: _given(item, configured, name) for name in OPTIONS}
    return Settings(
        dialect=given["dialect"],
        clock=given["clock"] or "real",
        seed=int(given["seed"] or 0),
        keep=given["keep"] or "failed",
        report=str(given["report"] or REPORT),
    )


def marked(item: pytest.Item, name: str) -> Any:
    """Return what the closest marker says that says anything of a setting; None if none does."""
    return next((mark.kwargs[name] for mark in item.iter_markers(MARK) if name in mark.kwargs), None)


def check_marker(mark: pytest.Mark) -> None:
    """Fail if a marker has what no marker may have."""
    known = ("exclude", *OF_MARKER)
    for name in mark.kwargs:
        if name not in known:
            _fail(f"@pytest.mark.{MARK} has no setting {shown(name)}: {nearest(name, known)}")
    for one in mark.args:
        if not isinstance(one, str):
            _fail(f"@pytest.mark.{MARK} names scenarios by strings; {shown(one)} is none")


def check_dialect(name: object, place: str) -> str:
    """Return a dialect's name; fails the test if it is none."""
    if not isinstance(name, str) or name not in DIALECTS:
        _fail(f"{place}: unknown dialect {shown(name)}; {nearest(str(name), DIALECTS)}")
    return str(name)


def _given(item: pytest.Item, configured: Mapping[str, object], name: str) -> Any:
    """Return what is said of a setting at the place that counts, checked; None if nothing is."""
    for place, value in _places(item, configured, name):
        if value is None or value == "":
            continue
        words = OPTIONS[name][1]
        if words and value not in words:
            _fail(f"{place}: {shown(value)} is none of them; write {' or '.join(words)}")
        if name == "dialect":
            check_dialect(value, place)
        if name == "seed" and not (str(value).isdecimal() and not isinstance(value, bool)):
            _fail(f"{place}: {shown(value)} is no seed; write a whole number from 0 on")
        return value
    return None


def _places(item: pytest.Item, configured: Mapping[str, object], name: str) -> Iterator[tuple[str, object]]:
    if name in OF_MARKER:
        yield f"@pytest.mark.{MARK}({name}=...)", marked(item, name)
    yield f"--drill-{name}", item.config.getoption(f"drill_{name}")
    yield f"drill_config, {name}", configured.get(name)
    yield f"drill_{name} in the ini file", item.config.getini(f"drill_{name}")


def _fail(message: str) -> None:
    pytest.fail(message, pytrace=False)
