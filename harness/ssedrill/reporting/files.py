"""Writing files so that a reader never finds half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class NotWritable(ValueError):
    """A report can't be written where the user wants it; the message names the place and the reason."""


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file: all of it, or, whatever happens on the way, nothing.

    Folders that are missing are made. Raises NotWritable where that, or the file, is not possible.
    """
    make_folder(path.parent)
    if path.is_dir():
        raise NotWritable(f"can't write {path}: it is a folder")
    name = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as error:
        raise NotWritable(f"can't write {path}: {error.strerror or error}") from error
    finally:
        if name is not None and os.path.exists(name):
            os.unlink(name)


def make_folder(path: Path) -> None:
    """Make a folder and those above it; raise NotWritable where that is not possible, or it can't be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable(f"can't make the folder {path}: {error.strerror or error}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise NotWritable(f"can't write into the folder {path}: permission denied")


def _umask() -> int:
    """Return the process's umask; the only portable way to read it is to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
