"""Raise an exception in another thread, without a mark on the interpreter if that thread does not run Python."""

from __future__ import annotations

import ctypes
from threading import get_ident


class _Delivered(BaseException):
    """What this thread raises in itself."""


def raise_in_thread(ident: int, error: type[BaseException]) -> None:
    """Have a thread raise an exception as soon as it runs Python; nothing happens if there is no such thread.

    Up to CPython 3.12 a flag that all threads share says that an exception waits, until any thread has raised one.
    For a thread that hangs in a system call it would stay up for good: each call of a function of every thread then
    takes the slow path, and under a trace function (a debugger, a coverage) CPython 3.11 never comes out of it. So
    this thread raises one of its own, which takes the flag down; the other thread puts it up again when it wakes, as
    it takes the interpreter's lock (``take_gil`` in CPython's ``ceval_gil.c``).
    """
    _set(ident, error)
    if ident != get_ident():
        try:
            _set(get_ident(), _Delivered)
            for _ in range(1000):  # each turn looks at the flag; it is raised in the first
                pass
        except _Delivered:
            pass


def _set(ident: int, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))
