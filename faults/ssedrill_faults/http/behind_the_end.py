"""Send something behind the end of the answer."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.plan import ENDINGS, Answer, Frame, Framing, Op, Role, Wait, Write


@dataclass(frozen=True, kw_only=True)
class BehindTheEndFault(WireFault):
    """Send bytes that nobody asked for behind the end of an answer, on a connection that stays.

    A balancer that gives up an idle connection says 408 on it, and whoever asks there next takes that for its answer.
    """

    name = "behind_the_end"

    response: int | None = None
    """A whole second response with this status, and the dialect's error body."""
    junk: str | None = None
    """Or: this text as it is."""
    wait_s: float = 0.0
    """How long after the answer."""

    def __post_init__(self) -> None:
        if (self.response is None) == (self.junk is None):
            raise ValueError("give exactly one of response and junk")
        if self.response is not None and not 200 <= self.response <= 599:
            raise ValueError(f"response {self.response} is no final HTTP status: use one from 200 to 599")
        if self.junk == "":
            raise ValueError("junk must have at least one byte")
        if self.wait_s < 0:
            raise ValueError("wait_s can't be negative")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put it behind everything else."""
        if any(isinstance(op, ENDINGS) for op in ops):
            setting = "junk" if self.response is None else "response"
            raise Impossible(f"{setting} needs a connection that stays open, and this one ends with the answer")
        wait = (Wait(self.wait_s, fault=self.name),) if self.wait_s else ()
        return (*ops, *wait, Write(self._bytes(ctx), Role.END, fault=self.name, harm=0))

    def _bytes(self, ctx: Context) -> bytes:
        if self.response is None:
            return (self.junk or "").encode()
        body = ctx.voice.error_body(self.response, "Nobody asked for this.", None)
        headers = (("Content-Type", "application/json"),)
        answer = Answer((Frame(body, Role.ERROR),), self.response, headers, Framing.LENGTH)
        return b"".join(op.data for op in ctx.http.render(answer) if isinstance(op, Write))
