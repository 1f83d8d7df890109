"""``ssedrill schema``: what an editor needs to know of scenario files, and a program of records."""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.argument("kind", type=click.Choice(["scenario", "record"]), default="scenario")
def command(kind: str) -> None:
    """Print the JSON Schema of scenario files, for editors, or of records, for programs that read them.

    Write it beside your scenarios and name it in their first line, as ssedrill new scenario does:

    \b
      ssedrill schema > scenario.schema.json
      #:schema ./scenario.schema.json

    Editors with taplo (Even Better TOML in VS Code) then complete keys, and say what each means.

    \b
      ssedrill schema record > record.schema.json

    Its number is in its $id; docs/files.md says what may change without another one.
    """
    click.echo(told(kind))


def told(kind: str) -> str:
    """Return a schema as it is printed."""
    if kind == "record":
        from ssedrill.reporting.formats.record_schema import record_schema

        return json.dumps(record_schema(), indent=1, ensure_ascii=False)
    from ssedrill.loading.json_schema import scenario_schema

    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False)
