"""What a baseline says of the runs of a record: which failures are known, and which entries do not hold any more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How an entry of a baseline stands to the runs."""

    KNOWN = "known"  # the drill fails, exactly as the entry says
    DIFFERENT = "fails differently"
    STALE = "stale"  # the drill passes, or no longer breaks this check
    EXPIRED = "expired"  # its last day is over
    NOT_SEEN = "not seen"  # the drill fails as other entries say
    NOT_HERE = "does not apply"  # to these versions, or on this clock
    NOT_SELECTED = "not selected"  # there was no such drill in this run

    @property
    def bad(self) -> bool:
        """It makes a run of the harness end with exit code 1."""
        return self in (Standing.DIFFERENT, Standing.STALE, Standing.EXPIRED)


@dataclass(frozen=True, slots=True)
class Baselined:
    """One entry, and how it stands to one drill; the dialect is empty if there was no drill to judge it by."""

    standing: Standing
    scenario: str
    client: str
    dialect: str
    outcome: str
    reason: str
    check: str = ""
    said: str = ""  # why it stands so
    place: int = 0  # which of the baseline's entries it is, from 1
