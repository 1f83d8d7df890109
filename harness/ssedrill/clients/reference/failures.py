"""How a call of the reference client can fail: what may be tried again, and what the application is told."""

from __future__ import annotations


class Retryable(Exception):
    """One attempt failed in a way that another may not; ``wait_s`` is the wait that the server asked for."""

    wait_s: float | None = None


class StreamBroken(Retryable):
    """The body ended, or could not be understood, before the answer was complete."""


class NoContent(Retryable):
    """The connection lives, but it has brought nothing but keep-alives for too long."""


class ServerBusy(Retryable):
    """The server refused, or gave up in the middle of its answer, and may do better later."""

    def __init__(self, message: str, wait_s: float | None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class RequestRefused(Exception):
    """The server says that this request is wrong: asking again would not make it right."""


class WaitTooLong(Exception):
    """The server asks for a longer wait than the application has time for."""


class OutOfTime(Exception):
    """The answer is not complete and the application's time is up."""


class AnswerCutShort(Exception):
    """The model stopped because of a limit, so the answer is not complete."""


class EmptyAnswer(Exception):
    """The answer is over and there was no text in it: whatever the reason is, nothing was answered."""


class StoppedOtherwise(Exception):
    """The model stopped for a reason that this client does not know to be a normal end."""


class GaveUp(Exception):
    """Every attempt failed, the one without streaming included."""


def named(error: Exception) -> str:
    """Return an error's class and message as one text."""
    return f"{type(error).__name__}: {error}".rstrip(": ")
