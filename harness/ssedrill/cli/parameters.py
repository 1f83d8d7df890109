"""Kinds of arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ssedrill.dialects import dialects


def known_dialects(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Return what an option was given, one name or several, if all are dialects; refuse it otherwise.

    The table is read when a name is given and not before: a package that brings a bad dialect is then told as such.
    """
    given = (value,) if isinstance(value, str) else value or ()
    for name in given:
        click.Choice(list(dialects())).convert(name, param, ctx)
    return value


class Place(click.Path):
    """A file or folder to be written; an empty name (an unset variable, mostly) is none."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if not str(value):
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)
