"""Errors that are no honest failure of a call, but a crash.

Some are a defect of the adapter between harness and client, and say nothing of the client: a program that has such a
defect dies without a claim, and in process it is the same. Others end the application, and not the call alone.
"""

from __future__ import annotations

from typing import TypeGuard, TypeVar

from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.target import Target
from ssedrill.drivers.told import BadTold

E = TypeVar("E", bound=BaseException)


class BadClient(TypeError):
    """A client function gives what no client may give; the message says what would be right."""


_DEFECTS = (BadClient, BadTold, BadSpec, NameError, ImportError, SyntaxError)
"""Nothing that a server does makes right code raise one of these."""
_ENDINGS = (SystemExit, KeyboardInterrupt)
"""What an application does not catch by ``except Exception``: who calls such a client is ended by it."""


def adapter_defect(error: BaseException) -> str | None:
    """Return the defect or the end that an error is, or that a group of errors holds, by name; None if it is none."""
    if is_a(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := adapter_defect(one))), None)
    if is_a(error, AttributeError) and type(error.obj) is Target:
        has = ", ".join(name for name in dir(error.obj) if not name.startswith("_"))
        return f"AttributeError: a target has no {error.name}; it has {has}"
    if is_a(error, MemoryError):
        return "MemoryError: it took more memory than its process may have"
    if issubclass(type(error), (*_DEFECTS, *_ENDINGS)):
        return f"{type(error).__name__}: {message_of(error)}".removesuffix(": ")
    return None


_CAUSE = BaseException.__dict__["__cause__"]


def is_a(error: BaseException, kind: type[E]) -> TypeGuard[E]:
    """Tell whether an error is of a kind, without asking it: isinstance() would run what a client calls its class."""
    return issubclass(type(error), kind)


def message_of(error: BaseException) -> str:
    """Return an error's message with that of its cause, if it does not tell it; of a group, those of its members too.

    "Connection error." alone says nothing of what has happened.
    """
    message = _plain_message(error)
    if is_a(error, BaseExceptionGroup):
        members = "; ".join(f"{type(member).__name__}: {message_of(member)}" for member in error.exceptions)
        return f"{message}: {members}"
    cause = _CAUSE.__get__(error)  # as is_a: nothing of the client's is run
    if cause is None:
        return message
    why, kind = _plain_message(cause), type(cause).__name__
    if why in message if why else kind == type(error).__name__:
        return message
    return f"{message} (from {kind}{f': {why}' if why else ''})".lstrip()


def _plain_message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as broken:
        return f"(no message: str() of the error raised {type(broken).__name__})"
