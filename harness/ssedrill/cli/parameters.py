"""Kinds of arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ssedrill.dialects import dialects

DIALECT = click.Choice(list(dialects()))
"""The name of a dialect."""


class Place(click.Path):
    """A file or folder to be written; an empty name (an unset variable, mostly) is none."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if not str(value):
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)
