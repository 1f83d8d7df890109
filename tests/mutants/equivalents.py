"""Mutants that no test can notice, since they change nothing that can be seen; each with the reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

_FILE = Path(__file__).with_name("equivalent.toml")


def equivalents() -> dict[tuple[str, str, str, str], str]:
    """Return the reason of each equivalent mutant, by its name."""
    listed = tomllib.loads(_FILE.read_text()).get("mutant", [])
    return {(one["file"], one["in"], one["line"], one["change"]): one["why"] for one in listed}
