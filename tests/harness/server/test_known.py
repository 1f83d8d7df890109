"""What a client may have known of each attempt when it asked once more, however many are under way."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog
from ssedrill.server.known import FEW, Moments
from ssedrill.server.live_attempts import LiveAttempt
from ssedrill_faults.plan import Plan, Role, Write
from support.linear import grows_linearly

OPS = (Write(b"data", Role.DELTA),) * 50


def live(number: int, call: int) -> LiveAttempt:
    """Return an attempt of a call of which nothing has been carried out."""
    wire: Any = SimpleNamespace(known=lambda: 0)
    log = AttemptLog(number, number, 0.0, Plan(1, OPS), kind=RequestKind.STREAM, call=call)
    return LiveAttempt(log, wire, OPS, 0, 0.0, 0.0)


def begun(moments: Moments, calls: list[int]) -> list[LiveAttempt]:
    """Return attempts of these calls, of which the moments know."""
    lives = [live(number, call) for number, call in enumerate(calls, start=1)]
    for one in lives:
        moments.begun(one)
    return lives


def play(moments: Moments, one: LiveAttempt, operations: int = 1) -> None:
    """Carry out some of an attempt."""
    one.notes.times += [0.0] * operations
    moments.stirs(one)


@pytest.mark.parametrize("asking", [1, 500, 1000])
def test_of_a_thousand_under_way_the_oldest_is_not_taken_for_known(asking):
    """Each call's own answer is what its next request may not have known of, whatever the others are at."""
    moments = Moments()
    lives = begun(moments, list(range(1, 1001)))
    for one in lives:
        play(moments, one, 3)
    moment = moments.take()
    for one in lives:
        play(moments, one, 2)
    assert list(moments.unaware_of(moment, asking, set())) == [(asking, 3)]
    assert list(moments.unaware_of(moments.take(), asking, set())) == []
    assert list(moments.unaware_of(moments.take(), asking, {asking})) == [(asking, 5)]


@pytest.mark.parametrize("seed", range(20))
def test_moments_are_what_copies_would_be(seed):
    """Whatever is carried out between them, in whatever order."""
    chance = random.Random(seed)
    moments = Moments()
    lives = begun(moments, [chance.randint(1, 5) for _ in range(FEW + 10)])
    copies = []
    for _ in range(200):
        play(moments, chance.choice(lives), chance.randint(1, 3))
        if chance.random() < 0.3:
            copies.append((moments.take(), [len(one.notes.times) for one in lives]))
    for moment, counts in copies:
        for call in range(1, 6):
            own = [(one, count) for one, count in zip(lives, counts, strict=True) if one.log.call == call]
            expected = [(one.log.number, count) for one, count in own if count < len(one.notes.times)]
            assert list(moments.unaware_of(moment, call, set())) == expected


def test_an_attempt_that_began_later_was_not_known():
    """Nothing of it was."""
    moments = Moments()
    begun(moments, [1] * (FEW + 1))
    moment = moments.take()
    later = live(FEW + 2, 1)
    moments.begun(later)
    play(moments, later)
    assert list(moments.unaware_of(moment, 1, set())) == [(FEW + 2, 0)]


def test_few_are_asked():
    """What the client has read counts, not what was carried out."""
    moments = Moments()
    [one] = begun(moments, [1])
    play(moments, one, 4)
    assert list(moments.unaware_of(moments.take(), 1, set())) == [(1, 0)]


def test_the_work_grows_with_the_calls():
    """Each call is answered, and asks once more while all others are still under way."""

    def work(count: int):
        def run() -> None:
            moments = Moments()
            lives = begun(moments, list(range(1, count + 1)))
            for one in lives:
                play(moments, one)
            running = set(range(1, count + 1))
            for call in range(1, count + 1):
                assert len(list(moments.unaware_of(moments.take(), call, running))) == 1

        return run

    grows_linearly(work, 50)
