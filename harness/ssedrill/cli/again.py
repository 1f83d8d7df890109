"""The command under way, as one types it to do the same again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click
from click.core import ParameterSource

from ssedrill.cli.parameters import Place
from ssedrill.drivers.driver import Client

_NO_MATTER = ("jobs", "executor", "verbose", "quiet", "watching", "annotation")
"""Parameters that change nothing in a record; neither do the places that it is written to."""
CLIENTS = "specs"
"""The parameter that names clients: a specification may hold secrets, a client's name has none."""


def as_given(clients: Sequence[Client]) -> dict[str, str]:
    """Return the command for a record's ``meta``; nothing if no command is under way."""
    context = click.get_current_context(silent=True)
    if context is None or context.parent is None:
        return {}
    words = ["ssedrill", context.info_name or ""]
    for one in context.command.params:
        given = context.get_parameter_source(one.name or "") is ParameterSource.COMMANDLINE
        if not given or one.name in _NO_MATTER or isinstance(one.type, Place):
            continue
        value = context.params[one.name or ""]
        value = [_client(client, value) for client in clients] if one.name == CLIENTS else value
        for word in value if isinstance(value, list | tuple) else [value]:
            words += [str(word)] if isinstance(one, click.Argument) else _option(one, word)
    return {"command": shlex.join(words)}


def _client(client: Client, given: Sequence[str]) -> str:
    """Return a client as it was given, without secrets: by its name, or as ``NAME=SPEC``, perhaps with dialects."""
    if not client.spec:
        return client.name
    heads = (text.strip().partition("=")[0] for text in given)
    head = next((head for head in heads if head.partition("@")[0] == client.name), client.name)
    return f"{head}={client.spec}"


def _option(one: click.Parameter, value: object) -> list[str]:
    name = max(one.opts, key=len)
    return [name] if isinstance(one, click.Option) and one.is_flag else [name, _plain(value)]


def _plain(value: object) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
