"""The header by which a reconnect says what its client has: an id in UTF-8 (WHATWG HTML, 9.2.3)."""

from __future__ import annotations

from collections.abc import Iterable

NAME = "last-event-id"

_BLANK = " \t"


def carried(id_: str) -> str:
    """Return what of an id a header can carry: no blanks around it, and nothing of one with control characters."""
    bare = id_.strip(_BLANK)
    return "" if any((char < " " and char != "\t") or char == "\x7f" for char in bare) else bare


def sent_in(headers: Iterable[tuple[str, str]]) -> str:
    """Return the id that a request's headers carry; "" if there is none. What is no UTF-8 is told by its bytes.

    A header as it was read has a character for each byte.
    """
    value = next((value for name, value in headers if name.lower() == NAME), "")
    return value.encode("latin-1", "replace").decode("utf-8", "backslashreplace")
