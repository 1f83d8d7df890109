"""Spell the header that says that the body is chunked in another way."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer, Framing

_CODING = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_VALUE = re.compile(rf"{_CODING}(?:, ?{_CODING})*")


@dataclass(frozen=True, kw_only=True)
class TransferEncodingFault(AnswerFault):
    """Say ``Transfer-Encoding`` of a chunked body twice, in another case, or with another coding than it has.

    Chained proxies send it twice. The body is chunked once, whatever the header says. Names of codings have no case
    (RFC 9112, 7), so ``value = "Chunked"`` only reshapes; chunked twice is what no sender may say (RFC 9112, 6.1).
    """

    name = "transfer_encoding"
    shaping_by = ("value", "times")
    once = True

    value: str = "chunked"
    """What the header says: ``Chunked``, ``chunked, chunked``, ``gzip, chunked``, ``identity``."""
    times: int = 1
    """On so many lines."""

    def __post_init__(self) -> None:
        if not _VALUE.fullmatch(self.value):
            raise ValueError(f"value {self.value!r} is no list of codings, such as chunked, chunked")
        if not 1 <= self.times <= 100:
            raise ValueError("times must be from 1 to 100")
        if self.value == "chunked" and self.times == 1:
            raise ValueError("value is what the header says already: give another one, or times = 2 for it twice")
        object.__setattr__(self, "shaping", self.value.lower() == "chunked" and self.times == 1)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Change the header."""
        if answer.framing is not Framing.CHUNKED:
            raise Impossible(
                'value is of a chunked body, and this one is not chunked: use framing = "chunked" in [stream], or '
                "leave out what makes it otherwise (http_1_0, content_length, status)"
            )
        return replace(answer, transfer_encodings=(self.value,) * self.times).with_head_of(self.name)
