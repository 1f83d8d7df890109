"""Tables that installed packages add to."""

from __future__ import annotations

import sys

import pytest

from ssedrill_faults.extensions import OWN, BadExtension, Table
from support.extensions import install


def numbers(**builtin):
    """Return a table of whole numbers, of a group that nobody else uses."""
    return Table(
        "drill.numbers", builtin, lambda name, thing: None if isinstance(thing, int) else "which is no number"
    )


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Give a folder that counts as one where packages are installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("toy_")]:
        del sys.modules[name]


def test_what_is_built_in_comes_first(site):
    """Built-in things keep their order; those of packages follow by name, with the package that brings them."""
    install(site, "toy-numbers", "2.1", {"drill.numbers": {"five": "toy_n:FIVE", "eight": "toy_n:EIGHT"}})
    (site / "toy_n.py").write_text("FIVE, EIGHT = 5, 8\n", "utf-8")
    table = numbers(two=2, one=1)
    assert list(table.items()) == [("two", 2), ("one", 1), ("eight", 8), ("five", 5)]
    assert [table.source(name) for name in table] == [OWN, OWN, "toy-numbers 2.1", "toy-numbers 2.1"]


def test_a_built_in_thing_needs_no_look_at_the_packages(site):
    """A broken package does not stop what is built in from being found by its name."""
    install(site, "toy-broken", "1", {"drill.numbers": {"x": "toy_missing:X"}})
    table = numbers(one=1)
    assert table["one"] == 1


def test_what_a_package_says_of_a_thing(site):
    """Its entry point can be had without loading the thing; there is none for what is built in, or not there."""
    install(site, "toy-numbers", "2.1", {"drill.numbers": {"five": "toy_n:FIVE", "eight": "toy_missing:EIGHT"}})
    table = numbers(one=1)
    assert [table.entry_point(name).value for name in ("five", "eight")] == ["toy_n:FIVE", "toy_missing:EIGHT"]
    assert [table.built_in(name) for name in ("one", "five", "two")] == [True, False, False]
    for name in ("one", "two"):
        with pytest.raises(KeyError):
            table.entry_point(name)


@pytest.mark.parametrize(
    ("code", "entry", "said"),
    [
        (None, "toy_m:X", "can't be loaded (ModuleNotFoundError: No module named 'toy_m')"),
        ("", "toy_m:X", "can't be loaded (AttributeError"),
        ("1 / 0", "toy_m:X", "can't be loaded (ZeroDivisionError: division by zero)"),
        ("X = 'five'", "toy_m:X", "which is no number"),
    ],
)
def test_what_cant_be_used_is_told(site, code, entry, said):
    """The error names the package, its version, the entry and the group."""
    install(site, "toy-bad", "0.3", {"drill.numbers": {"x": entry}})
    if code is not None:
        (site / "toy_m.py").write_text(code, "utf-8")
    with pytest.raises(BadExtension) as raised:
        list(numbers())
    assert str(raised.value).startswith(f"toy-bad 0.3 brings x = {entry} (drill.numbers), ")
    assert said in str(raised.value)


def test_a_name_that_is_taken(site):
    """Neither what is built in nor another package's thing is replaced in silence."""
    install(site, "toy-thief", "1", {"drill.numbers": {"one": "toy_t:ONE"}})
    (site / "toy_t.py").write_text("ONE = 11\n", "utf-8")
    with pytest.raises(BadExtension, match="but ssedrill has that name already"):
        len(numbers(one=1))
