"""Writing files so that a reader never finds half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class NotWritable(ValueError):
    """A report can't be written where the user wants it; the message names the place and the reason."""


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file: all of it, or, whatever happens on the way, nothing.

    Folders that are missing are made. What is there and is no ordinary file (a device, a pipe, a link) stays what it
    is and is written into. Raises NotWritable if a folder or the file is not possible.
    """
    make_writable(path)
    name = None
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as error:
        raise NotWritable(f"can't write {path}: {error.strerror or error}") from error
    finally:
        if name is not None and os.path.exists(name):
            os.unlink(name)


def make_writable(path: Path) -> None:
    """Make the folder of a file; raise NotWritable if a file of that name can't be."""
    make_folder(path.parent)
    try:
        if path.is_dir():
            raise NotWritable(f"can't write {path}: it is a folder")
        if path.is_file() and not os.access(path, os.W_OK):
            raise NotWritable(f"can't write {path}: permission denied")
    except OSError as error:
        raise NotWritable(f"can't write {shortened(path)}: {error.strerror or error}") from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it; raise NotWritable if that is not possible, or it can't be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file is in its place" if isinstance(error, FileExistsError) else error.strerror or error
        raise NotWritable(f"can't make the folder {shortened(path)}: {why}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise NotWritable(f"can't write into the folder {path}: permission denied")


def shortened(path: Path) -> str:
    """Return a path as a message can hold it."""
    text = str(path)
    return text if len(text) <= 200 else f"{text[:100]}…{text[-50:]}"


def _umask() -> int:
    """Return the process's umask; the only portable way to read it is to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
