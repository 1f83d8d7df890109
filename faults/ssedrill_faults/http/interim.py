"""Say something ahead of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ssedrill_faults.answer.header_fields import check_free, check_headers
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer, Interim

MOST = 1000


@dataclass(frozen=True, kw_only=True)
class InterimFault(AnswerFault):
    """Send interim responses (102, 103 Early Hints, any 1xx) ahead of the answer itself.

    A client passes over all that it does not know, however many they are (RFC 9110, 15.2).
    """

    name = "interim"
    shaping = True

    status: int = 103
    """The status, from 100 to 199; 101 is none of these."""
    headers: dict[str, str] = field(default_factory=dict)
    """Such as the Link of Early Hints."""
    times: int = 1
    """How many of them."""
    gap_s: float = 0.0
    """The pause before each but the first."""

    def __post_init__(self) -> None:
        if not 100 <= self.status <= 199:
            raise ValueError(f"status {self.status} is no interim one: use 100 or one from 102 to 199")
        if self.status == 101:
            raise ValueError("status 101 leaves HTTP, and no answer follows it: use 100 or one from 102 to 199")
        check_headers("headers", self.headers)
        check_free("headers", self.headers)
        if not 1 <= self.times <= MOST:
            raise ValueError(f"times must be from 1 to {MOST}")
        if self.gap_s < 0:
            raise ValueError("gap_s can't be negative")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put them in front."""
        if answer.http_1_0 or answer.to_http_1_0:
            raise Impossible("status is interim, which a client as old as this one does not know")
        headers = tuple(self.headers.items())
        waits = [0.0, *[self.gap_s] * (self.times - 1)]
        added = tuple(Interim(self.status, headers, wait_s, self.name) for wait_s in waits)
        return replace(answer, interim=(*answer.interim, *added))
