"""What the plugin's marker and settings are called."""

from __future__ import annotations

MARK = "drill"
"""The marker, and the fixture."""
OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dialect": ("the protocol that the code under test speaks, such as openai-chat", ()),
    "clock": ("what tests live on: real (default), or virtual, on which waiting costs nothing", ("real", "virtual")),
    "seed": ("what decides the text of the answers; 0 without it", ()),
    "keep": ("of which tests the page of evidence is kept: failed (default), all, none", ("failed", "all", "none")),
    "report": ("the folder in which such pages are kept; ssedrill-report without it", ()),
}
"""Each is ``--drill-NAME`` on the command line and ``drill_NAME`` in the ini file."""
FOLDERS = "drill_scenarios"
"""The ini entry with the folders of a project's own scenarios."""
