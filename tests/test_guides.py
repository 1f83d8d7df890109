"""The guides of docs/ work: each is followed to the letter in a copy of the code, and touches as little as can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.guide import follow

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = {
    "add-a-client": 1,
    "add-a-command": 1,
    "add-a-check": 1,
    "add-a-dialect": 4,
    "add-a-driver": 1,
    "add-a-fault": 1,
    "add-a-format": 1,
}
"""The guides, and how many new files each needs; a dialect is one folder of them."""
TABLE_LINES = 2
"""A line in a table, and the import of what it names."""


def test_every_guide_is_followed():
    """No guide is left out."""
    assert {path.stem for path in DOCS.glob("add-a-*.md")} == set(GUIDES)


OFTEN = ("add-a-fault", "add-a-client")
"""The guides that are followed in `make test` too."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in OFTEN else pytest.mark.slow) for name in GUIDES]
)
def test_a_guide(name, tmp_path):
    """Its commands print what it says, and besides its own files it touches one table."""
    done = follow(DOCS / f"{name}.md", tmp_path / "copy")
    inside = {path for path in done.made if path.split("/")[0] in ("harness", "faults")}
    assert len(inside) == GUIDES[name]
    assert len({str(Path(path).parent) for path in inside}) == 1
    assert len(done.changed) == 1, f"more than one table is touched: {done.changed}"
    assert max(done.changed.values()) <= TABLE_LINES
    if name != "add-a-command":  # commands are ours alone
        assert any("pip install" in command for command in done.commands), (
            "how an installed package does it is not told"
        )
