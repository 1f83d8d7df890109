"""From what a user types after ``--client`` to a client."""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
from typing import Literal

from ssedrill.clients import CLIENTS
from ssedrill.dialects import ALL, dialects
from ssedrill.drivers.base import Client, Speaks
from ssedrill.drivers.in_process.driver import InProcess
from ssedrill.drivers.in_process.load_function import BadSpec, ClientFunction, load_function
from ssedrill.drivers.program.driver import Program

MOST_CHARS = 4096
"""A longer specification is something else; it may become a file's name and a part of every report."""

FORMS = "a built-in name, module:function, path.py:function, cmd:PROGRAM ARGS or raw:PROGRAM ARGS"


def parse_spec(text: str) -> Client:
    """Return the client that a specification means; raises BadSpec, which says what would be right.

    A function may have an attribute ``dialects`` (a tuple of names, or "all"); without it, it is offered all of them.
    """
    spec = text.strip()
    if not spec:
        raise BadSpec(f"empty client: write {FORMS}")
    if len(spec) > MOST_CHARS:
        raise BadSpec(f"{spec[:40]}… is longer than {MOST_CHARS} characters: write {FORMS}")
    if "\0" in spec or not spec.isprintable():
        raise BadSpec(f"{text!a} holds characters that can't be printed: write {FORMS}")
    prefix, colon, rest = spec.partition(":")
    if colon and prefix == "cmd":
        return _program(spec, rest, "jsonl")
    if colon and prefix == "raw":
        return _program(spec, rest, "raw")
    if colon and prefix == "service":
        raise BadSpec(f"{spec}: test services can't be driven yet; write {FORMS}")
    if rest.startswith("//"):
        raise BadSpec(f"{spec} is an address, not a client (the server is ssedrill's own): write {FORMS}")
    if colon:
        return _function(spec)
    found = next((client for client in CLIENTS if client.name == spec), None)
    if found is None:
        raise BadSpec(f"there is no client {spec!r}; {_meant(spec)} Other forms: {FORMS.partition(', ')[2]}")
    return found


def _meant(spec: str) -> str:
    """Say what a word that is no client may be meant for."""
    if os.path.isdir(spec):
        return "it is a folder."
    if os.path.isfile(spec):
        return f"did you mean {spec}:FUNCTION?" if spec.endswith(".py") else f"did you mean the program cmd:./{spec}?"
    names = [client.name for client in CLIENTS]
    near = difflib.get_close_matches(spec[:100], names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}."


def _function(spec: str) -> Client:
    return client_of(load_function(spec), spec, path=spec)


def client_of(function: ClientFunction, name: str, *, path: str = "") -> Client:
    """Return the client that a function is; ``path`` says where another process imports it from.

    Raises BadSpec if its attribute ``dialects`` is none.
    """
    speaks = _spoken(name, getattr(function, "dialects", ALL))
    about = (function.__doc__ or "").strip().partition("\n")[0]
    return Client(name, InProcess(function, path=path), speaks, about)


def _spoken(spec: str, names: object) -> Speaks:
    """Return what a function says that it speaks."""
    if names == ALL:
        return ALL
    if not isinstance(names, (tuple, list)) or not names or not set(names) <= set(dialects()):
        raise BadSpec(f"{spec}: its `dialects` must be a tuple of {', '.join(dialects())}; it is {names!r}")
    return tuple(names)


def _program(spec: str, command: str, mode: Literal["jsonl", "raw"]) -> Client:
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise BadSpec(f"{spec}: {str(error).lower()}; quote it as for a shell") from None
    if not argv or not argv[0]:
        raise BadSpec(f"{spec}: no program is named; write for example raw:curl -sN {{url}}")
    if shutil.which(argv[0]) is None:
        raise BadSpec(f"{spec}: {_why_not(argv[0])}")
    about = "a program that prints the text" if mode == "raw" else "a program that prints JSON lines"
    return Client(spec, Program(argv, mode), ALL, about)


_NONE = "there is no program"


def _why_not(program: str) -> str:
    if os.path.isdir(program):
        return f"{program} is a folder, not a program"
    if os.path.exists(program) and "/" in program:
        return f"{program} is not executable; `chmod +x` it or name its interpreter first"
    if os.path.exists(program):
        return f"{_NONE} {program} on the PATH; for the file here write ./{program}"
    return f"{_NONE} {program}; check the path" if "/" in program else f"{_NONE} {program} on the PATH"
