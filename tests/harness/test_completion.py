"""What the shell completes, asked as bash asks: by the environment that click's completion script sets."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from ssedrill.cli import completion
from ssedrill.cli.commands import COMMANDS
from ssedrill.cli.main import cli
from ssedrill.clients import CLIENTS
from ssedrill.dialects import DIALECTS
from ssedrill.loading import load
from ssedrill.loading.builtin import builtin_files
from ssedrill_faults import FAULTS
from support.patience import HANG_S

PLAIN = click.shell_completion.BashComplete


def completed(line: str) -> list[str]:
    """Return what a line is completed to, whose last word is the one that is being written."""
    words = line.split(" ")
    return [item.value for item in PLAIN(cli, {}, "ssedrill", "").get_completions(words[1:-1], words[-1])]


def asked(line: str, shell: str = "bash") -> list[str]:
    """Return the lines that the command answers to a shell's question."""
    words = line.split(" ")
    question = {"COMP_WORDS": line.rstrip(), "COMP_CWORD": words[-1] if shell == "fish" else str(len(words) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", "from ssedrill.cli.main import main; main()"],
        env={**os.environ, **question, "_SSEDRILL_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=True,
    )
    return done.stdout.splitlines()


def test_bash_is_answered() -> None:
    """A line for each that fits, and the word that files are to be looked for."""
    lines = asked("ssedrill run reset-mid-stream")
    assert "plain,reset-mid-stream-close" in lines
    assert lines[-1] == "file,reset-mid-stream"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_what_each_is(shell: str) -> None:
    """These show a few words beside each name."""
    assert "Reset the connection" in "\n".join(asked("ssedrill list faults rese", shell))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell: str) -> None:
    """It is printed if one asks as the documentation says."""
    done = subprocess.run(
        [sys.executable, "-c", "from ssedrill.cli.main import main; main()"],
        env={**os.environ, "_SSEDRILL_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert f"_SSEDRILL_COMPLETE={shell}_complete" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ssedrill ", COMMANDS),
        ("ssedrill run ", [*builtin_files(), "tcp", "basic"]),
        ("ssedrill run tcp/", ["tcp/reset-mid-stream"]),
        ("ssedrill run --tag ", ["basic"]),
        ("ssedrill run -c ", CLIENTS),
        ("ssedrill run healthy --client ope", ["openai", "openai-sync"]),
        ("ssedrill run --dialect ", DIALECTS),
        ("ssedrill herd sync", ["synchronised-retry-after"]),
        ("ssedrill show stall", ["stall-mid-stream"]),
        ("ssedrill list fau", ["faults"]),
        ("ssedrill list faults ", FAULTS),
        ("ssedrill list scenarios heal", ["healthy"]),
        ("ssedrill list clients cu", ["curl"]),
        ("ssedrill list checks out", ["outcome"]),
        ("ssedrill new scenario my-own --like stall", ["stall-mid-stream"]),
    ],
)
def test_names_are_completed(line: str, names: list[str]) -> None:
    """All that begin so are there, and nothing that does not."""
    found = completed(line)
    assert set(names) <= set(found)
    assert all(one.startswith(line.split(" ")[-1]) for one in found)


def test_no_scenario_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """To prove them all takes seconds; names, tags and families are read at a glance."""

    def refuse(*given: object) -> None:
        raise AssertionError("a scenario was loaded")

    monkeypatch.setattr(load, "_load", refuse)
    assert completed("ssedrill run --tag bas") == ["basic"]
    assert "healthy" in completed("ssedrill list scenarios heal")
    assert completed("ssedrill show healt") == ["healthy", "healt"]  # the latter is for the shell: a file


@pytest.mark.parametrize(
    "line",
    [
        "ssedrill run heal",
        "ssedrill herd heal",
        "ssedrill show heal",
        "ssedrill list faults rese",
        "ssedrill ru",
    ],
)
def test_little_is_imported(line: str) -> None:
    """What runs drills costs most of a second to import: nobody waits for that at a press of a key."""
    words = line.split(" ")
    code = f"""
import sys
from click.shell_completion import BashComplete
from ssedrill.cli.main import cli
assert BashComplete(cli, {{}}, "ssedrill", "").get_completions({words[1:-1]}, {words[-1]!r})
print(*sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiohttp", "httpx", "pydantic", "ssedrill.clients", "ssedrill.loading.load"} & set(found)


def test_the_module_itself_is_light() -> None:
    """It needs no library but click."""
    code = f"import sys, {completion.__name__}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiohttp", "httpx", "rich", "pydantic", "ssedrill.clients", "ssedrill.loading.load"} & set(found)
