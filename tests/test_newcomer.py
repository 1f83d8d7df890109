"""A newcomer's path: the wheel in an empty project with its own environment, and a start page word for word."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.doc_pages import ROOT, blocks
from support.patience import HANG_S
from support.wheel import build_wheel

PAGES = sorted((ROOT / "docs").glob("start-*.md"))


@dataclass
class Project:
    """An empty folder, and what its owner types there."""

    folder: Path
    wheel: Path

    @property
    def python(self) -> Path:
        """The project's own."""
        return self.folder / ".venv" / "bin" / "python"

    def type(self, line: str) -> str:
        """Type a line, and return what it printed."""
        match line.split()[:2]:
            case ["python3", "-m"]:
                self._set_up()
            case [".", _]:
                assert (self.folder / ".venv" / "bin").is_dir()
            case ["pip", "install"]:
                self._install()
            case _:
                return self._run(line)
        return ""

    def _set_up(self) -> None:
        """Make the environment. What ssedrill depends on is lent by the tests' own: a test fetches nothing."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.folder / ".venv")], check=True)
        [site] = (self.folder / ".venv").glob("lib/python*/site-packages")
        (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", "utf-8")

    def _install(self) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--no-index", "--ignore-installed", str(self.wheel)], check=True, timeout=HANG_S)
        where = self._run("python -c 'import ssedrill; print(ssedrill.__file__)'")
        assert where.startswith(str(self.folder)), where

    def _run(self, line: str) -> str:
        path = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        own = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env={**own, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=HANG_S,
            check=False,
        )
        assert done.returncode in (0, 1), f"{line}: {done.stderr}"
        return "".join(f"{text.rstrip()}\n" for text in done.stdout.strip("\n").splitlines())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel once."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_start_page_is_followed(page: Path, wheel: Path, tmp_path: Path) -> None:
    """Files are saved and commands typed in the order of the page, and each screen is the one that is shown."""
    project = Project(tmp_path / "project", wheel)
    project.folder.mkdir()
    screens = 0
    for one in blocks(page):
        if one.name:
            (project.folder / one.name).write_text(one.text, "utf-8")
        elif one.language == "sh":
            for line in one.text.splitlines():
                project.type(line)
        elif one.screen:
            command, printed = one.screen
            assert project.type(command) == printed, "run make pages"
            screens += 1
    assert screens
    if page.stem == "start-ci":
        written = {path.name for path in (project.folder / "ssedrill-report").iterdir()}
        assert {"index.html", "junit.xml", "summary.md", "record.json"} <= written
