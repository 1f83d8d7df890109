"""Back-off and jitter: what one run can tell of them, and what only several can.

Exponential back-off with jitter is what AWS's "Exponential Backoff And Jitter" and the SDKs' documents ask for. With
full jitter a single wait may be shorter than the one before it, so that growth is judged by the mean over repeats.
"""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.judging.backoffs import grow_on_average, grows, own_waits, vary
from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import TWO_WAITS
from ssedrill.model.record import Check, Status
from ssedrill.model.scenario import Expectation, Unit
from ssedrill.model.wire_journal import WireJournal

LEAST_WAITS = 2


class OverRepeats(CheckKind):
    """A question about several runs; ``least`` of them make an answer."""

    least = 10

    def over_repeats(self, wires: Sequence[WireJournal], expectation: Expectation) -> Check:
        """Answer it for all repeats of a run together."""
        rows = [waits for wire in wires if len(waits := own_waits(wire)) >= LEAST_WAITS]
        if len(rows) < self.least:
            why = f"{len(rows)} runs with {LEAST_WAITS} waits of the client's own; it takes {self.least} (--repeat)"
            return Check(self.id, expectation.severity, Status.NOT_ASKED, expectation.written, why)
        ok, got = self.judged(rows)
        status = Status.DOES_NOT_APPLY if ok is None else Status.OK if ok else Status.BROKEN
        return Check(self.id, expectation.severity, status, expectation.written, got)

    def judged(self, rows: Sequence[Sequence[float]]) -> tuple[bool | None, str]:
        """Judge the waits of several runs; None if they don't decide it."""
        raise NotImplementedError

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Say of one run that it says nothing."""
        return None


class BackoffCheck(OverRepeats):
    """Waits that are all the same break it in one run; all else is for the mean."""

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Look at the waits of one run."""
        waits = own_waits(case.measured.wire)
        ok = grows(waits)
        return None if ok is None else self.said(expectation.severity, ok, expectation.written, _row(waits))

    def judged(self, rows: Sequence[Sequence[float]]) -> tuple[bool | None, str]:
        """Compare the means of the last wait and of the first."""
        first, last = (sum(row[at] for row in rows) / len(rows) for at in (0, -1))
        return grow_on_average(rows), f"from {first:.3f} s to {last:.3f} s, the mean of {len(rows)} runs"


class JitterCheck(OverRepeats):
    """One run can't answer it."""

    least = 5

    def judged(self, rows: Sequence[Sequence[float]]) -> tuple[bool | None, str]:
        """Compare the waits of different runs."""
        ok = vary(rows)
        return ok, f"waits differ in {len(rows)} runs" if ok else f"{_row(rows[0])} in each of {len(rows)} runs"


def _row(waits: Sequence[float]) -> str:
    return ", ".join(f"{wait:.3f} s" for wait in waits[:8])


BACKOFF = BackoffCheck(
    "backoff",
    "Waits between failures in a row grow, if the server asks for none (over --repeat 10 by their mean).",
    Unit.WORD,
    stimulus=TWO_WAITS,
    lacking="with jitter one run can't tell: the last wait was not the longest; --repeat 10 does",
    values={"grows": "the last wait is longer than the first"},
    of_wire=True,
)
JITTER = JitterCheck(
    "jitter",
    "The same waits differ from run to run, so that clients which failed together do not come back together "
    "(over --repeat 5 or more).",
    Unit.WORD,
    stimulus=TWO_WAITS,
    lacking="one run can't tell: --repeat 5 does",
    values={"varies": "runs with other seeds wait otherwise"},
)
