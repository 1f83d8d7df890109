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
from ssedrill.clock.private_folder import NotPrivate, check_file, private_folder, temporary
from ssedrill.clock.programs.page_layout import c_header

FLAGS = (
    *("-std=gnu11", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"),
    *("-Wl,-z,now", "-Wl,-Bsymbolic-functions"),
)
LIBRARIES = ("-ldl", "-lpthread")
BUILD_S = 60.0
"""Real seconds after which a compiler is given up."""


def sources() -> dict[str, bytes]:
    """Return the C sources and headers by name, the one of the shared page's layout included."""
    files = resources.files("ssedrill.clock.programs").joinpath("preload").iterdir()
    written = {file.name: file.read_bytes() for file in files if file.name.endswith((".c", ".h"))}
    return dict(sorted({**written, "page_layout.h": c_header().encode()}.items()))


@functools.cache
def build_preload(path: str, cache_home: str) -> Path:
    """Return the built library. Raises VirtualUnavailable if there is no compiler or it fails.

    ``path`` says in which folders to look for a compiler, ``cache_home`` is the folder of the user's caches.
    """
    compiler = shutil.which("cc", path=path) or shutil.which("gcc", path=path) or shutil.which("clang", path=path)
    if compiler is None:
        raise VirtualUnavailable("there is no C compiler (cc) to build the preloaded clock with")
    compiler = os.path.abspath(compiler)
    code = sources()
    name = f"clock-{_fingerprint(code, compiler)}"
    for place in (Path(cache_home) / "ssedrill", temporary()):
        try:
            folder = private_folder(place)
            return _kept(folder, name) or _built(folder, name, compiler, code)
        except OSError:
            continue
    raise VirtualUnavailable("there is no folder that is this user's alone to keep the preloaded clock in")


def preload_library() -> Path:
    """Return the library for this user, built with what the environment names. Raises as :func:`build_preload`."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return build_preload(os.environ.get("PATH", os.defpath), home)


def _kept(folder: Path, name: str) -> Path | None:
    """Return the library that was built before, if it is ours and still what was built: its name has its digest."""
    for path in sorted(folder.glob(f"{name}-*.so")):
        try:
            check_file(path, os.lstat(path))
            if path.name == _file_name(name, path.read_bytes()):
                return path
        except NotPrivate:
            pass
        path.unlink()
    return None


def _file_name(name: str, content: bytes) -> str:
    return f"{name}-{hashlib.sha256(content).hexdigest()[:24]}.so"


def _built(folder: Path, name: str, compiler: str, code: dict[str, bytes]) -> Path:
    # Two may build at once: each into a file of its own, and the last to finish wins, which is the same file.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for file, content in code.items():
            (Path(scratch) / file).write_bytes(content)
        made = Path(scratch) / "preload.so"
        units = [file for file in code if file.endswith(".c")]
        command = [compiler, *FLAGS, "-o", made.name, *units, *LIBRARIES]
        try:
            done = subprocess.run(command, cwd=scratch, capture_output=True, timeout=BUILD_S, check=False)
        except subprocess.TimeoutExpired:
            raise VirtualUnavailable(f"the C compiler did not end within {BUILD_S:g} s") from None
        if done.returncode != 0 or not made.exists():
            lines = done.stderr.decode("utf-8", "replace").splitlines()
            reason = next((line for line in lines if "error" in line), "it gave no reason")
            raise VirtualUnavailable(f"the C compiler could not build the preloaded clock: {reason}")
        made.chmod(0o700)
        target = folder / _file_name(name, made.read_bytes())
        os.replace(made, target)
    return target


def _fingerprint(code: dict[str, bytes], compiler: str) -> str:
    """Return what differs if anything differs that goes into the library."""
    real = os.path.realpath(compiler)
    state = os.stat(real)
    identity = (real, state.st_size, state.st_mtime_ns, platform.machine())
    everything = repr((code, FLAGS, LIBRARIES, identity))
    return hashlib.sha256(everything.encode()).hexdigest()[:24]
