"""Folders that are this user's alone: nobody else can put a file there, or wait for one of ours to be made."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class NotPrivate(OSError):
    """A folder or a file may be somebody else's; the message says why."""


def private_folder(path: Path) -> Path:
    """Return the folder, made if need be.

    Raises NotPrivate if others may write to it or could put another in its place: it must be a real folder of ours
    with mode 0700, and those above it root's or ours. OSError if it can't be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise NotPrivate(f"{path} is no folder")
    if found.st_uid != os.geteuid():
        raise NotPrivate(f"{path} is another user's")
    if found.st_mode & 0o777 != 0o700:
        raise NotPrivate(f"{path} is open to others: its mode is not 0700")
    for above in path.parent.resolve().joinpath(path.name).parents:
        check_above(above, os.lstat(above))
    return path


def check_above(path: Path, found: os.stat_result) -> None:
    """Raise NotPrivate if a folder lets another user rename what is in it; a sticky one, as /tmp, does not.

    In a container root's files may seem to be somebody else's: whoever has the root folder is believed to be root.
    """
    if found.st_uid not in (0, os.geteuid(), os.lstat("/").st_uid):
        raise NotPrivate(f"{path} is another user's")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX:
        raise NotPrivate(f"others may write to {path}")


def check_file(path: Path, found: os.stat_result) -> None:
    """Raise NotPrivate if a file is none of ours, or not ours alone to write."""
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise NotPrivate(f"{path} is no file of its own")
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotPrivate(f"{path} may be another user's")


def first_private(paths: Iterable[Path]) -> Path | None:
    """Return the first of these folders that can be had, or None."""
    for path in paths:
        try:
            return private_folder(path)
        except OSError:
            continue
    return None


def temporary() -> Path:
    """Return where this user's folder among the temporary files is; anybody can guess it, so it must be checked."""
    return Path(tempfile.gettempdir()) / f"ssedrill-{os.geteuid()}"


def open_private(path: Path) -> int:
    """Open a file for reading and writing, made if need be; raises NotPrivate, or OSError if it is a link."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        check_file(path, os.fstat(number))
    except NotPrivate:
        os.close(number)
        raise
    return number
