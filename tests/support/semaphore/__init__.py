"""A dialect from outside: a semaphore line. Text without JSON, no ids, no way to go on where it was cut.

It is as unlike the built-in ones as it can be, so that whatever silently expects one of them shows.
"""

from __future__ import annotations

from dataclasses import replace

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Resumption
from support.semaphore import ask, read
from support.semaphore.serve import SemaphoreWriter

DIALECT = Dialect(
    name="semaphore",
    about="Arms that move: a letter an event, and no JSON anywhere.",
    resumption=Resumption.NONE,
    serve=SemaphoreWriter,
    ask=ask,
    read=read,
)
HALF_A_DIALECT = replace(DIALECT, read=ask)  # type: ignore[arg-type]
"""What a package may bring by mistake."""
