"""What judging must know of a dialect, and may not ask it: it is told with the journals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ssedrill.model.told import NOTHING, Told


@dataclass(frozen=True, slots=True)
class Reads:
    """How a right reader of the dialect takes answers apart.

    ``stream`` and ``whole`` say what an answer says besides its text. ``ids`` says, for pieces of a stream, which id
    a client that began with another sends when it reconnects behind each of them.
    """

    stream: Callable[[bytes], Told] = lambda content: NOTHING
    names: Mapping[str, str] = field(default_factory=dict)  # of a usage's numbers, as in ``Account``
    whole: Callable[[bytes], Told] = lambda content: NOTHING
    ids: Callable[[Sequence[bytes], str], list[str]] = lambda pieces, begun_with: [begun_with] * len(pieces)


NO_READS = Reads()
