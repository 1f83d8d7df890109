"""What the line sends: an event a token, its lines as they are, and ``rest`` at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ssedrill.dialects.exchange import Ask, Piece
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame, Framing, Role


@dataclass(frozen=True)
class SemaphoreWriter:
    """Events by name."""

    line_end: str = "\n"

    def opening(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the signal that one begins."""
        return (self._event("attention", generation, Role.START),)

    def delta(self, ask: Ask, piece: Piece) -> Frame:
        """Return an event of one token; a line end inside it makes another line of data."""
        return self._event("sign", piece.text, Role.DELTA, piece.number)

    def closing(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the arms at rest."""
        return (self._event("rest", "", Role.TERMINAL),)

    def ping_frame(self) -> Frame:
        """Return a comment."""
        return Frame(f":{self.line_end}{self.line_end}".encode(), Role.PING)

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return an error event: kind and message."""
        return self._event("annul", f"{kind} {message}", Role.ERROR)

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return words."""
        return f"{status} {message} {retry_after or ''}".encode()

    def head(self, generation: str) -> tuple[tuple[str, str], ...]:
        """Return the headers of a stream."""
        return (("Content-Type", "text/event-stream"),)

    def whole(self, text: str, generation: str, tokens: int) -> Answer:
        """Return the text as it is."""
        body = Frame(text.encode(), Role.BODY)
        return Answer((body,), headers=(("Content-Type", "text/plain"),), framing=Framing.LENGTH)

    def refusal(self, ask: Ask) -> Answer:
        """Return words."""
        body = Frame(ask.why.encode(), Role.BODY)
        return Answer((body,), ask.status, (("Content-Type", "text/plain"),), Framing.LENGTH)

    def _event(self, name: str, text: str, role: Role, token: int | None = None) -> Frame:
        lines = [f"event: {name}", *(f"data: {line}" for line in re.split("\r\n|\r|\n", text)), "", ""]
        return Frame(self.line_end.join(lines).encode(), role, token)
