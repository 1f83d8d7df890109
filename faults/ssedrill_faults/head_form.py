"""How the lines of a head are spelled, if that is not as usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class HeadForm:
    """What differs in the status line and in the headers."""

    reason: str | None = None  # behind the status; None: the usual one
    blank: bool = True  # between status and reason, be there one or not
    names: Literal["lower", "upper"] | None = None  # the case of the names; None: as they are
    after_colon: int = 1  # blanks between colon and value
    line_end: Literal["crlf", "lf"] = "crlf"

    def status_line(self, line: str, reason: str) -> str:
        """Return the status line; ``line`` is its beginning, up to the status."""
        return line + " " * self.blank + (reason if self.reason is None else self.reason)

    def header(self, name: str, value: object) -> str:
        """Return the line of a header."""
        cased = {"lower": name.lower(), "upper": name.upper()}.get(self.names or "", name)
        return f"{cased}:{' ' * self.after_colon}{value}"


USUAL = HeadForm()
