"""When the calls of a run came back: how many requests arrived in each tenth of a second, and how they might have.

A server that has just been overloaded feels requests within a tenth of a second as if they came at once. Spread
evenly over a second, as many would hardly be felt; that is what the peak is laid beside.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from ssedrill.model.phrases import grouped
from ssedrill.model.record import Record

BIN_S = 0.1
EVEN_S = 1.0
"""Over so long a time retries might at least be spread."""
FEWEST = 10
"""With fewer calls than this there is no crowd to look at."""
MOST_BINS = 600
BAR_CHARS = 50
WIDTH, HEIGHT = 720, 120


@dataclass(frozen=True)
class Arrivals:
    """The retries of all calls, in order of time, in seconds of the run."""

    calls: int
    retries: tuple[float, ...]

    @property
    def peak(self) -> int:
        """The most of them within BIN_S."""
        times = self.retries
        return max((bisect_right(times, start + BIN_S) - i for i, start in enumerate(times)), default=0)

    @property
    def even(self) -> float:
        """What the peak would be if they were spread evenly, over the time that they took or EVEN_S."""
        if not self.retries:
            return 0.0
        return len(self.retries) * BIN_S / max(self.retries[-1] - self.retries[0], EVEN_S)

    @property
    def told(self) -> str:
        """The same in a sentence."""
        if not self.retries:
            return f"{grouped(self.calls, 'call')}, of which none asked again"
        first, last = self.retries[0], self.retries[-1]
        return (
            f"{grouped(self.calls, 'call')} asked again {grouped(len(self.retries), 'time')}, from {first:.2f} s to"
            f" {last:.2f} s; at most {self.peak:,} times within {BIN_S * 1000:g} ms, where an even spread has"
            f" {self.even:,.0f}"
        )

    def bins(self) -> list[tuple[float, int]]:
        """Return how many there were in each BIN_S from the first to the last, as far as there is room."""
        if not self.retries:
            return []
        counts = Counter(int(t / BIN_S) for t in self.retries)
        first, last = min(counts), max(counts)
        return [(number * BIN_S, counts[number]) for number in range(first, min(last, first + MOST_BINS) + 1)]


def arrivals_of(run: Record) -> Arrivals | None:
    """Return when the calls of a run came back; None if there is no crowd of them."""
    if len(run.calls) < FEWEST:
        return None
    seen: set[int] = set()
    retries: list[float] = []
    for attempt in run.wire.of_client.attempts:
        if attempt.is_request and attempt.call in seen:
            retries.append(attempt.t)
        seen.add(attempt.call)
    return Arrivals(len(run.calls), tuple(sorted(retries)))


def as_text(arrivals: Arrivals) -> Iterator[str]:
    """Give the lines of a plot in characters, quiet times left out."""
    yield arrivals.told
    most = max((count for _, count in arrivals.bins()), default=0)
    quiet = False
    for t, count in arrivals.bins():
        if count:
            yield f"  {t:8.1f} s {'█' * max(1, round(count / most * BAR_CHARS))} {count:,}"
        elif not quiet:
            yield "           …"
        quiet = not count


def as_svg(arrivals: Arrivals) -> str:
    """Return a plot as an element of a page: a bar for each tenth of a second, and a line where an even spread is."""
    bins = arrivals.bins()
    if not bins:
        return f"<p>{escape(arrivals.told)}</p>"
    most = max(count for _, count in bins)
    slots = max(len(bins), round(EVEN_S / BIN_S))  # one bar alone would be the whole plot
    width = WIDTH / slots
    bars = "".join(
        f'<rect x="{i * width:.1f}" y="{HEIGHT - count / most * HEIGHT:.1f}" width="{max(width - 1, 1):.1f}"'
        f' height="{count / most * HEIGHT:.1f}"><title>{t:.1f} s: {count:,}</title></rect>'
        for i, (t, count) in enumerate(bins)
        if count
    )
    even = HEIGHT - min(arrivals.even / most, 1.0) * HEIGHT
    return (
        f'<figure class="arrivals"><svg viewBox="0 0 {WIDTH} {HEIGHT + 16}" role="img"'
        f' aria-label="{escape(arrivals.told)}"><g class="bars">{bars}</g>'
        f'<line class="even" x1="0" x2="{WIDTH}" y1="{even:.1f}" y2="{even:.1f}"/>'
        f'<text x="0" y="{HEIGHT + 13}">{bins[0][0]:.1f} s</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 13}" text-anchor="end">{bins[0][0] + slots * BIN_S:.1f} s</text></svg>'
        f"<figcaption>{escape(arrivals.told)}</figcaption></figure>"
    )
