"""A built-in client under another environment's Python is that client, with the libraries of that environment."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from click.testing import CliRunner

from libraries.table import INSTALLED, OLDER
from ssedrill.cli.main import cli
from ssedrill.clients.spec import parse_spec
from ssedrill.comparing.compare import Change, compare
from ssedrill.comparing.measures import Finding
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.other_python import bootstrap
from ssedrill.model.record import Outcome
from ssedrill.reporting.formats import to_json

SCENARIOS = (
    "reset-mid-stream",
    "two-readers-after-an-outage",
    "stopped-mid-stream",
)


def environment(folder: Path) -> Path:
    """Make an environment with nothing in it, and return its site-packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the libraries of this one, httpx-sse under another version, and no ssedrill."""
    folder = tmp_path_factory.mktemp("envs") / "old one"
    site = environment(folder)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    about = site / "httpx_sse-0.0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: httpx-sse\nVersion: 0.0.1\n", "utf-8")
    return folder


def test_it_does_what_the_client_here_does(other, tmp_path, monkeypatch):
    """In virtual time, one call or several, called off or not; a record tells the version of that environment."""
    (tmp_path / "httpx_sse.py").write_text("raise AssertionError('of another environment')", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    file = tmp_path / "both.json"
    clients = ["-c", f"old=venv:{other}:httpx-sse", "-c", "httpx-sse", "--dialect", "openai-chat"]
    CliRunner().invoke(cli, ["run", *SCENARIOS, *clients, "--json", str(file)], catch_exceptions=False)
    record = to_json.read(file)
    assert {run.clock for run in record.runs} == {"virtual"}, [run.notes for run in record.runs]
    assert record.versions["client old"] == f"0.0.1 (Python {'.'.join(map(str, sys.version_info[:3]))})"
    assert record.versions["client httpx-sse"] != "0.0.1"
    compared = compare(record, record, clients={"old": "httpx-sse"})
    assert len(compared.drills) == len(SCENARIOS)
    assert {one.change for one in compared.drills} == {Change.SAME}
    for one in compared.drills:
        assert one.new.outcome.is_tested
        assert {measure.finding for measure in one.measures} == {Finding.EQUAL}, one.key
        old, new = one.old.worst, one.new.worst
        assert [(call.outcome, call.numbers) for call in old.calls] == [
            (call.outcome, call.numbers) for call in new.calls
        ]
        assert (old.error and old.error.error_class) == (new.error and new.error.error_class)


@pytest.mark.parametrize(
    ("spec", "right"),
    [
        ("venv:", "write venv:FOLDER:CLIENT"),
        ("venv:old", "write venv:FOLDER:CLIENT"),
        ("venv:{env}:opena", "did you mean openai"),
        ("venv:{env}:curl", "curl is no function of ssedrill's"),
        ("venv:{env}/nowhere:openai", "there is no folder"),
        ("venv:{env}/lib:openai", "is no virtual environment: it has no bin/python"),
    ],
)
def test_what_is_wrong_with_a_specification_is_said(other, spec, right):
    """With what would be right."""
    with pytest.raises(BadSpec, match=right):
        parse_spec(spec.format(env=other))


def test_what_an_environment_lacks_is_said(tmp_path):
    """And how to get it; a Python that can't be asked is no client either."""
    environment(tmp_path / "bare")
    client = parse_spec(f"bare=venv:{tmp_path / 'bare'}:httpx-sse")
    found = client.driver.probe()
    assert not found.available
    assert "No module named 'httpx" in found.why
    python = tmp_path / "bare" / "bin" / "python"
    python.unlink()
    python.symlink_to(shutil.which("false"))
    found = client.driver.probe()
    assert not found.available
    assert "ended with 1" in found.why


def test_an_old_python_is_told_so(monkeypatch):
    """Before anything of ssedrill is imported, which it could not read."""
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 8, 1))
    assert bootstrap.why_not("ssedrill.clients.openai_sdk:create") == (
        "its Python is 3.8; ssedrill needs 3.11 or newer"
    )


@pytest.mark.slow
def test_an_older_sdk_is_a_column_of_its_own(tmp_path):
    """The openai SDK of the environment of older libraries, which `make libraries` sets up."""
    if not (INSTALLED / OLDER / "bin" / "python").exists():
        pytest.skip("make libraries sets it up")
    clients = ["-c", f"older=venv:{INSTALLED / OLDER}:openai", "-c", "openai", "--json", str(tmp_path / "both.json")]
    CliRunner().invoke(cli, ["run", "reset-mid-stream", "five-of-twenty-cut", *clients], catch_exceptions=False)
    record = to_json.read(tmp_path / "both.json")
    assert record.versions["client older"].startswith("2.")
    assert record.versions["client older"] != record.versions["client openai"]
    assert {run.outcome for run in record.runs} == {Outcome.FAILED_LOUDLY}
    assert {run.clock for run in record.runs} == {"virtual"}
