"""The same command again, whenever a file that it depends on changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console

from ssedrill.cli.exit_codes import EXIT_INTERRUPTED
from ssedrill.model.phrases import grouped

OPTION = "--watch"
SUFFIXES = (".toml", ".js", ".mjs", ".cjs", ".ts", ".sh")
"""What counts, besides Python, as a scenario, a client or a configuration."""


LOOKS_UP_MS = 250


def watch(words: Sequence[str], clients: Iterable[str], scenarios: Iterable[str], console: Console) -> int:
    """Run ``ssedrill`` with these words, without ``--watch``, now and after each change, until Ctrl-C.

    Each run is a process of its own, so that it imports clients as they are by then. Raises click.UsageError if the
    package that sees changes is not installed.
    """
    try:
        from watchfiles import PythonFilter, watch
    except ModuleNotFoundError:
        raise click.UsageError("--watch needs the package watchfiles: pip install 'ssedrill[watch]'") from None
    again = [sys.executable, "-m", "ssedrill", *(word for word in words if word != OPTION)]
    places = watched(clients, scenarios)
    changes = watch(
        *places, watch_filter=PythonFilter(extra_extensions=SUFFIXES), rust_timeout=LOOKS_UP_MS, yield_on_timeout=True
    )
    try:
        next(changes)  # from here on each change is seen, also one that comes while drills run
        while True:
            subprocess.run(again, check=False)
            _waits(console, places)
            next(filter(None, changes))
            console.rule()
    except KeyboardInterrupt:
        pass
    return EXIT_INTERRUPTED


def watched(clients: Iterable[str], scenarios: Iterable[str]) -> list[Path]:
    """Return the folders that a run depends on: the current one, and those of what lies outside of it.

    A file is seen by its folder: an editor that puts a new one in its place would leave the old one watched. One in a
    folder above the current one is watched itself, as that may hold anything.
    """
    here = Path.cwd()
    files = [Path(spec.rpartition("=")[2].rpartition(":")[0]) for spec in clients]
    named = [path.resolve() for path in map(Path, scenarios) if path.exists()]
    found = [path if path.is_dir() or here.is_relative_to(path.parent) else path.parent for path in named]
    found += [file.resolve().parent for file in files if file.suffix == ".py" and file.exists()]
    return [here, *(path for path in dict.fromkeys(found) if not path.is_relative_to(here))]


def _waits(console: Console, places: Sequence[Path]) -> None:
    said = ", ".join(str(place) for place in places)
    console.print(f"Watching {grouped(len(places), 'place')} ({said}); Ctrl-C ends.", markup=False, soft_wrap=True)
