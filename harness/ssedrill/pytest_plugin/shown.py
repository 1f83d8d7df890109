"""What a test tells of the code under test: what a user of it would have seen."""

from __future__ import annotations

from collections.abc import Callable

from ssedrill.drivers.in_process.function_call import tell_failure
from ssedrill.drivers.target import Target


class Shown:
    """Is told, in order, what the code under test has shown; ``target`` gives that of the call that is meant."""

    def __init__(self, target: Callable[[], Target]) -> None:
        self._target = target

    @property
    def prompt(self) -> str:
        """What to ask for; of several calls, each has its own, by which the server knows it."""
        return self._target().prompt

    def shown(self, text: str) -> None:
        """Tell that this text was shown, in addition to what was before. Raises TypeError if it is no text."""
        if not isinstance(text, str):
            raise TypeError(f"shown() takes the text that a user would see, as str; this is {type(text).__name__}")
        self._target().sink.add("text", text)

    def restart(self) -> None:
        """Tell that what was shown so far was taken back."""
        self._target().restart()

    def usage(self, **numbers: int) -> None:
        """Tell how many tokens the code under test says that the answer took: input_tokens, output_tokens."""
        self._target().usage(**numbers)

    def finish(self, reason: str) -> None:
        """Tell why the model stopped, as the code under test says it."""
        self._target().finish(reason)

    def failed(self, error: BaseException) -> None:
        """Tell that the code under test has said that it failed, by this error. Raises TypeError if it is none."""
        if not isinstance(error, BaseException):
            raise TypeError(f"failed() takes the error, as an exception; this is {type(error).__name__}")
        tell_failure(self._target().sink, error)
