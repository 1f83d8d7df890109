"""What GitHub Actions makes of a step: which lines of its log are commands, and how an action's steps are run.

By how the runner reads a log: a line that begins with two colons behind white space, and otherwise two hashes and a
bracket anywhere in it. Which names are commands does not matter here: none is to be there but ours.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.patience import HANG_S

_NEW = re.compile(r"::(?P<name>[^\s:]+)(?: (?P<properties>.*?))?::(?P<data>.*)")
_OLD = re.compile(r"##\[(?P<name>[^\]\s]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)")
_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


@dataclass(frozen=True)
class Command:
    """A workflow command, as the runner understands it."""

    name: str
    properties: dict[str, str]
    data: str


def commands_in(log: str) -> list[Command]:
    """Return every command in a log."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        match = _NEW.match(line.lstrip()) or _OLD.search(line)
        if match is not None:
            pairs = [one.strip().split("=", 1) for one in (match["properties"] or "").split(",") if "=" in one]
            properties = {name: _read(value) for name, value in pairs}
            found.append(Command(match["name"], properties, _read(match["data"])))
    return found


def _read(text: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


@dataclass
class Job:
    """A job that an action runs in, in a folder of its own."""

    folder: Path
    environment: Mapping[str, str]
    used: list[dict[str, Any]] = field(default_factory=list)
    """Steps that are other actions: nothing but their inputs is seen."""
    log: str = ""
    outputs: str = ""
    summary: str = ""

    def act(self, action: Path, **inputs: str) -> int:
        """Run the steps of an action, those of other actions aside; return the exit code of the one that failed."""
        text = yaml.safe_load(action.read_text("utf-8"))
        values = {name: told["default"] for name, told in text["inputs"].items()} | inputs
        names = {f"inputs.{name}": value for name, value in values.items()}
        names["github.action_path"] = str(action.parent)
        self.log = self.outputs = self.summary = ""
        code = 0
        for step in text["runs"]["steps"]:
            condition = step.get("if", "success()")
            always, wanted = "always()" in condition, re.search(r"inputs\.([\w-]+) != ''", condition)
            if (code and not always) or (wanted and not values[wanted[1]]):
                continue
            if "uses" in step:
                self.used.append({"uses": step["uses"], **{k: _fill(v, names) for k, v in step["with"].items()}})
            else:
                assert step["shell"] == "bash"
                assert "${{" not in step["run"], "an expression in a script is read as a part of the script"
                code = code or self.run(step["run"], {k: _fill(v, names) for k, v in step.get("env", {}).items()})
        return code

    def run(self, script: str, environment: Mapping[str, str] | None = None) -> int:
        """Run a script as a step, with the runner's options for bash."""
        files = {name: self.folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**os.environ, **self.environment, **(environment or {}), **{k: str(v) for k, v in files.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=HANG_S,
            check=False,
        )
        self.log += done.stdout.decode()
        self.outputs += files["GITHUB_OUTPUT"].read_text("utf-8")
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        return done.returncode


def _fill(text: str, names: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: names[found[1]], text)
