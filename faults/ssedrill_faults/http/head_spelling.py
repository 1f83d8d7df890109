"""Spell the head of the answer otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.head_form import HeadForm
from ssedrill_faults.plan import Answer

_REASON = re.compile(r"[\t\x20-\x7e]*")
MOST_BLANKS = 100


@dataclass(frozen=True, kw_only=True)
class HeadSpellingFault(AnswerFault):
    """Spell status line and headers of the answer otherwise than is usual.

    Any reason or none, names in any case, and blanks or none behind a colon are legal, and only reshape (RFC 9112, 4
    and 5; RFC 9110, 5.1). A status line that ends with the number, and lines that end in LF alone, are not, but some
    servers send them, and most clients pass over that.
    """

    name = "head_spelling"
    shaping_by = ("space", "line_end")
    once = True
    spells = True

    reason: str | None = None
    """The words behind the status, in place of the usual ones; they may be empty."""
    space: bool = True
    """Whether a blank stands behind the status; only an empty reason goes without."""
    names: Literal["lower", "upper"] | None = None
    """The case of the headers' names."""
    after_colon: int = 1
    """Blanks between the colon of a header and its value."""
    line_end: Literal["crlf", "lf"] = "crlf"
    """What ends the lines."""

    def __post_init__(self) -> None:
        if self.reason is not None and not _REASON.fullmatch(self.reason):
            raise ValueError("reason must be ASCII on one line")
        if not self.space and self.reason != "":
            raise ValueError('space = false leaves no room for a reason: give reason = "" with it')
        if not 0 <= self.after_colon <= MOST_BLANKS:
            raise ValueError(f"after_colon must be from 0 to {MOST_BLANKS}")
        if self._form == HeadForm():
            raise ValueError("give at least one of reason, names, after_colon and line_end that is not as usual")
        object.__setattr__(self, "shaping", self.space and self.line_end == "crlf")

    @property
    def _form(self) -> HeadForm:
        return HeadForm(self.reason, self.space, self.names, self.after_colon, self.line_end)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Have the head spelled so."""
        spelled = replace(answer, head_form=self._form)
        if self.reason is not None and ctx.http.head(spelled) == ctx.http.head(answer):
            raise Impossible(f"reason = {self.reason!r} is what the answer says already")
        return spelled.with_head_of(self.name)
