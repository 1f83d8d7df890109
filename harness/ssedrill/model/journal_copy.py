"""A second copy of the journals, made while they are written, for whoever outlives the process of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ssedrill.model.call_log import CallLog
from ssedrill.model.token_journal import TokenEntry
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, Played


class JournalCopy(Protocol):
    """Is told of every entry when it is made. May be told from any thread, and must not raise."""

    def connected(self, log: ConnectionLog) -> None:
        """A connection has its entry."""

    def asked(self, log: AttemptLog) -> None:
        """An attempt has its entry, with its plan."""

    def played(self, attempt: int, played: Sequence[Played]) -> None:
        """So much more of an attempt's plan was carried out."""

    def called(self, log: CallLog) -> None:
        """One of several calls has begun, or is over."""

    def said(self, entry: TokenEntry, call: int) -> None:
        """The client said something in a call."""

    def said_more(self, text: str, call: int) -> None:
        """The last entry of a call, which is text, has become longer."""
