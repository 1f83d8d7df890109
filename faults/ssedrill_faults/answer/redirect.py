"""Send the client elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from ssedrill_faults.answer.header_fields import check_headers, overlaid, without
from ssedrill_faults.answer.places import filled, named_in
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer, Framing

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, kw_only=True)
class RedirectFault(AnswerFault):
    """Answer with a redirect: to the same path, to another one, or to another origin of the same run.

    After 301, 302 and 303 a client asks by GET, or is allowed to; after 307 and 308 it sends the same request again.
    """

    name = "redirect"

    code: int = 307
    """The status: 301, 302, 303, 307 or 308."""
    to: str | None = None
    """The path that is asked for next, such as "/v1/messages"; left out: that of the request."""
    origin: Literal["same", "other"] | None = None
    """Whether Location names this server or the second one of the run; left out: it is a path only."""

    _location: ClassVar[str] = ""  # where it leads, once that is known

    def __post_init__(self) -> None:
        if self.code not in REDIRECTS:
            raise ValueError(
                f"code {self.code} is none that leads elsewhere: use one of {', '.join(map(str, REDIRECTS))}"
            )
        if self.to is None:
            return
        if not self.to.startswith("/") or self.to.startswith("//"):
            raise ValueError('to must be a path of the run, such as "/v1/messages"; origin says where')
        if any(char <= " " or char == "\\" for char in self.to):
            raise ValueError("to is no path as it stands in a URL: write spaces and the like as %20")
        check_headers("to", {"Location": self.to})

    @property
    def places(self) -> frozenset[str]:
        """Those of the address."""
        return named_in([self._template()])

    def filled_in(self, places: Mapping[str, str]) -> Self:
        """Find out where it leads."""
        moved = replace(self)
        object.__setattr__(moved, "_location", filled(self._template(), places))
        return moved

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Replace status and headers, and leave out the body."""
        if answer.head_fault is not None:
            raise Impossible(f"code: {answer.head_fault} and {self.name} both set the head; keep one of them")
        headers = without(answer.headers, ("content-type", "cache-control"))
        location = self._location or self._template()
        return replace(
            answer,
            frames=(),
            status=self.code,
            headers=overlaid(headers, [("Location", location)]),
            framing=Framing.LENGTH,
            head_fault=self.name,
        )

    def _template(self) -> str:
        origin = {None: "", "same": "{origin}", "other": "{other_origin}"}[self.origin]
        return origin + ("{request}" if self.to is None else f"{{path}}{self.to}")
