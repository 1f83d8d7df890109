"""Drill Node's SDKs with the scenarios of the calls, for the table of findings.

    PYTHONPATH=tests python -m libraries.node_calls ssedrill-report/node.json

What is not installed is named, here and in the record, and nothing is said of how it does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from libraries.table import HERE, INSTALLED, LIBRARIES, NODE, Library
from ssedrill.model.record import Record, RecordFile
from ssedrill.reporting.formats import to_json

SCENARIOS = HERE.parent.parent / "scenarios" / "calls"
TOO_LONG_S = 1200.0
LEFT_OUT = "left out"
"""Under this name the record says what is not there."""


def version_of(library: Library) -> str:
    """Return the version of a package of Node's that is installed."""
    about = INSTALLED / NODE / "node_modules" / library.package / "package.json"
    return str(json.loads(about.read_text(encoding="utf-8"))["version"])


def drilled(library: Library) -> list[Record]:
    """Return its runs, under the library's name."""
    command = [library.ssedrill, "run", SCENARIOS, "--client", library.client(), "--dialect", library.dialect]
    done = subprocess.run(
        [*command, "--seed", "1", "--json", "-"], stdout=subprocess.PIPE, timeout=TOO_LONG_S, check=False
    )
    return [replace(run, client=library.name) for run in to_json.from_text(done.stdout.decode()).runs]


def main() -> None:
    """Write the record of all that are there."""
    file = RecordFile({}, [])
    left_out = []
    for library in (one for one in LIBRARIES if one.environment == NODE):
        if why := library.why_absent():
            print(f"left out: {why}", file=sys.stderr)
            left_out.append(why)
            continue
        file.versions[library.name] = version_of(library)
        file.runs += drilled(library)
    file.meta[LEFT_OUT] = "; ".join(left_out)
    to_json.write(file, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
