"""What a request that follows another must carry: the same body, the same idempotency key, the newest cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import A_BREAK, A_KEY, AN_ID
from ssedrill.judging.cursors import cursors, stray_cursor
from ssedrill.judging.metrics import Measured
from ssedrill.judging.retries import changed_body, changed_key, shared_key
from ssedrill.judging.run_measures import RunMeasured
from ssedrill.model.record import Check
from ssedrill.model.scenario import Expectation, Unit
from ssedrill.model.wire_journal import WireJournal


@dataclass(frozen=True)
class WordCheck(CheckKind):
    """A question that is answered by a word if all is well: ``wrong`` says what is not, None if there is no value.

    ``between`` says what is wrong between one call and another; "" if nothing is.
    """

    wrong: Callable[[Measured], str | None]
    between: Callable[[Sequence[WireJournal]], str] = field(default=lambda calls: "", kw_only=True)

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Say what is wrong, or the word."""
        wrong = self.wrong(case.measured)
        if wrong is None:
            return None
        return self.said(expectation.severity, not wrong, expectation.written, wrong or expectation.written)

    def ask_between(self, run: RunMeasured, expectation: Expectation) -> Check | None:
        """Say what is wrong between two calls, if it is."""
        wrong = self.between([call.wire for call in run.calls])
        return self.said(expectation.severity, False, expectation.written, wrong) if wrong else None


NO_RETRY = "no request repeated the first"

SAME_BODY = WordCheck(
    "same_body",
    "A request that repeats the first has its method and its body (a redirect by 307 or 308 too: RFC 9110, 15.4.8).",
    Unit.WORD,
    lambda m: changed_body(m.wire),
    stimulus=A_BREAK,
    lacking="no request with a body was repeated",
    values={"kept": "each repetition has the method and the body of the first request"},
    of_wire=True,
)
IDEMPOTENCY_KEY = WordCheck(
    "idempotency_key",
    "A request that repeats the first has its idempotency key, and no other call has it "
    "(draft-ietf-httpapi-idempotency-key-header, 2.2).",
    Unit.WORD,
    lambda m: changed_key(m.wire),
    between=shared_key,  # who sends it with another call is given the answer of the first (2.2 of the draft)
    stimulus=A_KEY,
    lacking=NO_RETRY,
    wants=("idempotency_key",),
    values={"kept": "each repetition has the key of the first request"},
    of_wire=True,
)
CURSOR = WordCheck(
    "cursor",
    "Each reconnect carries the id of the last event that was dispatched (WHATWG HTML, 9.2.3 and 9.2.6).",
    Unit.WORD,
    lambda m: found.wrong if (found := cursors(m.wire, m.reads)).reconnected else None,
    between=stray_cursor,  # with that of another call it is given the rest of what it never had
    stimulus=AN_ID,
    lacking="no request followed the first id",
    values={"newest": "each reconnect has the id of the last event that had come as a whole"},
    of_wire=True,
)
