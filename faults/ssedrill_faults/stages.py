"""What decides in which order the faults of an attempt have their say."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Moment(StrEnum):
    """What a moment is counted along."""

    ATTEMPT = "attempt"  # the time since the request
    SILENCE = "silence"  # the time since the last byte that was written
    RUN = "run"  # the time since the run began, so that it may be over when an attempt begins


class Stage(IntEnum):
    """When a fault of the wire has its say: each works on what those before it have left."""

    PLACES = 1  # what breaks at a place, so that it finds whole what it looks for
    SHAPES = 2
    MOMENTS = 3  # what strikes at a moment must know of every pause
    BUFFER = 4  # a proxy passes on what it has when its upstream closes the connection
    LINE = 5  # between that proxy and the client: what is held back there never came so far
    SIZES = 6  # what is said of a chunk beside its content, when it is known which chunks there are
    HEAD = 7  # when the body begins is known when all else has had its say
