"""Kinds of arguments that several commands take."""

from __future__ import annotations

import math
import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem


class DialectName(click.ParamType[str]):
    """The name of a dialect. The table is read when a name is given: what packages bring is not loaded before."""

    name = "dialect"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        from ssedrill.dialects import DIALECTS

        if value not in DIALECTS:
            near = get_close_matches(str(value)[:100], DIALECTS, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]}?" if near else ""
            self.fail(f"{str(value)[:100]!r} is not one of {', '.join(map(repr, DIALECTS))}.{hint}", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin so."""
        from ssedrill.dialects import DIALECTS

        return [CompletionItem(name) for name in DIALECTS if name.startswith(incomplete)]


DIALECT = DialectName()


class Price(click.ParamType[float]):
    """What a million output tokens cost, in any currency: a number above 0."""

    name = "money"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, to the sixth digit, as a record has it."""
        try:
            price = round(float(value), 6)
        except ValueError:
            price = math.nan
        if not 0 < price < math.inf:
            self.fail(f"{str(value)[:100]!r} is no price: write a number above 0, such as 15 or 0.6.", param, ctx)
        return price


PRICE = Price()
PRICE_HELP = "What a million output tokens cost, in your currency: reports then say what was thrown away in money."


class ExecutorAddress(click.ParamType[str]):
    """Who makes the runs: ``local``, or the address of a scheduler."""

    name = "executor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address as it was written."""
        from ssedrill.campaign.bad_campaign import BadCampaign
        from ssedrill.campaign.executors import LOCAL, scheduler_of

        try:
            if value != LOCAL:
                scheduler_of(str(value))
        except BadCampaign as bad:
            self.fail(str(bad), param, ctx)
        return str(value)


EXECUTOR = ExecutorAddress()


class Place(click.Path):
    """A file or folder to be written; an empty name (an unset variable, mostly) is none."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path from the root (a client may change the current folder), or ``-`` as it is."""
        if not str(value):
            self.fail("the name is empty", param, ctx)
        return super().convert(value if str(value) == "-" else os.path.abspath(value), param, ctx)


def as_seen_from(folder: Path, path: Path) -> Path:
    """Return a path as one says it in a folder."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path
