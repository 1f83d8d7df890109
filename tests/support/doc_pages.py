"""README.md and the pages of docs/ as tests need them: their blocks of code, and the commands that they name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import click

from ssedrill.cli.main import cli

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLES = ROOT / "tests" / "examples"
_BLOCK = re.compile(r"^```(\w*)(?: (file|example)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(ssedrill [^`\n]+)`")
_CALL = re.compile(r"\bssedrill (?:run|merge|compare|report) [^|;\n]*")
_OF_GITLAB = {"$CI_NODE_INDEX": "1", "$CI_NODE_TOTAL": "2"}


@dataclass(frozen=True)
class Block:
    """A block of code: its language, the file that it is (``example`` under tests/examples), and its text."""

    language: str
    named_by: str
    name: str
    text: str

    @property
    def screen(self) -> tuple[str, str] | None:
        """A command, and what it prints, if the block is that."""
        command, _, printed = self.text.partition("\n")
        return (command[2:], printed) if self.language == "text" and command.startswith("$ ") else None


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text("utf-8"))]


def shell_lines(page: Path) -> list[str]:
    """Return the commands that a reader is told to run."""
    told = [line for one in blocks(page) if one.language == "sh" and not one.name for line in one.text.splitlines()]
    return told + [one.screen[0] for one in blocks(page) if one.screen]


def commands(page: Path) -> list[str]:
    """Return every command of ssedrill that a page names, wherever it does."""
    text = page.read_text("utf-8")
    scripts = [one.text for one in blocks(page) if one.language == "yaml" or (one.language == "sh" and one.name)]
    called = [line.strip() for text in scripts for line in _CALL.findall(_filled_in(text))]
    found = [*shell_lines(page), *called, *_INLINE.findall(_BLOCK.sub("", text))]
    return [line for line in dict.fromkeys(found) if line.startswith("ssedrill ")]


def _filled_in(script: str) -> str:
    """Return a script with the variables that a CI system would put into arguments that are read."""
    for name, value in _OF_GITLAB.items():
        script = script.replace(name, value)
    return "\n".join(re.sub(r"(^| )#.*", "", line) for line in script.splitlines())


def parse(line: str) -> None:
    """Parse a command as the command line does; raises click.ClickException if it is none."""
    words = [word for word in shlex.split(line)[1:] if word != "…"]
    command: click.Command = cli
    ctx = click.Context(cli, info_name="ssedrill")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, found, words = command.resolve_command(ctx, words)
        assert found is not None
        command = found
        ctx = click.Context(command, parent=ctx, info_name=name)
    try:
        command.make_context(ctx.info_name, list(words), parent=ctx.parent)
    except (click.exceptions.NoArgsIsHelpError, click.MissingParameter):
        assert not words  # the text speaks of the command, not of a use of it
    except click.exceptions.Exit:  # --help and --version end at once
        pass
