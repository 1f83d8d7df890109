"""What a server says of an answer besides its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """Usage and finish reason, as they stand in an answer."""

    usage: Mapping[str, int] | None = None
    """The numbers by the server's names, but for ``input_tokens`` and ``output_tokens``, which have these everywhere;
    None unless it is the bill of the whole answer, and not what its beginning has cost."""
    finish: str | None = None


NOTHING = Told()
