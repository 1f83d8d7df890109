"""The commands by their names. A command is imported when it is called: the others' imports cost nobody a wait."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.util import find_spec
from types import MappingProxyType
from typing import cast

import click
from click.shell_completion import CompletionItem

from ssedrill.cli.exit_codes import Guarded

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "run": "ssedrill.cli.run",
        "herd": "ssedrill.cli.herd",
        "list": "ssedrill.cli.list",
        "show": "ssedrill.cli.show",
        "report": "ssedrill.cli.report",
        "merge": "ssedrill.cli.merge",
        "compare": "ssedrill.cli.compare",
        "batch": "ssedrill.cli.batch",
        "schema": "ssedrill.cli.schema",
        "new": "ssedrill.cli.new",
        "serve": "ssedrill.cli.serve",
    }
)
"""The module of each command, in the order in which ``--help`` tells them; it is that module's ``command``."""


class Commands(Guarded):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, imported now."""
        return loaded(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments call; for a slip, say what was probably meant."""
        near = get_close_matches(args[0][:100], COMMANDS, n=1)
        if near and args[0] not in COMMANDS:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each is for, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in COMMANDS])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the commands' names, without importing any; click itself would ask each whether it is hidden."""
        found = [CompletionItem(name, help=summary(name)) for name in COMMANDS if name.startswith(incomplete)]
        return found or super().shell_complete(ctx, incomplete)


def loaded(name: str) -> click.Command:
    """Import a command."""
    return cast(click.Command, import_module(COMMANDS[name]).command)


def summary(name: str) -> str:
    """Return the first sentence of a command's help, which is read from its source."""
    spec = find_spec(COMMANDS[name])
    assert spec is not None
    assert isinstance(spec.loader, InspectLoader)
    source = spec.loader.get_source(COMMANDS[name]) or ""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    told = next(ast.get_docstring(node) or "" for node in functions if node.name == "command")
    return " ".join(told.split("\n\n")[0].split()).partition(". ")[0]
