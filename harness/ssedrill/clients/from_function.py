"""From a Python function to a client."""

from __future__ import annotations

from ssedrill.dialects import ALL, DIALECTS
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Client, Speaks
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.in_process.load_function import ClientFunction
from ssedrill.model.abilities import able


def client_of(function: ClientFunction, name: str, *, path: str = "", distribution: str = "") -> Client:
    """Return the client that a function is.

    ``path`` says where another process imports it from, ``distribution`` names the package whose version is its own.
    The function may have an attribute ``dialects`` (a tuple of names, or "all"); without it, it is offered all of
    them. What it can besides text is said by an attribute ``can`` (a set of words). Raises BadSpec if one of them is
    something else.
    """
    speaks = _spoken(name, getattr(function, "dialects", ALL))
    about = (function.__doc__ or "").strip().partition("\n")[0]
    try:
        can = able(getattr(function, "can", ()))
    except ValueError as wrong:
        raise BadSpec(f"{name}: its `can` {wrong}") from None
    return Client(name, InProcess(function, path=path, distribution=distribution), speaks, about, can)


def _spoken(name: str, names: object) -> Speaks:
    """Return what a function says that it speaks."""
    if names == ALL:
        return ALL
    if not isinstance(names, (tuple, list)) or not names or not set(names) <= set(DIALECTS):
        raise BadSpec(f"{name}: its `dialects` must be a tuple of {', '.join(DIALECTS)}; it is {names!r}")
    return tuple(names)
