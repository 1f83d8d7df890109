"""Send the body in a content coding."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.answer.header_fields import overlaid
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.body import end_early
from ssedrill_faults.harm import first_difference
from ssedrill_faults.http.accept_encoding import accepts
from ssedrill_faults.http.codings import coded
from ssedrill_faults.plan import Answer, Frame

_LABEL = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(, ?[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")


@dataclass(frozen=True, kw_only=True)
class EncodeFault(AnswerFault):
    """Send the body gzip, deflate, br or zstd coded: as it should be, unflushed, labelled wrongly, cut or damaged.

    Rightly labelled and whole it only reshapes, and is for requests whose Accept-Encoding has the coding: others are
    served without this fault, unless it is ``unasked``.
    """

    name = "encode"
    shaping_by = ("label", "cut_after_token", "damage", "unasked")

    coding: Literal["gzip", "deflate", "br", "zstd", "identity"] = "gzip"
    """With "identity" the body stays plain, and the label is what is wrong."""
    label: str | None = None
    """What Content-Encoding says; left out: the coding. An empty one is left out of the head."""
    flush: Literal["event", "end", "member"] = "event"
    """Whether each event can be decoded when it has come; with "end" most come at the end of the body only, and with
    "member" each event is a gzip member of its own, which may follow each other (RFC 1952, 2.2)."""
    cut_after_token: int | None = None
    """The coded body ends in the first event behind this token, though HTTP's body ends as it should."""
    damage: Literal["utf8"] | None = None
    """The coded bytes were taken for UTF-8 by a relay, so that what is none became U+FFFD."""
    unasked: bool = False
    """Send it to a client too that did not say that it can read it."""

    def __post_init__(self) -> None:
        plain = self.coding == "identity"
        if self.label and not _LABEL.fullmatch(self.label):
            raise ValueError(f"label {self.label!r} is no name of a coding, such as gzip")
        if self.flush == "member" and self.coding != "gzip":
            raise ValueError("flush = member is of gzip: set coding = gzip, or leave flush out")
        if plain and (self.flush == "end" or self.cut_after_token is not None or self.damage):
            raise ValueError("coding = identity leaves the body as it is: flush, cut_after_token and damage need one")
        if plain and self.label in (None, "", "identity"):
            raise ValueError("label must name another coding than identity, or nothing is changed")
        if self.cut_after_token is not None:
            if self.cut_after_token < 0:
                raise ValueError("cut_after_token can't be negative")
            if self.flush == "end":
                raise ValueError("cut_after_token needs flush = event: else nobody can tell what is ahead of the cut")
        if self.damage and self.cut_after_token is not None:
            raise ValueError("damage and cut_after_token each spoil the body; keep one of them")
        object.__setattr__(self, "shaping", self._right and not self.unasked)

    @property
    def _right(self) -> bool:
        return self._label == self.coding and self.cut_after_token is None and self.damage is None

    @property
    def _label(self) -> str:
        return self.coding if self.label is None else self.label

    @property
    def _strikes_in_head(self) -> bool:
        """It has struck a client that does not know the coding, or believes what is said of it."""
        return self._label != self.coding or (self.unasked and self._right)

    def suits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether the client can read it, if it is one that a client could read."""
        return self.unasked or not self._right or accepts(headers.get("accept-encoding", ""), self.coding)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Have the frames coded when all other faults of the answer have had them."""
        if answer.coding is not None:
            raise Impossible(f"coding = {self.coding}, but the body is coded already")
        if not answer.frames:
            raise Impossible("coding needs a body, and this answer has none")
        if self._label:
            answer = replace(answer, headers=overlaid(answer.headers, [("Content-Encoding", self._label)]))
        if self._strikes_in_head:
            answer = answer.with_head_of(self.name)
        if self.cut_after_token is not None:
            if _first_behind(answer.frames, self.cut_after_token) is None:
                raise Impossible(f"cut_after_token = {self.cut_after_token}, but no token comes behind that one")
            answer = end_early(answer, answer.frames, self.name)
        return answer if self.coding == "identity" else replace(answer, coding=self._coded)

    def _coded(self, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
        assert self.coding != "identity"
        events, members = self.flush == "event", self.flush == "member"
        done = list(coded(self.coding, frames, flushed=events, members=members))
        if self.cut_after_token is not None and (cut := _first_behind(frames, self.cut_after_token)) is not None:
            broken = done[cut].data[: len(done[cut].data) // 2]
            last = replace(_spoiled(done[cut]), data=broken)
            if last.harm is not None and last.harm >= len(broken):  # it never comes to that
                last = replace(last, fault=None, harm=None)
            return (*done[:cut], last)
        if all(not one.data for one in done):
            raise Impossible("coding needs a body, and other faults leave nothing of it")
        if self.damage == "utf8":
            return self._damaged(done)
        if self.shaping:  # with each of them, since that is harmless
            done = [replace(one, fault=one.fault or self.name) for one in done]
        return tuple(done)

    def _damaged(self, frames: Sequence[Frame]) -> tuple[Frame, ...]:
        """Return the frames without the bytes that are no UTF-8; the first segment that differs shows it."""
        done = [replace(_spoiled(one), data=one.data.decode(errors="replace").encode()) for one in frames]
        harms = [first_difference(new.data, old.data) for new, old in zip(done, frames, strict=True)]
        at = next((i for i, harm in enumerate(harms) if harm is not None), None)
        if at is None:
            raise Impossible("damage changes nothing: every byte of this body is UTF-8")
        done[at] = replace(done[at], fault=self.name, harm=harms[at])
        return tuple(done)


def _first_behind(frames: Sequence[Frame], token: int) -> int | None:
    """Return which frame is the first of a token with a higher number."""
    return next((i for i, frame in enumerate(frames) if any(n > token for n in frame.token_slots)), None)


def _spoiled(frame: Frame) -> Frame:
    return replace(frame, token=None, spoiled=frame.token_slots)
