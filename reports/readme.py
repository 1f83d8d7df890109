"""Put what commands print, the examples, and the figures of the last runs into README.md and the pages of docs/.

    python reports/readme.py ssedrill-report/record.json .benchmarks/bench.md

Each argument may be left out; `make readme` makes both files first and calls this. A screen is a block of text that
begins with ``$ ssedrill``: what stands below that line is what the command prints. A block with ``example=NAME``
behind its language is the file of that name under tests/examples. The figures stand between markers.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ssedrill.model.record import Record
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.views.matrix import Cell, lay_out
from ssedrill.reporting.views.wording import SYMBOLS

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "tests" / "examples"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FINDINGS = ROOT / "docs" / "findings.md"
BENCHMARKS = ROOT / "docs" / "benchmarks.md"
FOLLOWED = ("compare.md", "baseline.md")
"""Pages whose commands go on with what those before them have made: in one folder, from the top to the bottom."""
EXAMPLE = re.compile(r"(```\w+ example=(\S+)\n).*?^```", re.DOTALL | re.MULTILINE)
SCREEN = re.compile(r"```text\n\$ (ssedrill [^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


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


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands between the markers of this name."""
    old, between = page.read_text("utf-8"), got(page, name)
    page.write_text(old.replace(f"<!-- {name} -->\n{between}", f"<!-- {name} -->\n{text}\n"), "utf-8")


def got(page: Path, name: str) -> str:
    """Return what stands between the markers of this name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end {name} -->", page.read_text("utf-8"), re.DOTALL)
    assert found, f"{page.name} has no marker {name}"
    return found[1]


def screen(command: str, folder: Path = EXAMPLES) -> str:
    """Return what a command of ours prints in a folder, among the examples."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    argv = [sys.executable, "-m", "ssedrill", *shlex.split(command)[1:]]
    done = subprocess.run(argv, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def with_screens(page: str) -> str:
    """Put what each command prints under it."""
    return SCREEN.sub(lambda found: f"```text\n$ {found[1]}\n{screen(found[1])}\n```", page)


def followed(page: str, run: Callable[[str], str]) -> str:
    """Return a page that is followed: below commands stands what the last of them prints, or has written.

    ``run`` runs a line in a folder with the examples, which is the current one, and returns what it prints.
    """
    printed, written = "", Path()

    def follow(block: re.Match[str]) -> str:
        nonlocal printed, written
        head, language, body = block.groups()
        if language == "sh":
            for line in body.splitlines():
                printed = run(line)
                if (file := re.search(r"--write-baseline (\S+)", line)) is not None:
                    written = Path(file[1])
        elif language == "text":
            body = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines()) + "\n"
        elif language == "toml":
            body = written.read_text("utf-8")
        return f"{head}{body}```"

    return re.sub(r"^(```(\w+)[^\n]*\n)(.*?)^```", follow, page, flags=re.MULTILINE | re.DOTALL)


def with_followed(page: Path) -> str:
    """Follow a page among the examples; what needs an environment of its own is passed over."""
    before, text = Path.cwd(), page.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(shutil.copytree(EXAMPLES, Path(folder) / "examples"))
        try:
            return followed(text, _typed)
        finally:
            os.chdir(before)


def _typed(line: str) -> str:
    ours = line.startswith("ssedrill ") and "both.json" not in line
    return screen(line, Path.cwd()) if ours else ""


def with_examples(page: str) -> str:
    """Put each example's file under the line that names it."""
    return EXAMPLE.sub(lambda found: f"{found[1]}{(EXAMPLES / found[2]).read_text('utf-8').rstrip()}\n```", page)


def with_tables(before: str, measured: str) -> str:
    """Return the tables of before, but for those that were measured again: a part of the measures may be.

    A table is known by its title, whatever the numbers in it.
    """
    return "\n\n".join((_by_title(before) | _by_title(measured)).values())


def _by_title(text: str) -> dict[str, str]:
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return {re.sub(r"[\d.,]+", "N", part.partition("\n")[0]): part.strip() for part in parts}


def main(arguments: list[str]) -> None:
    """Update the pages, and the figures for which a file was given."""
    for page in PAGES:
        page.write_text(with_screens(with_examples(page.read_text("utf-8"))), "utf-8")
        if page.name in FOLLOWED:
            page.write_text(with_followed(page), "utf-8")
    for argument in arguments:
        path = Path(argument)
        if path.suffix == ".json":
            file = to_json.read(path)
            put(FINDINGS, "matrix", f"{matrix(file.runs)}\n\nVersions: {versions(file.versions)}.")
        else:
            measured = re.sub(r"^#+ ", "## ", path.read_text("utf-8").strip(), flags=re.MULTILINE)
            put(BENCHMARKS, "bench", with_tables(got(BENCHMARKS, "bench"), measured))


if __name__ == "__main__":
    main(sys.argv[1:])
