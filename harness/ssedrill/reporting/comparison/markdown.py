"""A comparison in Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.comparing.compare import Change, Comparison
from ssedrill.model.phrases import grouped
from ssedrill.reporting.comparison.told import (
    Item,
    Section,
    headline,
    how_measured,
    sections,
    side_by_side_table,
    versions,
)
from ssedrill.reporting.formats.markdown import LONGEST, escape
from ssedrill.reporting.views.wording import SYMBOLS


def to_text(comparison: Comparison) -> str:
    """Return the Markdown; if it would be too long for a comment, drills are left out, and it says so."""
    lines = ["## ssedrill compare", "", f"**{escape(headline(comparison))}**", ""]
    lines += [f"- {escape(line)}" for line in versions(comparison)]
    table = side_by_side_table(comparison)
    end = ["", "### Side by side", "", f"| client | {' | '.join(table.headings)} |"] if table.rows else []
    end += ["|---|" + "--:|" * len(table.headings)] if table.rows else []
    end += [f"| {escape(name)} | {' | '.join(row)} |" for name, row in table.rows]
    end += ["", *(f"{escape(line)}\n" for line in how_measured(comparison))]
    lines += _sections(sections(comparison), LONGEST - sum(len(line) + 1 for line in (*lines, *end)))
    return "\n".join([*lines, *end]) + "\n"


def only_new(comparison: Comparison) -> str:
    """Return the Markdown of what has changed, and no more; what fails as it did is only counted."""
    lines = ["## ssedrill: what is new", "", f"**{escape(headline(comparison))}**", ""]
    changed = sections(comparison, only_changes=True)
    as_before = sum(one.new is not None and one.new.verdict.bad for one in comparison.with_change(Change.SAME))
    lines += [f"{grouped(as_before, 'drill')} went wrong as before."] if as_before else []
    lines += _sections(changed, LONGEST) if changed else ["Nothing has changed."]
    return "\n".join(lines) + "\n"


def _sections(found: Sequence[Section], left: int) -> list[str]:
    """Return the sections, as long as they fit into so many characters."""
    lines = []
    for section in found:
        lines += ["", f"### {section.title}", "", section.sentence, ""]
        for told, item in enumerate(map(_item, section.items)):
            left -= len(item) + 1
            if left < 0:
                lines.append(f"- … and {len(section.items) - told} more: the other formats have them.")
                break
            lines.append(item)
    return lines


def _item(item: Item) -> str:
    red = " **regression**" if item.regression else ""
    symbol = SYMBOLS[item.verdict].replace("~", "\\~")
    head = f"- {symbol} **{escape(item.drill)}**: {escape(item.was)} → {escape(item.now)}{red}"
    return head + "".join(f"\n  - {escape(line)}" for line in item.lines)
