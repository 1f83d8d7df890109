"""The table of formats of a comparison, and the folder that ``--report`` writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ssedrill.comparing.compare import Comparison
from ssedrill.reporting.comparison import html, markdown, to_json
from ssedrill.reporting.store.files import write_text

FORMATS: Mapping[str, Callable[[Comparison], str]] = MappingProxyType(
    {
        "comparison.html": html.to_text,
        "comparison.json": to_json.to_text,
        "comparison.md": markdown.to_text,
    }
)
"""What writes each file of a folder."""


def write_all(comparison: Comparison, folder: Path) -> None:
    """Write every format into a folder, made if it is missing. Raises NotWritable."""
    for name, to_text in FORMATS.items():
        write_text(folder / name, to_text(comparison))
