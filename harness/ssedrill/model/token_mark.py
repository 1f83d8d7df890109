"""What can be the matter with a token that a client showed, or did not show."""

from __future__ import annotations

from enum import StrEnum


class TokenMark(StrEnum):
    """What the ledger says of a token.

    A token is new, or withdrawn, or missing; or it has one flaw or several, such as a token of another answer at a
    place that had been shown before: spliced and duplicate. What the server itself repeated or left out is marked so
    besides, and has no other mark if its client could not know. Text that is no token is corrupted, unless the
    server itself had sent it. The marks stand in the order in which they are listed
    here, and if there is room for one word, it is the first.
    """

    NEW = "new"  # as it was served, at its place, for the first time
    CORRUPTED = "corrupted"  # damaged, or served by nobody, or text that is no token
    SPLICED = "spliced"  # of another generation than the first token shown
    DUPLICATE = "duplicate"  # at a place in the answer that had been shown before
    REORDERED = "reordered"  # shown for the first time after one with a higher number
    REPEATED = "repeated"  # the server itself had sent it once more
    EXTRA = "extra"  # text that is no token, as the server itself had sent it
    WITHDRAWN = "withdrawn"  # the application was told to drop it
    MISSING = "missing"  # it never came, and the application does not know it
    LEFT_OUT = "left-out"  # the server itself had left it out

    @property
    def is_flaw(self) -> bool:
        """The application is left with something wrong."""
        return self not in _NO_FLAWS


_NO_FLAWS = (TokenMark.NEW, TokenMark.WITHDRAWN, TokenMark.REPEATED, TokenMark.EXTRA, TokenMark.LEFT_OUT)
