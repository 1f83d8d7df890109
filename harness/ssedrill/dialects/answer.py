"""What a client reads: the parts of an answer, and how to be strict about what is needed and indifferent to the rest.

This is the readers' side of a dialect. Nothing here knows how the server spells what is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

EVENT = "an event has another form than its dialect's"
WHOLE = "the answer without streaming can't be understood"


class Unreadable(Exception):
    """An event, or a whole answer, that its dialect does not explain."""


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """A message begins; a second one in the same stream is somebody else's."""

    id: str


@dataclass(frozen=True, slots=True)
class AnswerText:
    """A piece of the answer."""

    text: str
    number: int = 0  # of the piece, from 1, if the dialect has such numbers


@dataclass(frozen=True, slots=True)
class AnswerStopped:
    """The model says why it stopped: nothing more of the answer comes."""

    reason: str


@dataclass(frozen=True, slots=True)
class AnswerClosed:
    """The last piece, which has no text, and in which the model should have said why it stopped, but did not."""


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The terminal event."""


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """The server reports an error inside the stream."""

    kind: str
    message: str
    body: dict[str, Any]  # of the error as it came, for what else it says


AnswerPart: TypeAlias = AnswerStarted | AnswerText | AnswerStopped | AnswerClosed | AnswerEnded | AnswerFailed


@contextmanager
def reading(problem: str) -> Iterator[None]:
    """Turn what goes wrong while data is taken apart into Unreadable, which names this problem and the reason."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Unreadable(f"{problem}: {error!r}") from None


def json_object(data: str) -> dict[str, Any]:
    """Return the JSON object that an event's data is; raises Unreadable if it is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"an event's data is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable(f"an event's data is JSON, but a {type(value).__name__} and no object")
    return value


def failed(data: dict[str, Any]) -> AnswerFailed:
    """Return the error that an event's JSON holds under ``error``: an object with type and message, or just words."""
    error = data["error"]
    if not isinstance(error, dict):
        return AnswerFailed("", str(error), data)
    return AnswerFailed(str(error.get("type") or ""), str(error.get("message") or ""), data)


def string(value: object) -> str:
    """Return the value, which must be a string; raises TypeError if it is none."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
