"""Put what commands print, the examples, and the figures of the last runs into README.md.

    python reports/readme.py ssedrill-report/record.json .benchmarks/bench.md

Each argument may be left out; `make readme` makes both files first and calls this. Output and figures stand between
markers; an example follows the line in its code block that names its file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ssedrill.model.record import Record
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.views.matrix import Cell, lay_out
from ssedrill.reporting.views.wording import SYMBOLS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
SCREEN = (
    "ssedrill run clean-end-without-terminal done-then-linger keepalive-only reset-mid-stream"
    " -c reference -c anthropic -c openai"
)
STORY = "ssedrill run done-then-linger -c anthropic -v"


def matrix(runs: list[Record]) -> str:
    """Return the table of clients and scenarios; clients that did alike everywhere share a column."""
    found = lay_out(runs)
    alike: dict[tuple[str, ...], list[str]] = {}
    for client in found.clients:
        column = tuple(cell(found.cell(scenario, client)) for scenario in found.scenarios)
        alike.setdefault(column, []).append(client)
    lines = [f"| | {' | '.join('<br>'.join(clients) for clients in alike.values())} |", "|---|" + "---|" * len(alike)]
    lines += [
        f"| {scenario} | {' | '.join(cells)} |"
        for scenario, cells in zip(found.scenarios, zip(*alike, strict=True), strict=True)
    ]
    return "\n".join(lines)


def cell(found: Cell | None) -> str:
    """Return one cell."""
    if found is None:
        return ""
    text = f"{SYMBOLS[found.verdict]} {found.worst.outcome}"
    return f"**{text}**" if found.verdict.bad else text


def versions(found: dict[str, str]) -> str:
    """Return the versions in a line."""
    told = {name.removeprefix("client "): version for name, version in sorted(found.items()) if name != "platform"}
    variants = [name for name in told if any(name.startswith(f"{other}-") for other in told)]
    return ", ".join(f"{name} {version}" for name, version in told.items() if version and name not in variants)


def put(readme: str, name: str, text: str) -> str:
    """Replace what stands between the markers of this name."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    assert pattern.search(readme), f"README.md has no marker {name}"
    return pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", readme)


def screen(command: str) -> str:
    """Return what a command of ours prints, as a code block."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    argv = [sys.executable, "-m", "ssedrill", *command.split()[1:]]
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
    return "\n".join(("```text", f"$ {command}", *lines, "```"))


def with_examples(readme: str) -> str:
    """Put each example's file under the line that names it."""

    def block(found: re.Match[str]) -> str:
        text = (ROOT / found[2]).read_text("utf-8").rstrip()
        return f"{found[1]}{text}\n```"

    return re.sub(r"(```\w+\n(?:#|//) (tests/examples/\S+)\n).*?```", block, readme, flags=re.DOTALL)


def main(arguments: list[str]) -> None:
    """Update the README from the files that were given."""
    readme = with_examples(README.read_text("utf-8"))
    readme = put(readme, "screen", screen(SCREEN))
    readme = put(readme, "story", screen(STORY))
    for argument in arguments:
        path = Path(argument)
        if path.suffix == ".json":
            file = to_json.read(path)
            readme = put(readme, "matrix", f"{matrix(file.runs)}\n\nVersions: {versions(file.versions)}.")
        else:
            tables = re.sub(r"^#+ ", "#### ", path.read_text("utf-8").strip(), flags=re.MULTILINE)
            readme = put(readme, "bench", tables)
    README.write_text(readme, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
