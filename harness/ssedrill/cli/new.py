"""``ssedrill new``: files to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from ssedrill.cli.completion import scenario_names
from ssedrill.cli.console import out
from ssedrill.loading.builtin import builtin_files


@click.group("new")
def command() -> None:
    """Write a file to begin with."""


@command.command("scenario")
@click.argument("name", metavar="[FOLDER/]NAME")
@click.option("--like", metavar="BUILTIN", shell_complete=scenario_names, help="Begin with a copy of this one.")
def scenario(name: str, like: str | None) -> None:
    """Write a scenario with comments, NAME.toml, to be changed.

    \b
      ssedrill new scenario my-incident
      ssedrill new scenario drills/my-incident --like stall-mid-stream

    With --like it is a copy of a built-in scenario (ssedrill list scenarios), with a comment on every key.

    Beside it a scenario.schema.json is written, if there is none: editors with taplo (Even Better TOML in VS Code)
    complete keys by it, and say what each means.
    """
    from ssedrill.cli.schema import told
    from ssedrill.loading.starter import SCHEMA_FILE, copied, starter
    from ssedrill.reporting.store.files import make_folder, write_text

    path = _path_of(name)
    original = _file_of(like) if like is not None else None
    text = starter(path.stem, str(path)) if original is None else copied(path.stem, original)
    make_folder(path.parent)
    try:
        with path.open("x", encoding="utf-8") as file:  # whoever has a file of this name keeps it
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{path} is there already: choose another name, or remove it") from None
    schema = path.with_name(SCHEMA_FILE)
    if not schema.exists():
        write_text(schema, told("scenario") + "\n")
    out().print(f"Wrote {path}. What it does: ssedrill show {path}", markup=False, soft_wrap=True)


def _path_of(name: str) -> Path:
    """Return the file of a name, which may be given with a folder and with its ending."""
    from ssedrill.loading.problems import shown
    from ssedrill.loading.toml_scenario import MOST_NAME_CHARS, is_name

    folder, slash, last = name.rpartition("/")
    last = last.removesuffix(".toml")
    if not is_name(last):
        right = f"write at most {MOST_NAME_CHARS} lower-case letters, digits and hyphens, such as my-incident"
        raise click.UsageError(f"{shown(last)} can't be the name of a scenario; {right}")
    if last in builtin_files():
        raise click.UsageError(f"{last} is a built-in scenario: choose another name (--like {last} copies it)")
    return Path(f"{folder}{slash}{last}.toml")


def _file_of(name: str) -> Path:
    """Return the file of a built-in scenario; raises click.UsageError, with what is near, if there is none."""
    from ssedrill.loading.problems import nearest, shown

    files = builtin_files()
    if name not in files:
        near = nearest(name, files)
        right = near if near.startswith("did you mean") else "ssedrill list scenarios names all"
        raise click.UsageError(f"there is no built-in scenario {shown(name)}; {right}")
    return files[name]
