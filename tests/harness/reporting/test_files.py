"""Writing files: whole or not at all, and never in the place of what is no file."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from ssedrill.reporting.store.files import NotWritable, make_writable, write_text


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """A device or a pipe is written into, not replaced: as root, replacing /dev/null would break the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=write_text, args=(pipe, "ไทย\n"))
    writer.start()
    assert pipe.read_text(encoding="utf-8") == "ไทย\n"
    writer.join()
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link leads to is written."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    for text in ("one, and longer", "two"):
        write_text(link, text)
        assert (link.is_symlink(), target.read_text()) == (True, text)


def test_what_can_be_no_file_is_refused_beforehand(tmp_path: Path) -> None:
    """A folder, a name that is too long and a file where a folder must be give one error each."""
    (tmp_path / "file").write_text("")
    for path, said in (
        (tmp_path, "it is a folder"),
        (tmp_path / ("x" * 300), "File name too long"),
        (tmp_path / "file" / "x", "a file is in its place"),
    ):
        with pytest.raises(NotWritable, match=said):
            make_writable(path)
    assert not (tmp_path / "new" / "x").exists()
    make_writable(tmp_path / "new" / "x")
    assert list((tmp_path / "new").iterdir()) == []
