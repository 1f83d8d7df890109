"""The clients of a report beside each other: how many of their runs came out how, and what failures cost them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ssedrill.model.record import Record, RecordFile, Verdict
from ssedrill.reporting.views.wording import COUNTED, MEANINGS, seconds

PRICED = 1_000_000
"""A price is for so many output tokens."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What all runs of one client come to."""

    client: str
    runs: int
    verdicts: Mapping[Verdict, int]  # how many runs have each
    recoveries_s: tuple[float, ...]  # of the runs that got over a failure, in ascending order
    first_tokens_s: tuple[float, ...]  # from a run's first request to its first token, in ascending order
    wasted_tokens: int  # generated and thrown away
    extra_requests: int  # beyond the first of each call
    price: float | None = None  # of PRICED tokens

    @property
    def recovery_s(self) -> float | None:
        """The median of the recoveries; None if there was none."""
        return median(self.recoveries_s) if self.recoveries_s else None

    @property
    def worst_recovery_s(self) -> float | None:
        """The longest of the recoveries; None if there was none."""
        return max(self.recoveries_s, default=None)

    @property
    def first_token_s(self) -> float | None:
        """The median of the times to the first token; None if no run showed one."""
        return median(self.first_tokens_s) if self.first_tokens_s else None

    @property
    def money(self) -> float | None:
        """What the wasted tokens cost; None if no price is known."""
        return None if self.price is None else cost(self.wasted_tokens, self.price)


def cost(tokens: int, price: float) -> float:
    """Return what output tokens cost at a price for PRICED of them."""
    return tokens * price / PRICED


def side_by_side(file: RecordFile) -> list[Measures]:
    """Return the measures of each client, in the order of the runs."""
    of_client: dict[str, list[Record]] = {}
    for run in file.runs:
        of_client.setdefault(run.client, []).append(run)
    return [_measures(client, runs, file.price) for client, runs in of_client.items()]


def _measures(client: str, runs: Sequence[Record], price: float | None) -> Measures:
    recoveries = [run.numbers.recovery.total_s for run in runs]
    firsts = [run.numbers.ttft_s for run in runs]
    return Measures(
        client,
        len(runs),
        Counter(run.verdict for run in runs),
        tuple(sorted(value for value in recoveries if value is not None)),
        tuple(sorted(value for value in firsts if value is not None)),
        sum(run.numbers.wasted_tokens for run in runs),
        sum(run.numbers.retries for run in runs),
        price,
    )


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the table of clients: its heading, what it means, and what stands in it."""

    heading: str
    about: str
    words: Callable[[Measures], str]


def columns(found: Sequence[Measures]) -> list[Measure]:
    """Return the columns of the table of these clients; what none of them has is left out."""
    verdicts = [
        Measure(word, f"runs: {MEANINGS[verdict]}", _of(verdict))
        for verdict, word in COUNTED.items()
        if verdict in _ALWAYS or any(one.verdicts.get(verdict) for one in found)
    ]
    price = next((one.price for one in found if one.price is not None), None)
    at = "" if price is None else f", at {money_words(price)} for a million output tokens"
    return [
        *verdicts,
        Measure("recovery", "from a failure to new text: the median", lambda one: _time(one.recovery_s)),
        Measure("worst", "the longest such recovery", lambda one: _time(one.worst_recovery_s)),
        Measure("wasted tokens", "generated and thrown away", lambda one: f"{one.wasted_tokens:,}"),
        *([Measure("wasted money", f"what they cost{at}", lambda one: money_words(one.money))] if at else []),
        Measure("extra requests", "beyond the first of each call", lambda one: f"{one.extra_requests:,}"),
        Measure("first token", "from the request to it: the median", lambda one: _time(one.first_token_s)),
    ]


_ALWAYS = (Verdict.PASS, Verdict.WARN, Verdict.FAIL)


def _of(verdict: Verdict) -> Callable[[Measures], str]:
    return lambda one: f"{one.verdicts.get(verdict, 0):,}"


def _time(value: float | None) -> str:
    return "" if value is None else seconds(value)


def money_words(value: float | None) -> str:
    """Return an amount of money, of which a drill costs little: to the cent, or below 1 to a millionth."""
    if value is None:
        return ""
    return f"{value:,.2f}".removesuffix(".00") if value >= 1 else f"{value:.6f}".rstrip("0").rstrip(".")


def price_line(file: RecordFile) -> str:
    """Say what money in a report is counted at; nothing if no price is known."""
    if file.price is None:
        return ""
    return f"Money is counted at {money_words(file.price)} for a million output tokens, in the currency of --price."
