"""The catalogue of faults."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest

import ssedrill_faults
from ssedrill_faults import FAULTS
from ssedrill_faults.answer.headers import HeadersFault
from ssedrill_faults.door.mute import MuteFault
from ssedrill_faults.fault import AnswerFault, DoorFault, Fault, WireFault
from ssedrill_faults.http.encode import EncodeFault


def test_every_fault_is_there_under_its_own_name() -> None:
    """None is in the catalogue under the name of another."""
    assert all(name == fault.name for name, fault in FAULTS.items())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_lives_in_the_file_of_its_name(name: str) -> None:
    """File, class and scenario key have the same name; the folder is that of its layer."""
    module = import_module(FAULTS[name].__module__)
    assert re.fullmatch(rf"ssedrill_faults\.(door|answer|frames|http|wire)\.{name}", module.__name__)
    assert FAULTS[name].__name__ == "".join(part.title() for part in name.split("_")) + "Fault"
    assert getattr(module, FAULTS[name].__name__) is FAULTS[name]


def test_no_fault_is_missing_from_the_catalogue() -> None:
    """Every class in the package that can be a fault is in the catalogue."""
    folder = Path(ssedrill_faults.__file__).parent
    found = {
        thing.name
        for path in folder.rglob("[a-z]*.py")
        for thing in vars(import_module(".".join(path.relative_to(folder.parent).with_suffix("").parts))).values()
        if isinstance(thing, type) and issubclass(thing, Fault) and hasattr(thing, "name")
    }
    assert found == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_a_fault_says_what_it_does_in_one_sentence(fault: type[Fault]) -> None:
    """The first line of its docstring is one plain sentence, as `ssedrill list faults` shows it."""
    first = (fault.__doc__ or "").splitlines()[0]
    assert re.fullmatch(r"[A-Z][^.]{20,110}\.", first)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_a_fault_is_a_frozen_dataclass_at_one_layer(fault: type[Fault]) -> None:
    """Settings can't change, and exactly one of the three layers is the fault's own."""
    assert is_dataclass(fault)
    assert sum(issubclass(fault, layer) for layer in (DoorFault, AnswerFault, WireFault)) == 1
    assert all(item.kw_only for item in fields(fault))


def test_settings_are_frozen() -> None:
    """A fault can't be given another setting later."""
    with pytest.raises(FrozenInstanceError):
        MuteFault().anything = 1  # type: ignore[attr-defined]


def test_shaping_and_ending_faults_are_these() -> None:
    """The two flags decide on order and contradictions; no fault has both."""
    assert {fault.name for fault in FAULTS.values() if fault.shaping} == {
        "interim",
        "trailers",
        "http_1_0",
        "chunk_borders",
        "chunk_extensions",
        "hold_head",
        "buffer",
        "fragment",
        "coalesce",
        "delay",
        "pace",
        "jitter",
        "spelling",
        "byte_order_mark",
        "ids",
        "ping",
    }
    endings = {fault.name for fault in FAULTS.values() if fault.ending}
    by_setting = {"stall"}
    assert [HeadersFault(set={name: "x"}).shaping for name in ("x-a", "Content-Type")] == [True, False]
    assert [EncodeFault(unasked=asked).shaping for asked in (False, True)] == [True, False]
    assert endings == {"reset", "fin", "half_close", "linger", "keepalive_only", "stale_connection"} - by_setting
