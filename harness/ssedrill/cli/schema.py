"""``ssedrill schema``: what an editor needs to know of scenario files."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Write it beside your scenarios and name it in their first line:

    \b
      ssedrill schema > scenario.schema.json
      #:schema ./scenario.schema.json

    Editors with taplo (Even Better TOML in VS Code) then complete keys, and say what each means.
    """
    from ssedrill.loading.json_schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=1, ensure_ascii=False))
