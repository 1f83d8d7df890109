"""Whether a program can be put on the virtual clock, told from its file before it is started."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ssedrill.clock.engine.errors import VirtualUnavailable
from ssedrill.clock.programs.build_preload import preload_library

_PT_INTERP, _PT_NOTE = 3, 4
_LONGEST_CHAIN = 5


def why_not_preloadable(argv: Sequence[str], env: Mapping[str, str] | None = None) -> str | None:
    """Return why this program can't have the virtual clock, or None if it can (or does not exist at all).

    Builds the preloaded library if it is not there yet. What a file does not tell is found out by the
    self-check when the program runs.
    """
    if sys.platform != "linux":
        return "virtual time for programs needs Linux"
    if not hasattr(os, "pidfd_open"):
        return "this Python has no pidfd_open"
    executable = resolve(argv, os.environ if env is None else env)
    if executable is None:
        return None
    if why := _why_not_file(executable):
        return why
    try:
        preload_library()
    except VirtualUnavailable as unavailable:
        return unavailable.reason
    return None


def resolve(argv: Sequence[str], env: Mapping[str, str]) -> Path | None:
    """Return the file that is really run: behind the PATH, the interpreters of scripts, and ``env``."""
    words = list(argv)
    for _ in range(_LONGEST_CHAIN):
        found = shutil.which(words[0], path=env.get("PATH", os.defpath)) if words else None
        if found is None:
            return None
        path = Path(os.path.realpath(found))
        if path.name == "env" and len(words) > 1:
            rest = words[1:]
            while rest and (rest[0].startswith("-") or "=" in rest[0]):
                rest = rest[1:]
            if rest:
                words = rest
                continue
        with suppress(OSError), path.open("rb") as file:
            head = file.readline(256)
            if head.startswith(b"#!"):
                words = [*head[2:].decode("utf-8", "replace").split(), str(path), *words[1:]]
                continue
        return path
    return None


def _why_not_file(path: Path) -> str | None:
    name = path.name
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_ISUID | stat.S_ISGID) or _has_capabilities(path):
            return f"{name} runs with rights of its own (setuid), so the linker ignores preloaded libraries"
        with path.open("rb") as file, Path("/proc/self/exe").open("rb") as own:
            header = file.read(64)
            if header[:4] != b"\x7fELF":
                return f"{name} is not a Linux program"
            if header[4] != 2 or header[5] != 1 or sys.maxsize < 2**32:
                return f"{name} is not a 64-bit program"
            at, size, count = struct.unpack_from("<Q14xHH", header, 32)
            if header[18:20] != own.read(20)[18:]:
                return f"{name} is for another kind of processor"
            interpreter = None
            for i in range(count):
                file.seek(at + i * size)
                kind, offset, length = struct.unpack_from("<I4xQ16xQ", file.read(56))
                file.seek(offset)
                if kind == _PT_INTERP:
                    interpreter = file.read(length).rstrip(b"\0").decode("utf-8", "replace")
                elif kind == _PT_NOTE and b"\x04\0\0\0Go\0\0" in file.read(length):
                    return f"{name} is a Go program, which asks the kernel for the time itself"
    except (OSError, struct.error) as error:
        return f"{name} can't be read: {error}"
    if interpreter is None:
        return f"{name} is linked statically, so nothing can be preloaded"
    if "ld-linux" not in interpreter:
        return f"{name} uses another C library than glibc ({os.path.basename(interpreter)})"
    return None


def _has_capabilities(path: Path) -> bool:
    try:
        return bool(os.getxattr(path, "security.capability"))
    except OSError:
        return False
