"""Which versions a client of one's own is told with."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.in_process.versions import versions_used

FILES = {
    "v_client.py": """
import json, httpx
from v_part import x
from . import nothing_relative


def stream(target):
    import aiohttp.client
    yield ""
""",
    "v_part.py": "import v_client, google_is_not_here\nfrom ssedrill import Target\nimport brotli\nx = 1\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project of two modules, which have no need to be runnable; say that they are imported."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
        module = type(sys)(name.removesuffix(".py"))
        module.__file__ = str(tmp_path / name)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return tmp_path


def test_what_its_modules_import_is_told(project: Path) -> None:
    """At the top or in a function, by itself or by another module of the project."""
    told = [f"{name} {metadata.version(name)}" for name in ("aiohttp", "brotli", "httpx")]
    assert versions_used("v_client") == ", ".join(told)


def test_a_module_without_a_source_or_with_a_broken_one_says_nothing(project: Path) -> None:
    """That is no error: the run says what is wrong."""
    (project / "v_client.py").write_text("import httpx; def")
    assert versions_used("v_client") == ""
    assert versions_used("sys") == versions_used("no_such_module") == ""


def test_a_program_on_the_path_tells_its_version() -> None:
    """One that is named by its path is not asked: it may not know the option, and do its work instead."""
    found = parse_spec(f"raw:{Path(sys.executable).name} client.py").driver.probe()
    assert found.version.startswith(f"{Path(sys.executable).name} 3.")
    assert parse_spec(f"raw:{sys.executable} client.py").driver.probe().version == ""
