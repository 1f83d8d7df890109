"""Answer with an HTTP error status in place of the stream."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ssedrill_faults.answer.header_fields import check_headers, overlaid
from ssedrill_faults.answer.places import check_places, filled, named_in
from ssedrill_faults.answer.retry_after import HEADERS, Form, check, spell, wait_in_body, wait_in_header
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.http1 import BODILESS, FRAMING_HEADERS
from ssedrill_faults.plan import Answer, Frame, Framing, Role

_OF_STREAM = frozenset({"content-type", "cache-control"})
_FIELDS = ("data:", "event:", "id:", "retry:")
_REFUSED = "The drill refuses this request."


@dataclass(frozen=True, kw_only=True)
class StatusFault(AnswerFault):
    """Answer with this HTTP status and an error body, the dialect's or a proxy's, perhaps with a Retry-After."""

    name = "status"

    code: int
    """The status, from 200 to 599."""
    retry_after_s: float | None = None
    """The wait that the answer asks for; left out: none."""
    form: Form = "seconds"
    """How the wait is spelled; "past-date" and "garbage" take no retry_after and ask for no wait."""
    retry_after_text: str | None = None
    """Or: the text of the Retry-After header, whatever it is. A number of seconds or a date is the wait that the
    answer asks for; anything else asks for none."""
    message: str = _REFUSED
    """What the dialect's error body says."""
    body: str | None = None
    """The whole body, in place of the dialect's; it may be empty. It is text/html if it begins with ``<``, else
    text/plain; ``headers`` can say otherwise. If it asks for a wait (``retry_after`` or a google.rpc.RetryInfo
    in JSON, or in words: "try again in 2m30s") and no ``retry_after_s`` is given, that is what the answer asks for.
    In it and in the headers ``{origin}`` and ``{path}`` stand for the run's own address, ``{request}`` for the path
    of the request, and ``{other_origin}`` for a second server of the run: ``Location = "{path}/v1/messages"`` stays
    on the drill's server."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers, or others in place of those that the answer has."""
    should_retry: bool | None = None
    """The ``x-should-retry`` header, with which a server overrules a client's own judgement."""

    def __post_init__(self) -> None:
        if not 200 <= self.code <= 599:
            raise ValueError(f"code {self.code} is no final HTTP status: use one from 200 to 599")
        check(self.retry_after_s, self.form)
        if self.retry_after_text is not None:
            if self.retry_after_s is not None or self.form != "seconds":
                raise ValueError("retry_after_text is the whole header: leave out retry_after_s and form")
            check_headers("retry_after_text", {"Retry-After": self.retry_after_text})
        check_headers("headers", self.headers)
        check_places("headers", self.headers.values())
        for key in self.headers:
            if key.lower() in FRAMING_HEADERS:
                raise ValueError(f"headers can't set {key}: the stream's framing and persistence do that")
            if key.lower() in HEADERS:
                raise ValueError(
                    f"headers can't set {key}: use retry_after_s and form, so that the drill knows what is asked"
                )
        if self.body is None:
            return
        if self.message != _REFUSED:
            raise ValueError(
                "body takes the place of the dialect's error body, so message means nothing: leave it out"
            )
        if self.form == "body":
            raise ValueError("body is sent as it is, and form = body puts the wait into the dialect's: choose one")
        if self.body and self.code in BODILESS:
            raise ValueError(f"body can't be sent with code {self.code}, whose answers have none: leave it out")
        if self.code < 300 and _is_stream(self.body):
            raise ValueError(
                f"body with code {self.code} hides an event stream, whose tokens nobody could count: use the faults "
                "that change the stream itself (malformed_json, error_event, duplicate_event, drop_terminal, "
                "clean_end ...), or insert_event and edit_event for what you write yourself"
            )

    @property
    def hand_written(self) -> bool:
        """A body that is given may ask for anything, a wait among it."""
        return bool(self.body)

    @property
    def places(self) -> frozenset[str]:
        """Those in the body and in the headers."""
        return named_in([self.body or "", *self.headers.values()])

    def filled_in(self, places: Mapping[str, str]) -> Self:
        """Fill in the body and the values of the headers, which name other addresses of the same run."""
        if not places or not (self.body or self.headers):
            return self
        headers = {key: filled(value, places) for key, value in self.headers.items()}
        return replace(self, headers=headers, body=None if self.body is None else filled(self.body, places))

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Replace status, headers and body."""
        if answer.head_fault is not None:
            raise Impossible(f"{answer.head_fault} and {self.name} both set the status; keep one of them")
        asked = spell(self.retry_after_s, self.form, ctx.now_epoch_s)
        body, content_type = self._content(ctx, asked.in_body)
        wait_s = asked.wait_s
        if self.retry_after_text is not None:
            wait_s = wait_in_header(self.retry_after_text, ctx.now_epoch_s)
        if wait_s is None:
            wait_s = wait_in_body(self.message if self.body is None else self.body)
        frames = (Frame(body, Role.ERROR),) if body and self.code not in BODILESS else ()
        ours = list(asked.headers)
        if self.retry_after_text is not None:
            ours.append(("Retry-After", self.retry_after_text))
        if self.should_retry is not None:
            ours.append(("x-should-retry", "true" if self.should_retry else "false"))
        if self.code not in BODILESS:
            ours.append(("Content-Type", content_type))
        of_stream = [(key, value) for key, value in answer.headers if key.lower() not in _OF_STREAM]
        return replace(
            answer,
            frames=frames,
            status=self.code,
            headers=overlaid(overlaid(of_stream, ours), self.headers.items()),
            framing=Framing.LENGTH,
            retry_after_s=wait_s,
            head_fault=self.name,
        )

    def _content(self, ctx: Context, retry_after: str | None) -> tuple[bytes, str]:
        """Return the body and its type."""
        if self.body is None:
            return ctx.voice.error_body(self.code, self.message, retry_after), "application/json"
        kind = "html" if self.body.startswith("<") else "plain"
        return self.body.encode(), f"text/{kind}; charset=utf-8"


def _is_stream(body: str) -> bool:
    """Tell whether a reader of event streams would find an event or a comment in a body, whatever its headers say.

    Behind the first line a colon alone may be anything, such as the style sheet of a proxy's page.
    """
    lines = [line for line in re.split(r"[\r\n]+", body.removeprefix("\ufeff")) if line]
    return any(line.startswith(_FIELDS) for line in lines) or (bool(lines) and lines[0].startswith(":"))
