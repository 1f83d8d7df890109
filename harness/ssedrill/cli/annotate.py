"""``--annotate``: what is told to the CI system that a command runs in."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from ssedrill.model.record import RecordFile
from ssedrill.reporting.store.files import NotWritable

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file of a step's summary."""

_F = TypeVar("_F", bound=Callable[..., int])


def annotating(command: _F) -> _F:
    """Add the option; what it gives is the name of the CI system, or None."""
    text = "Print annotations for GitHub Actions; add to the step's summary."
    kind = click.Choice(["github"])
    return click.option("--annotate", "annotation", type=kind, metavar="github", help=text)(command)


def annotate_record(file: RecordFile, *, err: bool = False) -> dict[Path, Exception]:
    """Tell what went wrong, in the words of the reports; ``err``: standard output has something else."""
    from ssedrill.reporting.formats import markdown
    from ssedrill.reporting.github.annotations import of_record

    return annotate(of_record(file), markdown.to_text(file), err=err)


def annotate(commands: Sequence[str], summary: str, *, err: bool = False) -> dict[Path, Exception]:
    """Print workflow commands, and add Markdown to the step's summary; return what could not be written, and why.

    Outside of GitHub Actions, where the environment names no file for the summary, only the commands are printed.
    """
    from ssedrill.reporting.github.step_summary import fitted

    for command in commands:
        click.echo(command, err=err)
    path = Path(os.environ.get(SUMMARY, ""))
    if not path.name:
        return {}
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(fitted(summary, file.tell()))
    except OSError as error:
        return {path: NotWritable(f"can't write {path}, which {SUMMARY} names: {error.strerror or error}")}
    return {}
