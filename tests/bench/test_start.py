"""What one waits for before anything happens: the start of commands, beside that of Python and of an SDK."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench.limits import Limits
from bench.tables import Table

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 7
SDKS = ("openai", "anthropic")
PYTHON = [sys.executable, "-c", "pass"]
SSEDRILL = [sys.executable, "-m", "ssedrill"]

HELP, LIST, DRILL = 8.0, 20.0, 2.5
"""``--help`` and ``list scenarios`` take at most so many times what Python takes to start; one drill of an SDK at
most so many times what importing the SDK takes."""


def seconds(words: Sequence[str], env: dict[str, str]) -> float:
    """Return how long a program takes."""
    began = time.perf_counter()
    subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def test_start(publish: Callable[[Table], None], limits: Limits, tmp_path: Path) -> None:
    """Commands that only tell something take a few starts of Python; a drill little more than its client's import."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(tmp_path)  # as after an installation: nothing is compiled any more
    python = ("python -c pass", PYTHON)
    imports = {sdk: (f"python -c 'import {sdk}'", [sys.executable, "-c", f"import {sdk}"]) for sdk in SDKS}
    drilled = [("run healthy -c " + sdk, sdk) for sdk in SDKS]
    measured = [
        ("ssedrill --help", [*SSEDRILL, "--help"], python, HELP),
        ("ssedrill list scenarios", [*SSEDRILL, "list", "scenarios"], python, LIST),
        *((f"ssedrill {line}", [*SSEDRILL, *line.split()], imports[sdk], DRILL) for line, sdk in drilled),
    ]
    rows = []
    for title, words, (beside, yard), limit in measured:
        seconds(words, env), seconds(yard, env)  # compiled now
        pairs = [(seconds(yard, env), seconds(words, env)) for _ in range(ROUNDS)]
        base, took = min(base for base, _ in pairs), min(took for _, took in pairs)
        limits.at_most(title, [took / base], limit)
        rows.append((title, f"{took:.2f} s", beside, f"{base:.2f} s", f"+{took - base:.2f} s", f"x{took / base:.1f}"))
    publish(
        Table(
            "The start of commands",
            f"Beside Python's own start, and for a drill (runs, verdict and report included) beside the import of its"
            f" SDK, which is a part of it, as is the SDK's first request. The"
            f" shortest of {ROUNDS} interleaved rounds: what takes so little is soon held up.",
            ("command", "took", "beside", "which took", "more", "ratio"),
            tuple(rows),
        )
    )
