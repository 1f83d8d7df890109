"""The mutants that `make mutants` runs the tests against are made as they should be."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import time
from math import inf
from pathlib import Path

import pytest

from mutants.equivalents import equivalents
from mutants.groups import groups
from mutants.mutations import mutants_of, mutated
from mutants.pool import in_children
from mutants.swap import put_in_place
from support.patience import LONGER_THAN_ANY_TEST_S

ROOT = Path(__file__).parent.parent
CODE = '''
LIMIT = 3

class Box:
    """A box."""

    size: int = 2

    @property
    def full(self) -> bool:
        """Tell."""
        return self.size > LIMIT and not self.open
'''
CHANGES = {
    ("", "3 -> 4"),
    ("", "3 -> 2"),
    ("Box", "2 -> 3"),
    ("Box", "2 -> 1"),
    ("Box.full", "return self.size > LIMIT and (not self.open) -> return None"),
    ("Box.full", "self.size > LIMIT and (not self.open) -> self.size > LIMIT or not self.open"),
    ("Box.full", "self.size > LIMIT and (not self.open) -> not self.open"),
    ("Box.full", "self.size > LIMIT and (not self.open) -> self.size > LIMIT"),
    ("Box.full", "self.size > LIMIT -> self.size >= LIMIT"),
    ("Box.full", "self.size > LIMIT -> self.size <= LIMIT"),
    ("Box.full", "not self.open -> self.open"),
}


def test_what_is_changed(tmp_path: Path) -> None:
    """Comparisons, conditions, constants, what is returned; no docstring, no annotation, no decorator."""
    (tmp_path / "box.py").write_text(CODE)
    found = mutants_of(tmp_path, "box.py")
    assert {(one.function, one.change) for one in found} == CHANGES
    assert {one.called for one in found if one.function == "Box.full"} == {("Box.full", 9)}
    assert {one.called for one in found if one.function != "Box.full"} == {None}
    sources = {ast.unparse(mutated(tmp_path, one)) for one in found}
    assert len(sources) == len(found)
    assert ast.unparse(ast.parse(CODE)) not in sources


def test_equivalent_mutants_are_in_the_code() -> None:
    """A line that was changed has to be looked at again; and each says why no test can notice it."""
    there = {one.name for group in groups(ROOT) for file in group.files for one in mutants_of(ROOT, file)}
    listed = equivalents()
    assert set(listed) - there == set()
    assert all(why.endswith(".") for why in listed.values())


def test_a_method_that_loses_its_super_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called with its class all the same, of which its new code makes no use."""
    file = tmp_path / "has_super.py"
    text = "class A:\n    def f(self):\n        return super().__repr__()\n"
    file.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    made = importlib.import_module("has_super").A()
    assert made.f() == repr(made)
    put_in_place(file, ast.parse(text.replace("super().__repr__()", "'gone'")))
    assert made.f() == "gone"


def test_groups_are_files_that_there_are() -> None:
    """Each file once, each with tests; all faults are among them."""
    files = [file for group in groups(ROOT) for file in group.files]
    assert len(files) == len(set(files))
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "faults/ssedrill_faults").glob("*.py")} <= set(files)
    for path in (*files, *(path for group in groups(ROOT) for path in group.tests)):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("jobs", [1, 3])
def test_children_are_given_as_they_end(jobs: int) -> None:
    """Each with its exit code, whatever it did; one that takes too long is ended."""

    def work(code: int) -> int:
        if code == 9:
            raise RuntimeError
        while code == 8:
            pass
        return code

    ended = {one.thing: one.code for one in in_children(work, range(7, 10), jobs=jobs, wall_s=2.0)}
    assert ended == {7: 7, 8: -9, 9: 70}


def test_no_program_is_left_when_the_work_is_stopped() -> None:
    """Ctrl-C in the middle ends the children."""
    children = in_children(lambda seconds: time.sleep(seconds) or 0, [0, LONGER_THAN_ANY_TEST_S], jobs=2, wall_s=inf)
    assert next(children).code == 0
    (left,) = inspect.getgeneratorlocals(children)["running"]
    children.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(left, os.WNOHANG)
