"""The player carries operations out in order, and keeps their timetable."""

import pytest

from ssedrill.server.memory import play_into_memory
from ssedrill_faults.plan import AwaitConsumed, Fin, HalfClose, Reset, Role, Silence, Wait, Write


def write(data=b"x"):
    """Return a write."""
    return Write(data, Role.BODY)


def test_segments_and_times():
    """Every write is one segment at its time, and every operation is noted."""
    played = play_into_memory((write(b"ab"), Wait(0.5), write(b"c"), AwaitConsumed(), write(b"def"), Fin()))
    assert played.wire.segments == [(0.0, b"ab"), (0.5, b"c"), (0.5, b"def")]
    assert played.wire.holds == [3]
    assert played.notes.times == [0.0, 0.0, 0.5, 0.5, 0.5, 0.5]
    assert not played.notes.late


@pytest.mark.parametrize(
    ("ending", "end"), [(Fin(), "fin"), (HalfClose(), "half-close"), (Reset(), "reset"), (Silence(), "silence")]
)
def test_nothing_follows_an_ending(ending, end):
    """An ending is carried out, and what stands behind it is not."""
    played = play_into_memory((write(), ending, write(b"never")))
    assert played.wire.data == b"x"
    assert played.wire.end == end
    assert len(played.notes.times) == 2


def test_a_plan_may_end_without_an_ending():
    """A keep-alive answer just stops; the connection stays as it is."""
    assert play_into_memory((write(),)).wire.end is None


def test_stops_when_the_client_has_left():
    """After the client has gone nothing is written or noted any more."""
    played = play_into_memory([write()] * 10, leaves_after=4)
    assert played.wire.data == b"xxxx"
    assert len(played.notes.times) == 4


def test_the_timetable_does_not_drift():
    """A thousand waits of 3 ms end at 3 s to the nanosecond."""
    played = play_into_memory([Wait(0.003)] * 1000)
    assert played.wire.time_s == pytest.approx(3.0, abs=1e-9)


class LateWire:
    """A memory wire on which every wait takes longer than asked, or the client holds things up."""

    def __init__(self, inner, late, held_up_s=0.0):
        self._inner, self._late, self._held_up = inner, late, held_up_s
        self.woken = []

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def until(self, when):
        """Wake up late."""
        await self._inner.until(when + self._late)
        self.woken.append(self._inner.time_s)

    async def consumed(self):
        """Let time go by."""
        self._inner.time_s += self._held_up


def run_late(ops, late, held_up_s=0.0):
    """Play operations on a late wire; return when it woke up."""
    from ssedrill.server.memory import MemoryWire
    from ssedrill.server.player import Notes, play

    wire = LateWire(MemoryWire(), late, held_up_s)
    with pytest.raises(StopIteration):
        play(ops, wire, Notes(), 0.0).send(None)
    return wire.woken


def test_small_delays_do_not_add_up():
    """A loop that is 4 ms late at every wait is 4 ms late after a hundred of them."""
    assert run_late([Wait(0.02)] * 100, 0.004)[-1] == pytest.approx(2.004)


def test_a_faults_pause_has_its_full_length():
    """A pause that a fault put there counts from the moment it begins."""
    woken = run_late([Wait(0.02), Wait(1.0, fault="delay")], 0.004)
    assert woken[1] - woken[0] == pytest.approx(1.004)


def test_no_burst_after_a_long_hold():
    """A stream that was held up for 10 s does not pour out what it missed but for the last moment."""
    woken = run_late([Wait(0.02), AwaitConsumed(), *[Wait(0.02)] * 50], 0.0, 10.0)
    at_once = [t for t in woken[1:] if t <= 10.02]
    assert len(at_once) <= 13
    assert woken[-1] >= 10.02 + 1.0 - 0.251
