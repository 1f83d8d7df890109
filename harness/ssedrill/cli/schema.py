"""``ssedrill schema``: what an editor needs to know of scenario files and baselines, and a program of records."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("schema")
@click.argument("kind", type=click.Choice(["scenario", "baseline", "record"]), default="scenario")
def command(kind: str) -> None:
    """Print the JSON Schema of scenario files or baselines, for editors, or of records, for programs.

    Write it beside your scenarios and name it in their first line, as ssedrill new scenario does:

    \b
      ssedrill schema > scenario.schema.json
      #:schema ./scenario.schema.json

    Editors with taplo (Even Better TOML in VS Code) then complete keys, and say what each means.

    \b
      ssedrill schema record > record.schema.json

    \b
      ssedrill schema baseline > baseline.schema.json

    The number of each is in its $id; docs/files.md says what may change without another one.
    """
    click.echo(told(kind))


def told(kind: str) -> str:
    """Return a schema as it is printed."""
    return json.dumps(_schema(kind), indent=1, ensure_ascii=False)


def _schema(kind: str) -> dict[str, Any]:
    if kind == "record":
        from ssedrill.reporting.formats.record_schema import record_schema

        return record_schema()
    if kind == "baseline":
        from ssedrill.comparing.baseline.schema import baseline_schema

        return baseline_schema()
    from ssedrill.loading.json_schema import scenario_schema

    return scenario_schema()
