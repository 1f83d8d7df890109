"""Which drills a command runs: the options, and what they choose."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ssedrill.cli import completion

if TYPE_CHECKING:
    from ssedrill.model.scenario import Scenario
    from ssedrill.running.shard import Shard

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Choice:
    """What was named, and what narrows it."""

    named: Sequence[str] = ()
    tags: Sequence[str] = ()
    keywords: Sequence[str] = ()
    excluded: Sequence[str] = ()

    def scenarios(self) -> list[Scenario]:
        """Return the scenarios. Raises BadScenario for words that name none, and for bad files."""
        return self.narrowed(self.there())

    def there(self) -> list[Scenario]:
        """Return the scenarios that were named. Raises BadScenario for words that name none, and for bad files."""
        from ssedrill.loading.choose import find

        return find(list(self.named))

    def narrowed(self, there: list[Scenario]) -> list[Scenario]:
        """Return those of them that are left. Raises BadScenario for words that leave none."""
        from ssedrill.loading.choose import containing, tagged, without
        from ssedrill.loading.problems import BadScenario, Problem

        found = without(there, self.excluded)
        if not found:
            right = "leave one of them out"
            raise BadScenario([Problem("--exclude", "", "nothing is left of what was named", right)])
        found = tagged(found, self.tags) if self.tags else found
        return containing(found, self.keywords) if self.keywords else found


class ShardOf(click.ParamType[Any]):
    """``K/N``: the K-th of N parts."""

    name = "K/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        """Return the shard."""
        from ssedrill.running.shard import MOST_SHARDS, Shard

        if isinstance(value, Shard):
            return value
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", str(value))
        if found is None or not 1 <= int(found[1]) <= int(found[2]) <= MOST_SHARDS:
            self.fail(f"{str(value)[:100]!r} is no part of a whole: write 1/3, 2/3 or 3/3.", param, ctx)
        return Shard(int(found[1]), int(found[2]))


def choosing(command: F) -> F:
    """Give a command the options that narrow what was named: ``tags``, ``keywords``, ``excluded`` and ``shard``."""
    options = (
        click.option("--tag", "tags", multiple=True, metavar="TAG", shell_complete=completion.tags,
                     help="Only scenarios with this tag; may be repeated."),
        click.option("-k", "keywords", multiple=True, metavar="TEXT",
                     help="Only scenarios with this text in family/name; may be repeated."),
        click.option("--exclude", "excluded", multiple=True, metavar="NAME|FAMILY|PATTERN|TAG",
                     shell_complete=completion.scenarios, help="Leave these scenarios out; may be repeated."),
        click.option("--shard", type=ShardOf(), metavar="K/N",
                     help="Only the K-th of N parts of the run; ssedrill merge puts them together."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command
