"""For which requests an attempt of a scenario is meant."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from ssedrill.model.request_kind import RequestKind
from ssedrill_faults.answer.header_fields import joined
from ssedrill_faults.http.accept_encoding import accepts


@dataclass(frozen=True, slots=True)
class When:
    """What a request must be for an attempt to be meant for it; all that is given must fit."""

    resume: bool | None = None
    """It goes on with an answer: by its cursor, or by the partial text that it carries."""
    reused_connection: bool | None = None
    """Its connection has carried a request before."""
    kind: Literal["stream", "whole"] | None = None
    """It asks for a stream, from its start or not, or for one document."""
    fallback: bool | None = None
    """It comes to the second address, which the client was given to fall back to."""
    has: str | None = None
    """A header that it carries."""
    lacks: str | None = None
    """A header that it does not carry."""
    accepts: str | None = None
    """A content coding that its Accept-Encoding has."""

    def __post_init__(self) -> None:
        if all(getattr(self, item.name) is None for item in fields(self)):
            raise ValueError("give at least one of resume, reused_connection, kind, fallback, has, lacks, accepts")
        if self.has is not None and self.lacks is not None and self.has.lower() == self.lacks.lower():
            raise ValueError(f"has and lacks both name {self.has}: no request fits")
        if self.resume and self.kind == "whole":
            raise ValueError("resume is for streams: no request for a whole answer goes on with one")
        for name in ("has", "lacks", "accepts"):
            value = getattr(self, name)
            if value is not None and (not value or not value.isascii() or not value.replace("-", "").isalnum()):
                raise ValueError(f'{name} must be a plain name, such as "gzip" or "authorization"')

    def fits(
        self, kind: RequestKind, headers: tuple[tuple[str, str], ...], *, reused: bool, fallback: bool = False
    ) -> bool:
        """Tell whether a request is one of these; the headers' names are in lower case."""
        return all(
            (
                self.resume is None or self.resume == kind.goes_on,
                self.reused_connection is None or self.reused_connection == reused,
                self.fallback is None or self.fallback == fallback,
                self.kind is None or (self.kind == "whole") == (kind is RequestKind.WHOLE),
                self.has is None or any(name == self.has.lower() for name, _ in headers),
                self.lacks is None or all(name != self.lacks.lower() for name, _ in headers),
                self.accepts is None or accepts(joined(headers).get("accept-encoding", ""), self.accepts),
            )
        )

    @property
    def words(self) -> str:
        """What a request must be, behind "a request"."""
        said = []
        if self.resume is not None:
            said.append("that goes on with an answer" if self.resume else "that begins an answer")
        if self.reused_connection is not None:
            said.append(f"over a {'used' if self.reused_connection else 'new'} connection")
        if self.kind is not None:
            said.append("for a stream" if self.kind == "stream" else "without streaming")
        said += [f"with {self.has}"] if self.has else []
        said += [f"without {self.lacks}"] if self.lacks else []
        said += [f"that accepts {self.accepts}"] if self.accepts else []
        return ", ".join(said)
