"""A built-in client with the libraries of another environment: two versions of it are two clients."""

from __future__ import annotations

from pathlib import Path

from ssedrill.clients import CLIENTS
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.other_python.other_python import OtherPython
from ssedrill.loading.problems import nearest, shown

PREFIX = "venv"
FORM = f"{PREFIX}:FOLDER:CLIENT"


def in_environment(spec: str) -> Client:
    """Return the client that ``venv:FOLDER:CLIENT`` means; raises BadSpec, which says what would be right."""
    folder, _, name = spec.partition(":")[2].rpartition(":")
    if not folder or not name:
        raise BadSpec(f"{spec}: write {FORM}, as in {PREFIX}:old:openai")
    if name not in CLIENTS:
        there = [one.name for one in CLIENTS.values() if one.movable is not None]
        raise BadSpec(f"{spec}: {shown(name)} is no built-in client; {nearest(name, there)}")
    known = CLIENTS[name]
    if known.movable is None:
        raise BadSpec(f"{spec}: {name} is no function of ssedrill's: only those can be run in another environment")
    try:
        driver = OtherPython(Path(folder), known.movable.function, known.movable.distribution, known.can)
    except BadSpec as bad:
        raise BadSpec(f"{spec}: {bad}") from None
    about = f"{known.description}, in the environment {folder}"
    return Client(spec, driver, known.speaks, about, known.can)
