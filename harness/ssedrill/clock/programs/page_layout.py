"""The layout of the page that preloaded programs share with the harness: the one source for Python and for C.

The page is a row of 64-bit words. Python finds the words of a field in :data:`PAGE_WORDS` and :data:`SLOT_WORDS`; the
C sources include the header that :func:`c_header` makes of the same table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

WORD_BYTES = 8
NEVER = 2**64 - 1
"""The deadline of a thread that waits without one."""

PROTOCOL = 3
"""To be raised if the meaning of a field changes; what is written below counts by itself, see :data:`LAYOUT_ID`."""


class Kind(Enum):
    """What C sees in the words of a field; the value is the C type."""

    FIXED = "uint64_t"  # written before any program starts
    ATOMIC = "_Atomic uint64_t"
    TEXT = "char"
    SLOTS = "struct slot"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the page or of a slot; ``count`` is the length of its array in C, or None if it is no array."""

    name: str
    kind: Kind
    about: str
    count: int | None = None


SLOT = (
    Field("owner", Kind.ATOMIC, "process number << 32 | thread number; 0 if the slot is free"),
    Field("deadline", Kind.ATOMIC, "until when the thread waits, in ns of the run's clock"),
    Field("ack", Kind.ATOMIC, "the last ping after which the thread has found nothing to do"),
    Field("valid", Kind.ATOMIC, "1 once the two above are written"),
)
"""A thread that waits."""

PAGE = (
    Field("layout_id", Kind.FIXED, "the page is used only by a library with the same one"),
    Field("epoch_ns", Kind.FIXED, "what the wall clock shows at start_ns, in ns since 1970"),
    Field("start_ns", Kind.FIXED, "the run's clock when the page was made"),
    Field("seed", Kind.FIXED, "the run's seed, for all that is random"),
    Field("now_ns", Kind.ATOMIC, "the run's clock; only the harness moves it"),
    Field("ping", Kind.ATOMIC, "raised by the harness: every waiting thread looks again and confirms"),
    Field("enters", Kind.ATOMIC, "how often any thread has begun to wait"),
    Field("connected", Kind.ATOMIC, "1 once a program has begun to connect anywhere"),
    Field("hellos_begun", Kind.ATOMIC, "how many processes have taken a place in hello_pids"),
    Field("hellos_done", Kind.ATOMIC, "how many of them can be read there"),
    Field("randoms", Kind.ATOMIC, "how many random words the programs have drawn"),
    Field("turn", Kind.ATOMIC, "1 if threads may come out of their waits, 0 if it is the harness's turn"),
    Field("forks", Kind.ATOMIC, "how many forks have begun"),
    Field("births", Kind.ATOMIC, "how many processes made by a fork have said hello"),
    Field("spare", Kind.ATOMIC, "fills the words up to 128 bytes, so that no slot lies across two cache lines", 2),
    Field("broken", Kind.TEXT, "why the programs can't be on the virtual clock, ended by a zero byte", 128),
    Field("hello_pids", Kind.ATOMIC, "the processes that have said hello last", 64),
    Field("slots", Kind.SLOTS, "the threads that wait", 512),
    Field("connects", Kind.ATOMIC, "how often somebody has connected to a port, by the port's last bits", 1024),
    Field("served", Kind.ATOMIC, "the ports at which the harness is, a bit each; only the harness writes here", 1024),
    Field("bound", Kind.ATOMIC, "the ports that a program has been bound to, a bit each", 1024),
)


def _bytes(field: Field) -> int:
    match field.kind:
        case Kind.FIXED | Kind.ATOMIC:
            each = WORD_BYTES
        case Kind.TEXT:
            each = 1
        case Kind.SLOTS:
            each = len(SLOT) * WORD_BYTES
    return each * (field.count or 1)


def _words(fields: Iterable[Field]) -> Iterator[tuple[str, range]]:
    first = 0
    for field in fields:
        end = first + _bytes(field) // WORD_BYTES
        yield field.name, range(first, end)
        first = end


SLOT_WORDS = dict(_words(SLOT))
"""The words of each field of a slot, counted from the slot's first."""
PAGE_WORDS = dict(_words(PAGE))
"""The words of each field of the page."""
PAGE_BYTES = sum(map(_bytes, PAGE))

LAYOUT_ID = int.from_bytes(hashlib.sha256(repr((PROTOCOL, SLOT, PAGE)).encode()).digest()[:8])
"""Tells a library that was built for another layout, and may be preloaded too, that a page is not its own."""


def c_header() -> str:
    """Return the C header with the same layout."""
    return "\n".join(
        (
            "/* Made from page_layout.py at each build. */",
            "#pragma once",
            "#include <stdatomic.h>",
            "#include <stdint.h>",
            f"#define LAYOUT_ID UINT64_C({LAYOUT_ID:#x})",
            *_c_struct("slot", SLOT),
            *_c_struct("shared_page", PAGE),
            "",
        )
    )


def _c_struct(name: str, fields: Iterable[Field]) -> Iterator[str]:
    yield f"struct {name} {{"
    for field in fields:
        array = "" if field.count is None else f"[{field.count}]"
        yield f"    {field.kind.value} {field.name}{array}; /* {field.about} */"
    yield "};"
