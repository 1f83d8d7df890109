"""A guide of docs/ as something that can be followed: the files it writes, the lines it adds, the commands it runs.

Code blocks with a file's name are steps, in the order in which they stand::

    ```python file=faults/ssedrill_faults/wire/hiccup.py      a new file
    ```diff file=faults/ssedrill_faults/__init__.py      lines that begin with + go into an old one, behind the line
                                                         that stands before them
    ```console                                           lines that begin with $ are commands; those that follow, up
                                                         to the next, must be found in what it prints, in that order
    ```check                                             "FILE has TEXT": what a command must have written by then
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from support.extensions import install

ROOT = Path(__file__).parent.parent.parent
COPIED = ("harness", "faults", "scenarios")
_BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Followed:
    """A copy of the code after a guide was followed there."""

    root: Path
    made: set[str] = field(default_factory=set)
    changed: dict[str, int] = field(default_factory=dict)  # files that were there, and how many lines were added
    commands: list[str] = field(default_factory=list)


def follow(guide: Path, root: Path) -> Followed:
    """Do all that a guide says in a copy of the code; raises AssertionError if a command does not do what it says."""
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = Followed(root)
    for kind, name, text in _BLOCK.findall(guide.read_text("utf-8")):
        if kind == "console":
            _run(text, done)
        elif kind == "check":
            for line in text.splitlines():
                written, _, expected = line.partition(" has ")
                assert expected in (root / written).read_text("utf-8"), line
        elif name and kind == "diff":
            done.changed[name] = done.changed.get(name, 0) + _add_lines(root / name, text)
        elif name:
            path = root / name
            assert not path.exists(), f"{guide.name} writes {name}, which is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            done.made.add(name)
    return done


def _add_lines(path: Path, diff: str) -> int:
    """Add lines, each behind the one that stands before it; return how many."""
    lines = path.read_text("utf-8").splitlines()
    added, before, at = 0, "", -1
    for line in diff.splitlines():
        if line.startswith("+"):
            assert before in lines[at : at + 1], f"{path.name} has no line {before!r} there"
            lines.insert(at + 1, line[1:])
            added += 1
            at += 1
        else:
            at = next((i for i in range(at + 1, len(lines)) if lines[i] == line[1:]), len(lines))
        before = line[1:]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return added


def _run(text: str, done: Followed) -> None:
    steps: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif line.strip() not in ("", "..."):
            steps[-1][1].append(line.strip())
    for command, expected in steps:
        done.commands.append(command)
        words = shlex.split(command)
        if words[:2] == ["pip", "install"]:
            _pip_install(done.root / words[2], done.root / "site")
            continue
        assert words[0] == "ssedrill", f"what a guide runs is ssedrill, not {words[0]}"
        places = [*(str(done.root / name) for name in ("harness", "faults", "site")), str(done.root)]
        run = subprocess.run(
            [sys.executable, "-m", "ssedrill", *words[1:]],
            cwd=done.root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        printed = " ".join((run.stdout + run.stderr).split())
        at = 0
        for line in expected:
            found = printed.find(" ".join(line.split()), at)
            assert found >= 0, f"{command} does not print {line!r}:\n{run.stdout}{run.stderr}"
            at = found + 1


def _pip_install(package: Path, site: Path) -> None:
    """Do what matters here of an installation: put the modules and the entry points where Python looks for them."""
    project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    install(site, project["name"], project["version"], project["entry-points"])
    for folder in package.iterdir():
        if folder.is_dir():
            shutil.copytree(folder, site / folder.name)
        elif folder.suffix == ".py":
            shutil.copy(folder, site)
