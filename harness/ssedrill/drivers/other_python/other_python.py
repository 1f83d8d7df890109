"""Drive a client's function under another environment's Python."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import ssedrill_faults
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Availability
from ssedrill.drivers.other_python import bootstrap
from ssedrill.drivers.program.program_driver import Program
from ssedrill.model.abilities import Ability
from ssedrill.model.redaction import redacted_message

IMPORT_S = 60.0
"""How long importing the client may take, as in a worker."""
LAST_CHARS = 400


class OtherPython(Program):
    """A program: the interpreter of a virtual environment, which runs a function of ssedrill's source."""

    def __init__(self, environment: Path, function: str, distribution: str, can: Iterable[str]) -> None:
        """``distribution`` names the package whose version is the client's; raises BadSpec if there is no Python."""
        self._python = python_of(environment)
        self._environment = environment
        self._path = function
        self._distribution = distribution
        abilities = {*can, Ability.CALLS.value, Ability.CANCEL.value}
        super().__init__(self._command_line("run", ",".join(sorted(abilities))))
        self.answers_127 = True  # it says "unsupported" in words: nobody needs to ask
        self._can = tuple(sorted(abilities))

    @property
    def doubt_if_unsupported(self) -> str:
        """Nothing: a function says so on purpose."""
        return ""

    def probe(self) -> Availability:
        """Have the environment's Python import the client, and say its version."""
        command = self._command_line("probe", self._distribution)
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=IMPORT_S, check=False
            )
            answer = json.loads(done.stdout)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Availability(False, why=f"{self._python} can't be asked: {error}")
        except ValueError:
            said = done.stderr.decode("utf-8", "replace").strip()[-LAST_CHARS:]
            return Availability(False, why=f"{self._python} ended with {done.returncode}: {redacted_message(said)}")
        if why := answer["why"]:
            return Availability(False, why=f"the environment {self._environment}: {why}{self._hint(why)}")
        return Availability(True, answer["version"], answers_127=True, can=self._can)

    def _hint(self, why: str) -> str:
        missing = f"ModuleNotFoundError: No module named '{self._distribution.replace('-', '_')}"
        return f" ({self._python} -m pip install {self._distribution})" if missing in why else ""

    def _command_line(self, what: str, word: str) -> list[str]:
        faults = os.path.dirname(os.path.abspath(ssedrill_faults.__file__))
        return [str(self._python), "-I", bootstrap.__file__, what, self._path, word, faults]


def python_of(environment: Path) -> Path:
    """Return the interpreter of a virtual environment; raises BadSpec, which says what would be right."""
    if not environment.is_dir():
        raise BadSpec(f"there is no folder {environment}: make it with python3 -m venv {environment}")
    python = environment / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise BadSpec(f"{environment} is no virtual environment: it has no bin/python")
    return python.absolute()
