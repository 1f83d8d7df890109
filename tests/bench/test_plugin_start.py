"""What the pytest plugin adds to pytest's start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from statistics import median

import pytest

from bench.limits import Limits
from bench.tables import Table

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 10
PLUGIN = "ssedrill.pytest_plugin"
OF_PYTEST = 0.1
"""Of what importing pytest itself takes (0.12 s on a quick machine), the plugin adds at most so much."""
_LINE = re.compile(rf"import time:\s*\d+ \|\s*(\d+) \| (pytest|{re.escape(PLUGIN)})$", re.MULTILINE)


def test_the_start_of_pytest(publish: Callable[[Table], None], limits: Limits) -> None:
    """Importing the plugin, behind pytest itself, which it needs and which is there."""
    found: dict[str, list[float]] = {"pytest": [], PLUGIN: []}
    for _ in range(ROUNDS):
        command = [sys.executable, "-X", "importtime", "-c", f"import pytest; import {PLUGIN}"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        for microseconds, name in _LINE.findall(told):
            found[name].append(int(microseconds) / 1e3)
    rows = tuple((name, f"{median(ms):.1f} ms ({min(ms):.1f}..{max(ms):.1f})") for name, ms in found.items())
    publish(Table("The start of pytest", "What importing takes when pytest starts.", ("imported", "takes"), rows))
    ratios = [plugin / pytest_itself for pytest_itself, plugin in zip(*found.values(), strict=True)]
    limits.at_most("importing the plugin, to importing pytest", ratios, OF_PYTEST)
