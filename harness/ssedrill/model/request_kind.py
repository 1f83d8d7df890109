"""The kinds of requests that there are, and what follows from each; nobody else lists them."""

from __future__ import annotations

from enum import StrEnum


class RequestKind(StrEnum):
    """What a request wants, as far as its dialect understands it."""

    STREAM = "stream"  # a new stream
    RESUME = "resume"  # the rest of a stream, by its cursor
    CONTINUE = "continue"  # the rest of an answer, from the partial answer that the request carries
    WHOLE = "whole"  # the answer without streaming
    GONE = "gone"  # an event source that has ended: there is no more of it
    UNKNOWN = "unknown"  # nothing that the dialect knows: another path, another method, no JSON
    DOOR = "door"  # nobody read it: a fault met the client at the door

    @property
    def asks_for_answer(self) -> bool:
        """It asks for the answer, or for the rest of it."""
        match self:
            case RequestKind.STREAM | RequestKind.RESUME | RequestKind.CONTINUE | RequestKind.WHOLE:
                return True
            case RequestKind.GONE | RequestKind.UNKNOWN | RequestKind.DOOR:
                return False

    @property
    def goes_on(self) -> bool:
        """It goes on with an answer that its client has the beginning of, or all of."""
        return self in (RequestKind.RESUME, RequestKind.CONTINUE, RequestKind.GONE)

    @property
    def starts_answer(self) -> bool:
        """It makes the model begin an answer, unless it names text of an earlier one."""
        return self in (RequestKind.STREAM, RequestKind.WHOLE)

    @property
    def is_try(self) -> bool:
        """It asks for the answer, or would have at an open door."""
        return self.asks_for_answer or self is RequestKind.DOOR

    @property
    def is_understood(self) -> bool:
        """The dialect read it and knew what it was."""
        return self not in (RequestKind.UNKNOWN, RequestKind.DOOR)

    @property
    def is_attempt(self) -> bool:
        """It uses up one of the scenario's attempts; what is not understood meets no fault and uses up none."""
        return self is not RequestKind.UNKNOWN
