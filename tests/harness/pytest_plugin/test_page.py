"""docs/pytest.md: the project that its blocks make, run; and what it says of settings."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ssedrill.pytest_plugin.names import FOLDERS, OPTIONS
from ssedrill.pytest_plugin.settings import OF_MARKER, REPORT
from support.doc_pages import ROOT, blocks
from support.patience import HANG_S

PAGE = ROOT / "docs" / "pytest.md"


@pytest.mark.alone  # its virtual tests mind a machine that has no time for them
def test_the_project_of_the_page(tmp_path):
    """Its files are written down; all tests pass but the one that is to fail, with the words that it has there."""
    for one in blocks(PAGE):
        if one.name:
            (tmp_path / one.name).parent.mkdir(exist_ok=True)
            (tmp_path / one.name).write_text(one.text)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:hypothesispytest", "-ra"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=HANG_S, check=False)
    told = next(one.text for one in blocks(PAGE) if one.language == "text")
    assert told in done.stdout
    assert "tests/test_many.py" in done.stdout
    summary = done.stdout.splitlines()[-1]
    assert "1 failed" in summary, done.stdout
    assert "error" not in summary
    assert "skipped" not in summary
    assert list((tmp_path / "build" / "drills").rglob("index.html"))


def test_every_setting_is_on_the_page():
    """By both of its names, and those of the marker are named as such."""
    text = PAGE.read_text("utf-8")
    for name in OPTIONS:
        assert f"| `--drill-{name} " in text
        assert f"| `drill_{name}` |" in text
    assert f"| `{FOLDERS}` |" in text
    assert ", ".join(f"`{name}`" for name in OF_MARKER) in text
    assert f"`{REPORT}`" in text
