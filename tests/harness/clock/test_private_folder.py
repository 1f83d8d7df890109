"""What another user of the machine has planted, or holds, is never used, followed or waited for."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ssedrill.clock.engine.errors import VirtualUnavailable
from ssedrill.clock.private_folder import NotPrivate, check_above, check_file, open_private, private_folder, temporary
from ssedrill.clock.programs.build_preload import build_preload
from ssedrill.server.kernel.refusal import exclusive

NOBODY = 65534
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="owners and modes are those of Linux")
as_two_users = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root can be two users")
build = build_preload.__wrapped__


def nobodys(code: str, *arguments: object) -> list[str]:
    """Return the command that runs Python code as another user, who may not even be able to start Python."""
    become = f"import fcntl, os, sys, time\nos.setgroups([])\nos.setgid({NOBODY})\nos.setuid({NOBODY})\n"
    return [sys.executable, "-I", "-S", "-c", become + code, *map(str, arguments)]


def as_nobody(code: str, *arguments: object) -> None:
    """Run Python as another user."""
    subprocess.run(nobodys(code, *arguments), check=True)


@pytest.fixture
def temp(monkeypatch):
    """Give a temporary folder as all users have: sticky, and open to everybody."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp" if os.access("/var/tmp", os.W_OK) else None))
    folder.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def compiler(tmp_path):
    """Give the folder of a compiler that makes a library of one line."""
    file = tmp_path / "bin" / "cc"
    file.parent.mkdir()
    file.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho ours > "$2"\n')
    file.chmod(0o755)
    return str(file.parent)


def made(uid: int, mode: int, links: int = 1) -> os.stat_result:
    """Return what the system would tell of a file."""
    return os.stat_result((mode, 1, 1, links, uid, uid, 0, 0, 0, 0))


def test_a_folder_is_made_for_us_alone(tmp_path):
    """With mode 0700, and a second time it is the same."""
    folder = private_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private_folder(folder) == folder


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o770, 0o701])
def test_a_folder_that_is_open_is_refused(tmp_path, mode):
    """Whoever it belongs to: somebody may have put something in."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(NotPrivate, match="open to others"):
        private_folder(folder)


def test_links_and_files_are_refused(tmp_path):
    """A link to a folder of our own too."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").write_text("")
    for name in ("link", "file"):
        with pytest.raises(NotPrivate, match="is no folder"):
            private_folder(tmp_path / name)
    (tmp_path / "target").write_text("mine")
    (tmp_path / "lock").symlink_to("target")
    with pytest.raises(OSError, match="symbolic"):
        open_private(tmp_path / "lock")
    assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.parametrize(
    ("uid", "mode", "links"),
    [
        (os.geteuid() + 1, stat.S_IFREG | 0o600, 1),
        (os.geteuid(), stat.S_IFREG | 0o620, 1),
        (os.geteuid(), stat.S_IFREG | 0o602, 1),
        (os.geteuid(), stat.S_IFLNK | 0o600, 1),
        (os.geteuid(), stat.S_IFIFO | 0o600, 1),
        (os.geteuid(), stat.S_IFREG | 0o600, 2),
    ],
)
def test_files_that_may_be_anothers(uid, mode, links):
    """Another owner, others may write, a link, a pipe, a second name somewhere else."""
    with pytest.raises(NotPrivate):
        check_file(Path("x"), made(uid, mode, links))
    check_file(Path("x"), made(os.geteuid(), stat.S_IFREG | 0o644))


def test_folders_above():
    """They are root's or ours, and closed or sticky: else somebody could put another folder in the place of ours."""
    for uid, mode in ((os.geteuid() + 1, 0o755), (0, 0o777), (os.geteuid(), 0o775)):
        with pytest.raises(NotPrivate):
            check_above(Path("x"), made(uid, stat.S_IFDIR | mode))
    for uid, mode in ((0, 0o1777), (0, 0o755), (os.geteuid(), 0o700)):
        check_above(Path("x"), made(uid, stat.S_IFDIR | mode))


def test_a_library_that_is_not_what_was_built_is_built_again(tmp_path, temp, compiler):
    """Changed, open to others, or a link: it goes, and the right one comes."""
    first = build(compiler, str(tmp_path))
    assert build(compiler, str(tmp_path)) == first
    for spoil in (
        lambda: first.write_text("theirs"),
        lambda: first.chmod(0o777),
        lambda: (first.rename(tmp_path / "x"), first.symlink_to(tmp_path / "x")),
    ):
        spoil()
        assert build(compiler, str(tmp_path)) == first
        assert first.read_text() == "ours\n"
        assert not first.is_symlink()


def test_without_a_folder_of_ones_own_there_is_no_library(tmp_path, temp, compiler):
    """The reason says so, and the run is on the real clock."""
    (tmp_path / "ssedrill").mkdir()
    (tmp_path / "ssedrill").chmod(0o777)
    temporary().mkdir()
    temporary().chmod(0o777)
    with pytest.raises(VirtualUnavailable, match="this user's alone"):
        build(compiler, str(tmp_path))


PLANTS_LIBRARY = """
import os, sys
os.mkdir(sys.argv[1], 0o777)
for name in sys.argv[2:]:
    open(os.path.join(sys.argv[1], name), "w").write("theirs")
"""
HOLDS_LOCK = """
import fcntl, os, sys, time
os.mkdir(sys.argv[1], 0o777)
os.chmod(sys.argv[1], 0o777)
locks = [open(path, "w") for path in (sys.argv[1] + "/refusal.lock", sys.argv[2])]
for lock in locks:
    os.chmod(lock.name, 0o666)
    fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


@as_two_users
def test_another_users_library_is_never_loaded(tmp_path, temp, compiler):
    """One that bears the right name and lies where ours would: in its own folder, or through a link to one."""
    name = build(compiler, str(tmp_path)).name
    as_nobody(PLANTS_LIBRARY, temporary(), name)
    (tmp_path / "ssedrill" / name).unlink()
    (tmp_path / "ssedrill").rename(tmp_path / "gone")
    (tmp_path / "ssedrill").symlink_to(temporary())
    with pytest.raises(VirtualUnavailable, match="this user's alone"):
        build(compiler, str(tmp_path))


@as_two_users
def test_another_user_can_block_nobody(temp):
    """Whoever holds locks at every place that can be guessed keeps no drill waiting."""
    held = nobodys(HOLDS_LOCK, temporary(), temp / "ssedrill-refusal-0.lock")
    with subprocess.Popen(held, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"held\n"
            with exclusive(counting=True, on_wait=lambda: pytest.fail("it waits for another user")):
                pass
        finally:
            other.kill()


@as_two_users
def test_another_users_link_leads_nowhere(temp):
    """Nothing is written through a link that another user has put where the lock would be."""
    target = temp / "precious"
    target.write_text("precious")
    as_nobody("import os, sys; os.symlink(*sys.argv[1:])", target, temporary())
    as_nobody("import os, sys; os.symlink(*sys.argv[1:])", temp / "new", temp / "ssedrill-refusal-0.lock")
    with exclusive(counting=True, on_wait=lambda: pytest.fail("it waits")):
        assert not (temp / "new").exists()
    assert target.read_text() == "precious"


def test_our_own_runs_still_wait_for_each_other(temp):
    """One that counts goes alone: the lock is there and works."""

    class Waited(Exception):
        pass

    def wait():
        raise Waited

    with exclusive(counting=True, on_wait=wait):
        assert (temporary() / "refusal.lock").exists()
        with pytest.raises(Waited), exclusive(counting=False, on_wait=wait):
            pass
    with exclusive(counting=False, on_wait=wait), exclusive(counting=False, on_wait=wait):
        pass
