"""What a program says that makes several calls: JSON lines, each with the number of its call."""

from __future__ import annotations

from collections.abc import Callable

from ssedrill.drivers.program.object_lines import BadLine, ObjectLines
from ssedrill.drivers.program.words import Words, announced
from ssedrill.drivers.sink import Sink

RIGHT = 'what a client says, and of which call: {"call": 1, "text": "..."}, {"call": 1, "done": true}'


class CallLines:
    """One JSON object a line, of several calls.

    A line that names no call, or one that there is not, is noted on the run and otherwise passed over. Text in it may
    have been shown to any application: it counts as not kept for each call that is open, or if none is, for each that
    was. So does text for a call after its claim has ended it. What comes for a call that was ended from here, at its
    deadline, is not heard.
    """

    def __init__(self, run: Sink, on_first: Callable[[], None], on_late: Callable[[Sink], None]) -> None:
        """``on_first`` is called at the first line that is understood, whatever it says.

        ``on_late`` is called before something is said of a call that was told to stop.
        """
        self._run = run
        self._on_late = on_late
        self._on_first = on_first
        self._lines = ObjectLines(self._hear, run, RIGHT, self._lost)
        self._words: dict[int, tuple[Words, Sink]] = {}
        self._open: set[int] = set()
        self.silent = True  # of what it has said by now nothing is of a call

    @property
    def bad_lines(self) -> int:
        """How many lines were not understood."""
        return self._lines.bad

    def begin(self, call: int, sink: Sink, on_claim: Callable[[], None]) -> None:
        """A call is open."""
        self._words[call] = Words(sink, on_claim), sink
        self._open.add(call)

    def end(self, call: int) -> None:
        """It is over."""
        self._words[call][0].flush()
        self._open.discard(call)

    def stop(self, call: int) -> None:
        """Take its deadline: text in a line that has not ended yet was shown, a claim in it was not made."""
        said = self._lines.unfinished()
        if said.get("call") == call and "text" in said:
            self._words[call][0].hear(said)
        self.end(call)

    def feed(self, data: bytes) -> None:
        """Understand the lines that are whole by now."""
        self._lines.feed(data)

    def end_line(self) -> None:
        """Take the last line, even if the program did not end it, for a whole one."""
        if self._lines.unfinished():
            self._lines.end()

    def finish(self) -> None:
        """Take the end of the output."""
        self._lines.finish()

    def _hear(self, said: dict[str, object], number: int) -> None:
        on_first, self._on_first = self._on_first, lambda: None
        on_first()
        if (names := announced(said, number)) is not None:
            self._run.can(names)
            return
        self.silent = False
        call = said.get("call")
        if isinstance(call, bool) or not isinstance(call, int) or call not in self._words:
            raise BadLine("of no call" if call is None else "of a call that has not begun")
        words, sink = self._words[call]
        if sink.cancelled_t is not None:
            self._on_late(sink)
        if call not in self._open and isinstance(text := said.get("text"), str) and text:
            self._late(call, sink, len(text.encode("utf-8", "replace")))
        else:
            words.hear(said)

    def _late(self, call: int, sink: Sink, size: int) -> None:
        if sink.missed(size):
            self._run.note(f"showed text of call {call} after it had said how that ended")

    def _lost(self, size: int) -> None:
        for call in self._open or self._words:
            self._words[call][1].missed(size)
