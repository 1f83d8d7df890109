"""Python and C see the same fields at the same bytes of the shared page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssedrill.clock.programs.build_preload import preload_library
from ssedrill.clock.programs.page_layout import PAGE, PAGE_BYTES, PAGE_WORDS, SLOT, SLOT_WORDS, WORD_BYTES, c_header
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.programs.shared_page import SharedPage
from ssedrill.clock.programs.virtual_process import environment

COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")

Layout = dict[str, tuple[int, int]]
"""The first byte and the number of bytes of each field, and of each whole struct."""


def as_python_sees_it() -> Layout:
    """Return the layout by the tables that the harness reads the page with."""
    tables = {"slot": SLOT_WORDS, "shared_page": PAGE_WORDS}
    fields = {
        f"{struct}.{name}": (words.start * WORD_BYTES, len(words) * WORD_BYTES)
        for struct, table in tables.items()
        for name, words in table.items()
    }
    return {**fields, "slot": (0, len(SLOT) * WORD_BYTES), "shared_page": (0, PAGE_BYTES)}


def as_c_sees_it(header: str, folder: Path) -> Layout:
    """Return the layout that a compiler makes of a header."""
    (folder / "page_layout.h").write_text(header)
    (folder / "print.c").write_text("\n".join(printer()))
    command = [COMPILER, "-std=gnu11", "-o", folder / "print", folder / "print.c"]
    subprocess.run(command, check=True, capture_output=True)
    output = subprocess.run([folder / "print"], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in output.splitlines())
    return {name: (int(first), int(size)) for name, first, size in rows}


def printer() -> Iterator[str]:
    """Give the lines of a program that prints where each field begins and how long it is."""
    yield from ("#include <stddef.h>", "#include <stdio.h>", '#include "page_layout.h"', "int main(void) {")
    for struct, fields in (("slot", SLOT), ("shared_page", PAGE)):
        for field in fields:
            place = f"offsetof(struct {struct}, {field.name}), sizeof ((struct {struct} *)0)->{field.name}"
            yield f'printf("{struct}.{field.name} %zu %zu\\n", {place});'
        yield f'printf("{struct} 0 %zu\\n", sizeof(struct {struct}));'
    yield "return 0; }"


def test_python_and_c_agree(tmp_path):
    """Every field of the page and of a slot begins at the same byte and has the same length in both."""
    assert as_c_sees_it(c_header(), tmp_path) == as_python_sees_it()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    _Atomic uint64_t spare[2];", "    _Atomic uint64_t spare[1];"),
        ("    _Atomic uint64_t valid;", "    _Atomic uint32_t valid; uint32_t rest;"),
        ("    uint64_t seed;", "    uint64_t seed, another;"),
        ("    struct slot slots[512];", "    struct slot slots[511];"),
    ],
)
def test_a_header_that_differs_is_noticed(tmp_path, old, new):
    """The comparison above can fail: a field that is shorter, longer or one more in C is seen."""
    header = c_header()
    assert header.count(old) == 1
    assert as_c_sees_it(header.replace(old, new), tmp_path) != as_python_sees_it()


def test_no_slot_lies_across_two_cache_lines():
    """What one waiting thread writes often is not on the line of another field, nor on two lines."""
    assert 64 % (len(SLOT) * WORD_BYTES) == 0
    assert PAGE_WORDS["slots"].start * WORD_BYTES % 64 == 0


@pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
def test_a_page_of_another_layout_is_left_alone():
    """A library reads the time of its own kind of page, and takes one with another layout for none at all."""
    page = SharedPage(now_ns=0, epoch_ns=86_400 * 10**9, seed=1)
    environ = environment(dict(os.environ), preload_library(), page.folder, seed=1)

    def shown() -> int:
        return int(subprocess.run(["date", "-u", "+%s"], env=environ, check=True, capture_output=True).stdout)

    try:
        assert shown() == 86_400
        with open(page.file, "r+b") as file:
            file.seek(PAGE_WORDS["layout_id"].start * WORD_BYTES)
            file.write(bytes(WORD_BYTES))
        before = int(time.time())
        assert shown() >= before
        assert page.hellos()[0] == 1
    finally:
        page.close()
