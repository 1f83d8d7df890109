"""Builds the preloaded clock when it is first needed, and keeps it for the next time."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

from ssedrill.clock.engine.errors import VirtualUnavailable

FLAGS = ("-std=gnu11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,now", "-Wl,-Bsymbolic-functions")
BUILD_S = 60.0


@functools.cache
def library(path: str, cache_home: str) -> Path:
    """Return the built library. Raises VirtualUnavailable where there is no compiler or it fails.

    ``path`` is where to look for a compiler, ``cache_home`` the folder of the user's caches.
    """
    compiler = shutil.which("cc", path=path) or shutil.which("gcc", path=path) or shutil.which("clang", path=path)
    if compiler is None:
        raise VirtualUnavailable("there is no C compiler (cc) to build the preloaded clock with")
    source = resources.files("ssedrill.clock.programs").joinpath("preload.c").read_bytes()
    key = hashlib.sha256(b"\0".join((source, _identity(compiler), " ".join(FLAGS).encode())))
    for folder in (Path(cache_home) / "ssedrill", Path(tempfile.gettempdir()) / f"ssedrill-{os.getuid()}"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid != os.getuid():
                continue
            return _built(folder / f"clock-{key.hexdigest()[:24]}.so", compiler, source)
        except OSError:
            continue
    raise VirtualUnavailable("there is no folder to keep the preloaded clock in")


def default_library() -> Path:
    """Return the library for this user, from the places that the environment names."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return library(os.environ.get("PATH", os.defpath), home)


def _built(target: Path, compiler: str, source: bytes) -> Path:
    if target.exists():
        return target
    # Two may build at once: each into a file of its own, and the last to finish wins, which is the same file.
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        code, made = Path(scratch) / "preload.c", Path(scratch) / "preload.so"
        code.write_bytes(source)
        command = [compiler, *FLAGS, "-o", str(made), str(code), "-ldl", "-lpthread"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=BUILD_S, check=False)
        except subprocess.TimeoutExpired:
            raise VirtualUnavailable(f"the C compiler did not end within {BUILD_S:g} s") from None
        if done.returncode != 0 or not made.exists():
            lines = done.stderr.decode("utf-8", "replace").splitlines()
            said = next((line for line in lines if "error" in line), "it gave no reason")
            raise VirtualUnavailable(f"the C compiler could not build the preloaded clock: {said}")
        os.replace(made, target)
    return target


def _identity(compiler: str) -> bytes:
    real = os.path.realpath(compiler)
    state = os.stat(real)
    return f"{real} {state.st_size} {state.st_mtime_ns} {platform.machine()}".encode()
