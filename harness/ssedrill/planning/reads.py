"""From a dialect to what judging may know of it."""

from __future__ import annotations

from functools import partial

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.told import ids_in_stream, told_in_stream
from ssedrill.judging.reads import Reads


def reads_of(dialect: Dialect) -> Reads:
    """Return how a right reader of a dialect takes its answers apart."""
    return Reads(
        stream=partial(told_in_stream, dialect),
        whole=dialect.account.in_whole,
        names=dialect.account.names,
        ids=partial(ids_in_stream, dialect),
    )
