"""Send pings between the events."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.blocks import Line, field, frames_of, line_end_of, mark_first, written
from ssedrill_faults.frames.counted import with_frames
from ssedrill_faults.frames.late import LateEvents
from ssedrill_faults.frames.timed_pings import TimedPings
from ssedrill_faults.plan import Answer, Frame, Role
from ssedrill_faults.position import FromHere


@dataclass(frozen=True, kw_only=True)
class PingFault(FromHere, AnswerFault):
    """Send pings between the events, of the dialect's own kind or of kinds that gateways send.

    The dialect's own pings and comments are nothing to a client that does everything right; a ping that is an event
    without data, or data that are no JSON, it may well fail on.
    """

    name = "ping"
    at_moments = True
    shaping_by = ("form",)
    shaping = True

    form: Literal["own", "comment", "event", "data"] = "own"
    """The dialect's; a comment; an event called ping with empty data; a comment that has got into a data line."""
    text: str | None = None
    """What the comment or the data say; left out: nothing, or ``: keepalive``."""
    every: int | None = None
    """A ping before every event from the position on (1), before every second one (2), and so on; left out: once."""
    interval_s: float | None = None
    """Or: a ping each time so long has passed since the position, or since the request, in pauses too. In a silence
    without end they go on for ten minutes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.text is not None and self.form not in ("comment", "data"):
            raise ValueError(f'text means nothing with form = "{self.form}": leave it out')
        if self.every is not None and self.every < 1:
            raise ValueError("every must be at least 1, a ping before each event")
        if self.interval_s is not None:
            if self.every is not None:
                raise ValueError("every counts events and interval_s time: keep one of them")
            if not 0.001 <= self.interval_s < math.inf:
                raise ValueError("interval_s must be at least 0.001, a ping each millisecond")
        # Only some forms are nothing to a client that does everything right, so the instance overrides its class.
        object.__setattr__(self, "shaping", self.form in ("own", "comment"))

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put the pings between the frames."""
        frames = frames_of(answer)
        at = self.frame_index(frames)
        ping = replace(self._ping(frames, ctx), fault=self.name)
        if self.every is None:
            places = [at]
        else:
            events = [i for i in range(at, len(frames)) if frames[i].role is not Role.PING]
            places = events[self.every - 1 :: self.every]
        if not places:
            raise Impossible("every: fewer events than that come after this position")
        done: list[Frame] = []
        begin = 0
        for place in places:
            done += [*frames[begin:place], ping]
            begin = place
        done += frames[begin:]
        return with_frames(answer, done if places[0] else mark_first(done, 1))

    @property
    def late(self) -> bool:
        """See AnswerFault: by time, too."""
        return self.moment is not None or self.interval_s is not None

    def on_the_wire(self, answer: Answer, ctx: Context) -> LateEvents | TimedPings:
        """Put one in at the moment, or all of those that come by time."""
        if self.interval_s is not None:
            ping = replace(self._ping(frames_of(answer), ctx), fault=self.name)
            return TimedPings(place=self, answer=answer, ping=ping, interval_s=self.interval_s)
        if self.every is not None:
            raise Impossible("every counts events from a place on: leave it out at a moment, or use after_token")
        ping = replace(self._ping(frames_of(answer), ctx), fault=self.name)
        return LateEvents(place=self, answer=answer, events=(ping,), ends=False)

    def _ping(self, frames: tuple[Frame, ...], ctx: Context) -> Frame:
        line_end = line_end_of(frames)
        match self.form:
            case "own":
                return ctx.voice.ping_frame()
            case "comment":
                lines = field("", self.text or "", line_end)
            case "event":
                lines = [*field("event", "ping", line_end), *field("data", "", line_end)]
            case "data":
                lines = field("data", ": keepalive" if self.text is None else self.text, line_end)
        return Frame(written(b"", [*lines, Line(b"", line_end)]), Role.PING)
