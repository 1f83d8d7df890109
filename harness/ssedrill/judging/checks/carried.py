"""What a request that follows another must carry: the same body, the same idempotency key, the newest cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import A_BREAK, A_KEY, AN_ID
from ssedrill.judging.cursors import cursors, stray_cursor
from ssedrill.judging.metrics import Measured
from ssedrill.judging.retries import changed_body, changed_key, shared_key
from ssedrill.judging.run_measures import RunMeasured
from ssedrill.model.record import Check
from ssedrill.model.scenario import Expectation, Unit


@dataclass(frozen=True)
class WordCheck(CheckKind):
    """A question that is answered by a word if all is well: ``wrong`` says what is not, None if there is no value."""

    wrong: Callable[[Measured], str | None]

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Say what is wrong, or the word."""
        wrong = self.wrong(case.measured)
        if wrong is None:
            return None
        return self.said(expectation.severity, not wrong, expectation.written, wrong or expectation.written)


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


class KeyCheck(WordCheck):
    """A key is that of one call: who sends it with another is given the answer of the first (2.2 of the draft)."""

    def ask_between(self, run: RunMeasured, expectation: Expectation) -> Check | None:
        """Look for a key that two calls have."""
        shared = shared_key([call.wire for call in run.calls])
        return self.said(expectation.severity, False, expectation.written, shared) if shared else None


IDEMPOTENCY_KEY = KeyCheck(
    "idempotency_key",
    "A request that repeats the first has its idempotency key, and no other call has it "
    "(draft-ietf-httpapi-idempotency-key-header, 2.2).",
    Unit.WORD,
    lambda m: changed_key(m.wire),
    stimulus=A_KEY,
    lacking=NO_RETRY,
    wants=("idempotency_key",),
    values={"kept": "each repetition has the key of the first request"},
    of_wire=True,
)


class CursorCheck(WordCheck):
    """A cursor is that of one call: with that of another it is given the rest of what it never had."""

    def ask_between(self, run: RunMeasured, expectation: Expectation) -> Check | None:
        """Look for a call that begins with one."""
        stray = stray_cursor(call.wire for call in run.calls)
        return self.said(expectation.severity, False, expectation.written, stray) if stray else None


CURSOR = CursorCheck(
    "cursor",
    "Each reconnect carries the id of the last event that was dispatched (WHATWG HTML, 9.2.3 and 9.2.6).",
    Unit.WORD,
    lambda m: found.wrong if (found := cursors(m.wire, m.reads)).reconnected else None,
    stimulus=AN_ID,
    lacking="no request followed the first id",
    values={"newest": "each reconnect has the id of the last event that had come as a whole"},
    of_wire=True,
)
