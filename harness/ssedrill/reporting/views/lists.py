"""What ``ssedrill list`` prints: one row for each thing, as JSON or as a table."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ssedrill.model.clean_text import safe

OWN = __name__.partition(".")[0]
"""Where that is from which is built in."""

ListRow: TypeAlias = dict[str, Any]


def to_json(what: str, rows: list[ListRow]) -> str:
    """Return a list as JSON under its own name."""
    return json.dumps({what: rows}, indent=2, ensure_ascii=False) + "\n"


def print_rows(console: Console, what: str, rows: list[ListRow], *, closely: bool = False) -> None:
    """Print a list for people; ``closely``: with what each setting means."""
    if not rows:
        console.print(f"There are no {what}.")
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(Text(safe(row["name"]), "bold"), _about(row, closely=closely))
    console.print(table, highlight=False)


def _about(row: ListRow, *, closely: bool) -> Text:
    if "available" not in row:
        text = Text(safe(row["about"], 1000))
        told = [safe(row[name]) for name in ("layer", "family") if row.get(name)]
        told += ["only reshapes"] if row.get("shaping") else []
        told += [f"from {safe(row['from'])}"] if row.get("from", OWN) != OWN else []
        text.append(f"  ({', '.join(told)})" if told else "", "dim")
        for line in _written(row, closely=closely):
            text.append(f"\n{safe(line, 1000)}", "dim")
        return text
    text = Text("available" if row["available"] else "NOT AVAILABLE", "green" if row["available"] else "bold magenta")
    text.append(f"  {row['kind']}  {safe(row['version'], 30)}".rstrip())
    text.append(f"  {', '.join(row['dialects'])}", "dim")
    origin = f" (from {safe(row['from'])})" if row.get("from", OWN) != OWN else ""
    text.append(f"\n{safe(row['about'])}{origin}", "dim")
    text.append(f"\n{safe(row['why'])}" if row["why"] else "")
    return text


def _written(row: ListRow, *, closely: bool) -> list[str]:
    """Return what a scenario may say of a fault."""
    settings = [one for one in row.get("settings", ()) if closely or not one.get("of_every")]
    lines = [line for one in settings for line in (f"  {_setting(one)}", *_meaning(one, closely=closely))]
    if row.get("positions") and closely:
        lines.append(f"  position{'' if row['position_required'] else ' (or from the start)'}, one of:")
        for one in row["positions"]:
            lines += [f"  {_setting(one)}", *_meaning(one, closely=closely)]
    elif row.get("positions"):
        ways = ", ".join(
            one["name"] if one["type"] == "whole number" else f"{one['name']} ({one['type']})"
            for one in row["positions"]
        )
        lines.append(f"  position{'' if row['position_required'] else ' (or from the start)'}: {ways}")
    if row.get("shaping_by"):
        lines.append(f"  whether it only reshapes is decided by {', '.join(row['shaping_by'])}")
    return lines


def _meaning(one: dict[str, Any], *, closely: bool) -> list[str]:
    return [f"      {one['meaning']}"] if closely and one["meaning"] else []


def _setting(one: dict[str, Any]) -> str:
    default = one.get("default")
    shown = "" if default in (None, [], {}) else f", {json.dumps(default, ensure_ascii=False)} if left out"
    return f"{one['name']}: {one['type']}{', required' if one.get('required') else shown}"
