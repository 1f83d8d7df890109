"""The built wheel is under test: what is in it, and that it works beside a user's own packages of the same names."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.patience import HANG_S
from support.wheel import build_wheel

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel once."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_both_packages_and_the_scenarios(wheel):
    """Two packages, their py.typed, the scenarios, and nothing of the tests."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ssedrill", "ssedrill_faults"}
    assert {"ssedrill/py.typed", "ssedrill_faults/py.typed", "ssedrill_faults/wire/reset.py"} <= names
    in_source = {path.relative_to(ROOT / "scenarios").as_posix() for path in (ROOT / "scenarios").rglob("*.toml")}
    in_wheel = {name.removeprefix("ssedrill/_scenarios/") for name in names if name.endswith(".toml")}
    assert in_wheel == in_source
    assert {"ssedrill/clock/programs/preload/preload.h", "ssedrill/clock/programs/preload/waiting.c"} <= names
    assert {"ssedrill/reporting/formats/report.css", "ssedrill/reporting/formats/report.js"} <= names
    assert sources() <= names


def sources() -> set[str]:
    """Return what both packages are made of, as the wheel should name it."""
    kinds = {".py", ".c", ".h", ".css", ".js", ".typed"}
    packages = (ROOT / "harness", ROOT / "faults")
    return {
        file.relative_to(package).as_posix()
        for package in packages
        for file in package.rglob("*")
        if file.suffix in kinds
    }


def test_it_runs_in_a_folder_with_packages_of_the_same_names(wheel, tmp_path):
    """A user's own harness, faults, scenarios, reports and tests packages neither break us nor are broken."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    home = tmp_path / "home"
    for name in ("harness", "faults", "scenarios", "reports", "tests"):
        (home / name).mkdir(parents=True)
        (home / name / "__init__.py").write_text(f"WHO = 'the user: {name}'\n", encoding="utf-8")
    script = (
        "import harness, faults, scenarios, reports, tests, sys\n"
        "assert {m.WHO for m in (harness, faults, scenarios, reports, tests)} and not hasattr(harness, 'ssedrill')\n"
        "import ssedrill; assert 'site' in ssedrill.__file__.split('/')\n"
        "sys.argv = ['ssedrill', 'run', 'healthy', '--client', 'reference', '--dialect', 'eventsource',"
        " '--report', 'ssedrill-report']\n"
        "from ssedrill.cli.main import main; main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{home}"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=home, env=environment, capture_output=True, text=True, timeout=HANG_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "clean" in done.stdout
    assert (home / "ssedrill-report" / "index.html").exists()
    assert {path.name for path in (home / "reports").iterdir()} <= {"__init__.py", "__pycache__"}
