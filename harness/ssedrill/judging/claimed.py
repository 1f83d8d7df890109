"""What a client told its application at the end: the first thing that it said of how the call went."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill.judging.faults_met import has_met_fault
from ssedrill.model.record import Claim, ErrorSeen
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import WireJournal

_COMMAND_MISSING = "exit 127"
"""The class of an "unsupported" that a program said by its exit code. A shell says the same of a missing command."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim, the entry that makes it, and what else a client can say in its place."""

    claim: Claim
    entry: TokenEntry | None = None
    error: ErrorSeen | None = None
    unsupported: str | None = None  # it said that it can't do this; why, as far as it told
    crashed: str | None = None  # it died without a word
    cancelled: TokenEntry | None = None  # before it had said anything it was told to stop


def claimed_by(tokens: TokenJournal, wire: WireJournal, *, is_able: bool = False) -> Claimed:
    """Return what a client claimed.

    That it can't do this is an answer only before it has met a fault: said afterwards, it is the error that the
    client made of the fault, or of a program that could not go on its exit code. So it is of one that ``is_able``: it
    has done this in another call.
    """
    for entry in tokens.entries:
        match entry.kind:
            case "done":
                return Claimed(Claim.COMPLETE, entry, crashed=tokens.crashed)
            case "error":
                error = ErrorSeen(entry.error_class, entry.text)
                return Claimed(Claim.ERROR, entry, error, crashed=tokens.crashed)
            case "cancelled":
                return Claimed(Claim.NONE, crashed=tokens.crashed, cancelled=entry)
            case "unsupported" if not (is_able or has_met_fault(wire, entry.t)):
                return Claimed(Claim.NONE, unsupported=entry.text)
            case "unsupported" if entry.error_class == _COMMAND_MISSING:
                return Claimed(Claim.NONE, crashed="exit code 127")
            case "unsupported":
                error = ErrorSeen(entry.error_class or "Unsupported", entry.text)
                return Claimed(Claim.ERROR, entry, error, crashed=tokens.crashed)
    return Claimed(Claim.NONE, crashed=tokens.crashed)
