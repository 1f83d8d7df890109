"""One call of the code under test, as the block of a ``with`` statement."""

from __future__ import annotations

from types import TracebackType

from ssedrill.drivers.in_process.adapter_defect import adapter_defect
from ssedrill.model.numbers import Numbers
from ssedrill.model.record import Outcome, Record
from ssedrill.pytest_plugin.served import Served
from ssedrill.pytest_plugin.shown import Shown
from ssedrill.running.hand_run import OpenCall


class Call(Shown):
    """Begins with the block, and ends with it: complete, or failed by the exception that leaves it.

    Such an exception is kept as ``error``, and goes no further: that the code under test fails is for the drill to
    judge. An AssertionError is the test's own and does go on, and so does what no server can have caused (a
    NameError, an ImportError).
    """

    def __init__(self, served: Served) -> None:
        super().__init__(lambda: self._heard().target)
        self._served = served
        self._call: OpenCall | None = None
        self.error: Exception | None = None

    @property
    def url(self) -> str:
        """Where this call is sent: the drill's own URL, unless the protocol needs one for each of several calls."""
        return self._opened().target.url

    @property
    def record(self) -> Record:
        """Everything about this call so far, as if it were a run of its own."""
        whole, number = self._served.record(), self._opened().log.number
        return whole.of_call(whole.calls[number - 1]) if whole.calls else whole

    @property
    def outcome(self) -> Outcome:
        """What came of it, in a word."""
        return self.record.outcome

    @property
    def numbers(self) -> Numbers:
        """All that is counted and timed; times in seconds."""
        return self.record.numbers

    def __enter__(self) -> Call:
        """Begin the next call of the scenario."""
        self._call = self._served.begin_call()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """End the call."""
        call = self._opened()
        try:
            if error is None:
                call.target.sink.add("done")
                return False
            if not isinstance(error, Exception) or isinstance(error, AssertionError):
                return False
            self.failed(error)
            self.error = error
            return not adapter_defect(error)
        finally:
            self._served.end_call(call)

    def _heard(self) -> OpenCall:
        """Return the call if it is still heard, or was ended from here, which who tells of it need not know."""
        call = self._opened()
        if call.log.ended_t is not None and not call.target.sink.journal.stopped:
            raise RuntimeError("the call has ended with its `with` block: what is told of it after that is not heard")
        return call

    def _opened(self) -> OpenCall:
        if self._call is None:
            raise RuntimeError("write `with drill.call() as call:`; the call begins there")
        return self._call
