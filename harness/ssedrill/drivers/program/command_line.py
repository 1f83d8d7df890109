"""From a command line to the driver that runs it."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import Literal

from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.program.environment import slips
from ssedrill.drivers.program.program_driver import Program


def json_lines(command: str) -> Program:
    """Return the driver of a program that prints JSON lines; raises BadSpec."""
    return _program(command, "jsonl", "cmd:./my-client --url {url}")


def raw_text(command: str) -> Program:
    """Return the driver of a program whose output is the text; raises BadSpec."""
    return _program(command, "raw", "raw:curl -sN {url}")


def _program(command: str, mode: Literal["jsonl", "raw"], example: str) -> Program:
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise BadSpec(f"{str(error).lower()}; quote it as for a shell") from None
    if not argv or not argv[0]:
        raise BadSpec(f"no program is named; write for example {example}")
    for slip, meant in slips(argv):
        raise BadSpec(f"{slip} is no fact that a program is told; did you mean {meant}?")
    if shutil.which(argv[0]) is None:
        raise BadSpec(_why_not(argv[0]))
    return Program(argv, mode)


_NONE = "there is no program"


def _why_not(program: str) -> str:
    if os.path.isdir(program):
        return f"{program} is a folder, not a program"
    if os.path.exists(program) and "/" in program:
        return f"{program} is not executable; `chmod +x` it or name its interpreter first"
    if os.path.exists(program):
        return f"{_NONE} {program} on the PATH; for the file here write ./{program}"
    return f"{_NONE} {program}; check the path" if "/" in program else f"{_NONE} {program} on the PATH"
