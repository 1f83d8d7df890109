"""What a program showed it had read, whatever the last look at its connection said.

The server looks from time to time at what the client's kernel still holds. Who leaves by a reset can't be looked at
once more: bytes that had lain there for a while at the last look count as left unread, though a slow client may have
read them just before it left. If it has shown what stands in them, that look tells nothing of what came of the rest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

from ssedrill.judging.written import Token, written_on
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.tokens import find_tokens
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal


def as_read(wire: WireJournal, journals: Iterable[TokenJournal], flavour: Flavour) -> WireJournal:
    """Return the journal of the wire without looks that what the client showed, in any of its calls, disproves.

    A shown token that had been written by then was read. So was what lies before it in its answer, unless several
    answers had it; whether the client read on behind it nobody can tell.
    """
    doubtful = [attempt for attempt in wire.attempts if _has_unread(attempt)]
    if not doubtful:
        return wire
    believed = written_on(wire, flavour)
    unseen = written_on(replace(wire, attempts=[_marked(attempt, None) for attempt in doubtful]), flavour)
    read_t: dict[int, float] = {}  # of attempts whose look is disproved: when what was read last had been written
    several: set[int] = set()  # attempts of which one was read, but nobody knows which
    for journal in journals:
        for token, t in _shown(journal, flavour):
            if believed.sent(token, t):
                continue
            sources = list(unseen.sources(token, t))
            if len(sources) == 1:
                [source] = sources
                written_t = {number: at for at, number in unseen.times[token]}[source]
                read_t[source] = max(written_t, read_t.get(source, written_t))
            several.update(sources)
    if not several:
        return wire
    return replace(
        wire,
        attempts=[_marked(one, read_t.get(one.number)) if one.number in several else one for one in wire.attempts],
    )


def _has_unread(attempt: AttemptLog) -> bool:
    return attempt.consumed is not None and any(played.read is False for played in attempt.played)


def _marked(attempt: AttemptLog, read_t: float | None) -> AttemptLog:
    """Return an attempt without its look; what was written before a moment counts as read."""

    def read(played: Played) -> bool | None:
        known = played.read or (read_t is not None and played.t < read_t)
        return True if known else None

    return replace(attempt, consumed=None, played=[replace(one, read=read(one)) for one in attempt.played])


def _shown(journal: TokenJournal, flavour: Flavour) -> Iterator[tuple[Token, float]]:
    """Give the whole tokens in what a client showed, whatever stands around them, and when it showed each."""
    pieces = [entry for entry in journal.entries if entry.kind == "text"]
    ends = list(accumulate(len(entry.text) for entry in pieces))
    at = 0
    for seen in find_tokens("".join(entry.text for entry in pieces), flavour, raw=True):
        if seen.whole:
            at = bisect_left(ends, seen.at + 1, lo=at)
            yield (seen.generation, seen.number), pieces[at].t
