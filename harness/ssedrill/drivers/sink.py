"""What a client gives its application, as it is collected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ssedrill.drivers.cancel_switch import CancelSwitch
from ssedrill.model.clean_text import encodable
from ssedrill.model.journal_copy import JournalCopy
from ssedrill.model.redaction import redacted_message, without_address
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import KEPT_ENTRIES, TokenEntry, TokenJournal, TokenKind

KEPT_CHARS = 8 * 1024 * 1024
"""Text of one run beyond this is counted, not kept, so that a client that floods can't fill the memory.

It holds the answers to all attempts of the largest scenario that may be written, in the longest kind of token.
"""
JOINED_CHARS = 1024
"""Pieces of text are joined up to this length: joining them all would copy a long text over and over."""
KEPT_CLAIMS = 1000
KEPT_NOTES = 20
MESSAGE_CHARS = 2000
"""Longer messages of errors and retries are cut."""
CLASS_CHARS = 200
KEPT_BASES = 20
UNSUPPORTED = "Unsupported"
"""The class of the error that "unsupported" is if it comes too late."""

_CLAIMS: dict[TokenKind, str] = {
    "done": "was done",
    "error": "had failed",
    "unsupported": "does not support this",
}
"""How a client may say that it has ended, and what it says by that."""


def _nowhere(text: str) -> bool:
    return False


@dataclass
class Sink:
    """Collects what a client gives its application; every entry is stamped when it arrives. Thread-safe."""

    now: Callable[[], float]  # seconds since the run began
    run: str = ""  # the segment of the run's address and the server's port, which no journal may hold
    port: int = 0
    secrets: Secrets = field(default_factory=Secrets)  # those of the run; text keeps its own, since it is judged
    journal: TokenJournal = field(default_factory=TokenJournal)
    copy: JournalCopy | None = None
    call: int = 1  # whose it is
    switch: CancelSwitch = field(default_factory=CancelSwitch)  # pulled when the application stops reading
    stops_at: Callable[[str], bool] = _nowhere  # is given each piece of text; True: the application stops at it
    cancelled_t: float | None = None  # the application stopped reading
    stuck: bool = False  # at the deadline the client was in the middle of something that it can't be called off from
    keeps_bases: bool = False  # a check asks what else an error's class is
    _kept: int = 0
    _text_t: float = 0.0  # when the last entry of text began
    _joined_t: float | None = None  # from then on pieces of different times are joined
    _claims: int = 0
    _claimed: TokenKind | None = None  # the first claim
    _text_after_claim: bool = False
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: TokenKind, text: str = "", error_class: str = "", bases: tuple[str, ...] = ()) -> bool:
        """Note one thing that the client said; what comes after the run has ended is not heard.

        Tell whether it is the text at which the application stops reading.

        Pieces of text that come at the very same instant are joined, empty ones are nothing. Messages (of everything
        but ``text``) lose their addresses and secrets and are cut at a length that fits a report. Halves of surrogate
        pairs, which no encoding can write down, become U+FFFD. ``unsupported`` after text, or after a claim, is an
        error. ``bases`` are what else an error's class is.
        """
        text = encodable(without_address(text, self.port, self.run) if kind == "text" else self.message(text))
        with self._lock:
            if self._closed:
                return False
            if kind == "text":
                self._add_text(text)
                stops = self.cancelled_t is None and self.stops_at(text)
                if stops:
                    self._cancel()
            else:
                self._add(kind, text, error_class, bases if self.keeps_bases else ())
                stops = False
        if stops:
            self.switch.pull(at_yield=True)
        return stops

    def cancel(self, how: str = "") -> None:
        """Have the application stop reading; ``how`` is told in the journal."""
        with self._lock:
            self._cancel(how)
        self.switch.pull()

    def drop(self, size: int) -> None:
        """Count ``size`` bytes of text which the client printed and which can't be understood."""
        with self._lock:
            if not self._closed:
                self.journal.unkept_bytes += size

    def missed(self, size: int) -> bool:
        """Count ``size`` bytes of text that may be the client's, and can't be shown: it has said that it has ended.

        Tell whether they were counted: of a client that was ended from here nothing more is heard.
        """
        with self._lock:
            counts = not self.journal.stopped
            if counts:
                self.journal.unkept_bytes += size
            return counts

    def crash(self, how: str) -> None:
        """Note that the client died without a claim, and of what; what was shown before stays.

        The first death counts, and none after the run has ended: what stopping a client breaks is not its own.
        """
        with self._lock:
            if not self._closed and self.journal.crashed is None:
                self.journal.crashed = encodable(self.message(how))

    def can(self, names: frozenset[str]) -> None:
        """Note what the client says at its start that it can."""
        with self._lock:
            if not self._closed:
                self.journal.can = tuple(sorted(names))

    def note(self, text: str) -> None:
        """Add a remark of the driver's own to the journal, however the run stands."""
        with self._lock:
            if len(self.journal.notes) < KEPT_NOTES:
                self.journal.notes += (encodable(self.message(text)),)

    def message(self, text: str, most: int = MESSAGE_CHARS) -> str:
        """Return a message fit to be kept: redacted, then cut, so that no half of a secret or an address is left."""
        cut = len(text) > 2 * most
        return self.secrets.text(redacted_message(text[: 2 * most], self.run), cut=cut)[:most]

    def stop(self) -> None:
        """Note that the deadline has passed, and hear no more."""
        with self._lock:
            self._end()
            self.journal.stopped = True
            self.journal.stopped_t = round(self.now(), 6)

    def close(self) -> None:
        """Hear no more: an abandoned client may still be talking."""
        with self._lock:
            self._end()

    def _add(self, kind: TokenKind, text: str, error_class: str, bases: tuple[str, ...]) -> None:
        if kind == "unsupported" and (self._kept or self._claimed):
            kind, error_class = "error", UNSUPPORTED
        if kind in _CLAIMS:
            self._claimed = self._claimed or kind
            self._claims += 1
            full = self._claims > KEPT_CLAIMS
        else:
            full = len(self.journal.entries) >= KEPT_ENTRIES
        if full:
            self.journal.unkept_bytes += len(text.encode()) or 1
        else:
            classes = [encodable(self.message(name, CLASS_CHARS)) for name in (error_class, *bases[:KEPT_BASES])]
            self._append(kind, self.now(), text, *classes)

    def _cancel(self, how: str = "") -> None:
        if self.cancelled_t is None and not self._closed:
            self.cancelled_t = round(self.now(), 6)
            self._append("cancelled", self.cancelled_t, how)

    def _add_text(self, text: str) -> None:
        kept = text[: KEPT_CHARS - self._kept]
        self.journal.unkept_bytes += len(text[len(kept) :].encode())
        self._text_after_claim |= bool(text) and self._claimed is not None
        if not kept:
            return
        self._kept += len(kept)
        t, entries = self.now(), self.journal.entries
        full = len(entries) >= KEPT_ENTRIES
        if full and self._joined_t is None:
            self._joined_t = t
        fits = entries and entries[-1].kind == "text" and len(entries[-1].text) + len(kept) <= JOINED_CHARS
        if fits and (full or t == self._text_t):
            entries[-1].text += kept
            if self.copy is not None:
                self.copy.said_more(kept, self.call)
        else:
            self._text_t = t
            self._append("text", t, kept)

    def _append(self, kind: TokenKind, t: float, text: str, error_class: str = "", *bases: str) -> None:
        entries = self.journal.entries
        entries.append(TokenEntry(len(entries) + 1, round(t, 6), kind, text, error_class, bases))
        if self.copy is not None:
            self.copy.said(entries[-1], self.call)

    def _end(self) -> None:
        """Close, and say what a reader of the journal must know of it, whatever other notes there are."""
        if self._closed:
            return
        self._closed = True
        journal, notes = self.journal, []
        if self._text_after_claim:
            notes.append(f"showed text after it had said that it {_CLAIMS[self._claimed or 'done']}")
        if self._joined_t is not None:
            times = f"from {self._joined_t:.3f} s on the times of text are those of the first of several pieces"
            notes.append(f"the client said more than {KEPT_ENTRIES} things: {times}")
        if journal.unkept_bytes:
            what = f"{journal.unkept_bytes} bytes of what the client said were too much, or could not be understood"
            notes.append(f"{what}: they are not in the journal, and the verdict knows nothing of them")
        journal.notes += tuple(notes)
