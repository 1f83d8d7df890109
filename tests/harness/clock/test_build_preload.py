"""The preloaded clock is built once from all of its sources, or one reason says why it is not."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest

from ssedrill.clock.engine.errors import VirtualUnavailable
from ssedrill.clock.programs import build_preload as room
from ssedrill.clock.programs.build_preload import FLAGS, build_preload, sources
from ssedrill.clock.programs.preloadable import why_not_preloadable

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None or why_not_preloadable([sys.executable]) is not None,
    reason="there is no C compiler, or no virtual programs",
)
build = build_preload.__wrapped__
"""Without the cache, so that each test builds for itself."""


@pytest.fixture
def compiler(tmp_path):
    """Return a function that makes a compiler of a shell script, and gives the folder to look for it in."""

    def make(script):
        file = tmp_path / "bin" / "cc"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return str(file.parent)

    return make


def test_no_compiler(tmp_path):
    """Without a C compiler the reason says so."""
    with pytest.raises(VirtualUnavailable, match="no C compiler"):
        build_preload(str(tmp_path), str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="the file's kind matters on Linux only")
def test_a_broken_compiler(tmp_path, compiler):
    """A compiler that fails is quoted."""
    with pytest.raises(VirtualUnavailable, match="no headers here"):
        build_preload(compiler("echo 'error: no headers here' >&2\nexit 1"), str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="the file's kind matters on Linux only")
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exec >&2; echo 'a.c: In function f:'; echo 'a.c: error: 1'; echo 'b.c: error: 2'; exit 1", "a.c: error: 1"),
        ("exit 3", "it gave no reason"),
        ("echo 'all is well'", "it gave no reason"),
    ],
    ids=["many-errors", "no-words", "no-library"],
)  # fmt: skip
def test_one_reason_and_nothing_left(tmp_path, compiler, script, reason):
    """However many files it fails at, the reason is one line, and no file is left behind."""
    with pytest.raises(VirtualUnavailable) as raised:
        build(compiler(script), str(tmp_path))
    assert raised.value.reason == f"the C compiler could not build the preloaded clock: {reason}"
    assert list((tmp_path / "ssedrill").iterdir()) == []


@needs_compiler
def test_a_broken_source_is_named(tmp_path, monkeypatch):
    """The reason tells file and line of what the compiler does not take."""
    broken = {**sources(), "sleeping.c": b'#include "preload.h"\nint f(void) { return nothing_of_this_name; }\n'}
    monkeypatch.setattr(room, "sources", lambda: broken)
    with pytest.raises(VirtualUnavailable, match=r"clock: sleeping\.c:2:\d+: error: .*nothing_of_this_name"):
        build(os.environ["PATH"], str(tmp_path))


@needs_compiler
def test_two_may_build_at_once(tmp_path):
    """Builders that race end with the same whole file and leave nothing else."""
    built = []

    def one():
        built.append(build(os.environ["PATH"], str(tmp_path)))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(built)) == 1
    assert list((tmp_path / "ssedrill").iterdir()) == [built[0]]


@needs_compiler
def test_whatever_changes_the_library_changes_its_name(tmp_path, monkeypatch):
    """No library of other sources, headers, layout or flags is taken for this one."""
    made = tmp_path / "bin" / "cc"
    made.parent.mkdir()
    made.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n: > "$2"\n')
    made.chmod(0o755)

    def name():
        return build(str(made.parent), str(tmp_path)).name

    code = sources()
    names = [name()]
    assert {"preload.h", "page_layout.h", "libc.c"} <= code.keys()
    for file in code:
        with monkeypatch.context() as patched:
            patched.setattr(room, "sources", lambda file=file: {**code, file: code[file] + b"\n"})
            names.append(name())
    with monkeypatch.context() as patched:
        patched.setattr(room, "FLAGS", (*FLAGS, "-g"))
        names.append(name())
    assert len(set(names)) == len(code) + 2
    assert name() == names[0]


@needs_compiler
def test_it_compiles_without_a_warning(tmp_path):
    """The sources are clean under the compiler's usual warnings."""
    for file, content in sources().items():
        (tmp_path / file).write_bytes(content)
    units = [file for file in sources() if file.endswith(".c")]
    command = ["cc", *FLAGS, "-Wall", "-Wextra", "-o", "preload.so", *units]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@needs_compiler
@pytest.mark.skipif(shutil.which("nm") is None, reason="there is no nm")
def test_it_exports_functions_of_libc_and_nothing_else(tmp_path):
    """What the files of the library share among themselves can't get in the way of a program's own functions."""
    library = build(os.environ["PATH"], str(tmp_path))
    nm = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True)
    exported = {line.split()[-1] for line in nm.stdout.splitlines()} - {"_init", "_fini"}
    libc = ctypes.CDLL(None)
    assert {name for name in exported if not hasattr(libc, name)} == set()
    code = b"".join(sources().values()).decode()
    marked = set(re.findall(r"^EXPORT [\w ]+?(\w+)\(", code, re.MULTILINE))
    marked |= set(re.findall(r"^REAL_WAIT\([^,]+, (\w+),", code, re.MULTILINE))
    assert len(marked) > 40
    assert exported == marked
