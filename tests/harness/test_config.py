"""What a project always wants: found, taken, and told where it is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.cli.config import Config, load_config
from ssedrill.loading.problems import BadScenario
from ssedrill_faults.extensions import ANNOUNCED
from support.doc_pages import ROOT, blocks
from support.patience import HANG_S

HICCUP = '''
from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import Op, Wait
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class HiccupFault(Position, WireFault):
    """Pause once at a position, then go on."""

    name = "hiccup"
    shaping = True
    for_s: float = 0.2

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put the pause between what comes before the position and what comes after it."""
        before, after = self.split(ops, ctx)
        return (*before, Wait(self.for_s, fault=self.name), *after)
'''
DRILL = """
name = "hiccup"
about = "A pause."
dialects = ["eventsource", "openai-chat"]
[[attempt]]
faults = [{ hiccup = { after_token = 12 } }]
[must]
outcome = ["recovered"]
"""
KNOWN = """
[[known]]
client = "plain"
scenario = "hiccup"
outcome = "clean"
reason = "a pause is no failure that one recovers from"
[[known]]
client = "mine"
scenario = "hiccup"
outcome = "clean"
reason = "neither is it here"
"""
WHOLE = """
scenarios = ["drills"]
report = "out"
baseline = "known.toml"
[clients]
plain = "aiohttp-plain"
mine = { spec = "aiohttp-plain", dialects = ["eventsource"] }
[faults]
hiccup = "drills/hiccup.py:HiccupFault"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project's folder."""
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills" / "hiccup.py").write_text(HICCUP, "utf-8")
    (tmp_path / "drills" / "hiccup.toml").write_text(DRILL, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv(ANNOUNCED, raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return tmp_path


@pytest.mark.parametrize("name", ["ssedrill.toml", "pyproject.toml"])
def test_both_files(project: Path, name: str) -> None:
    """Either holds the same; names of clients mean what it says of them."""
    head = "" if name == "ssedrill.toml" else "[project]\nname = 'x'\n[tool.ssedrill]"
    text = WHOLE if name == "ssedrill.toml" else WHOLE.replace("[clients]", "[tool.ssedrill.clients]")
    (project / name).write_text(
        head + text.replace("\n[faults]", f"\n[{'tool.ssedrill.' * bool(head)}faults]"), "utf-8"
    )
    config = load_config()
    assert (config.scenarios, config.report, config.baseline) == (
        ("drills",),
        project / "out",
        project / "known.toml",
    )
    assert config.specs(()) == ("plain=aiohttp-plain", "mine@eventsource=aiohttp-plain")
    assert config.specs(("mine", "reference")) == ("mine@eventsource=aiohttp-plain", "reference")
    assert "HiccupFault" in os.environ[ANNOUNCED]


def test_what_the_page_shows(project: Path) -> None:
    """The configuration in docs/configure.md is one."""
    (text,) = (one.text for one in blocks(ROOT / "docs" / "configure.md") if one.language == "toml")
    (project / "ssedrill.toml").write_text(text, "utf-8")
    assert load_config().specs(("gateway",)) == ("gateway@openai-chat=cmd:./gateway-client --once",)


def test_its_own_file_comes_first(project: Path) -> None:
    """Beside a ``ssedrill.toml``, what ``pyproject.toml`` says is not read; without either there is nothing."""
    assert load_config() == Config()
    (project / "pyproject.toml").write_text("[tool.other]\n", "utf-8")
    assert load_config() == Config()
    (project / "pyproject.toml").write_text("[tool.ssedrill]\nscenarios = ['tcp']\n", "utf-8")
    (project / "ssedrill.toml").write_text("", "utf-8")
    assert load_config() == Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[clients]\n'my app' = 'x:y'", 'clients."my app": "my app" is no name of a client; write letters'),
        ("reprot = 'x'", 'reprot: unknown key "reprot"; did you mean report?'),
        ("scenarios = 'tcp'", 'scenarios: "tcp" is no list of names; write scenarios = ["one", "two"]'),
        ("report = 3", 'report: 3 is no path; write report = "a/path"'),
        ("clients = ['x']", "clients: a list is no table; write [clients] and a line for each under it"),
        ("[clients]\nx = 3", 'clients.x: 3 is no client; write app = "my_app:stream", or app = {'),
        (
            "[clients]\nx = { spec = 'a:b', dialect = 'c' }",
            'clients.x.dialect: unknown key "dialect"; did you',
        ),
        (
            "[faults]\nx = 'drills/none.py:X'",
            'faults.x: there is no file "drills/none.py"; write x = "my_fil',
        ),
        ("[faults]\nx = 'drills/hiccup.py'", 'faults.x: "drills/hiccup.py" names nothing in a file; write x = "my_f'),
        ("[faults]\nx = 'json.py:X'", "json.py"),
        ("scenarios = [", "not TOML: Invalid value (at the end, line 1)"),
        ("x = '\udcff'", "not UTF-8 (at byte 5)"),
    ],
)
def test_what_is_wrong(project: Path, text: str, said: str) -> None:
    """The message has file, key, and what would be right."""
    (project / "json.py").touch()
    (project / "ssedrill.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadScenario) as caught:
        load_config()
    assert str(caught.value).startswith("ssedrill.toml: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool]\nssedrill.reprot = 'x'", 'tool.ssedrill.reprot: unknown key "reprot"'),
        ("[tool.'ssedrill']\nreprot = 'x'", 'tool.ssedrill.reprot: unknown key "reprot"'),
        ("[ tool . ssedrill ]\nreprot = 'x'", 'tool.ssedrill.reprot: unknown key "reprot"'),
        ("tool = { ssedrill = { reprot = 1 } }", 'tool.ssedrill.reprot: unknown key "reprot"'),
        ("[tool]\nssedrill = 'tcp'", 'tool.ssedrill: "tcp" is no table; write [tool.ssedrill]'),
        ("[[tool.ssedrill]]\nreport = 'x'", "tool.ssedrill: a list is no table"),
        ("tool = 'ssedrill'", 'tool: "ssedrill" is no table'),
    ],
)
def test_every_way_to_write_the_table(project: Path, text: str, said: str) -> None:
    """However TOML lets one write it, it is read; what is no table is told."""
    (project / "pyproject.toml").write_text(text, "utf-8")
    with pytest.raises(BadScenario) as caught:
        load_config()
    assert str(caught.value).startswith(f"pyproject.toml: {said}")
    (project / "pyproject.toml").write_text("[project]\ndependencies = ['ssedrill']\n", "utf-8")
    assert load_config() == Config()


def test_a_project_of_its_own(project: Path) -> None:
    """A fault from its file is drilled, in workers too; its baseline counts, its report is where it is wanted."""
    (project / "known.toml").write_text(KNOWN, "utf-8")
    (project / "ssedrill.toml").write_text(WHOLE, "utf-8")
    command = [sys.executable, "-m", "ssedrill", "run"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=HANG_S, check=False)
    assert done.returncode == 0, done.stderr
    assert "plain" in done.stdout
    assert "2 cells, 3 runs: 2 known" in done.stdout
    assert done.stderr.rstrip().endswith("Report: out/index.html")
    assert "hiccup" in (project / "out" / "record.json").read_text("utf-8")
