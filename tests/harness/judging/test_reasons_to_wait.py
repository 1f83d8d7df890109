"""Which try an answer that asks for a wait can be the reason for, and how long a date asks for: made by hand."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.judging.waits import waits_asked
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, Played, WireJournal
from ssedrill_faults.http1 import render
from ssedrill_faults.plan import Answer, Frame, Framing, Mute, Role, Write
from support.journals import cut, door, healthy, left_at, refused


def asked(*attempts: AttemptLog, knocked: tuple[ConnectionLog, ...] = ()) -> list[tuple[float, float | None]]:
    """Return the waits as pairs: how long was asked for, and how long the client waited."""
    waits = waits_asked(WireJournal([*knocked], [*attempts]))
    return [(wait.asked_s, wait.waited_s and round(wait.waited_s, 6)) for wait in waits]


def until(head_t: float) -> AttemptLog:
    """Return an answer that names a date two seconds after its request, and whose head came at this moment."""
    log = refused(1, 1.0, status=429)
    headers = (("Retry-After", "Thu, 01 Jan 1970 00:00:03 GMT"),)
    ops = render(Answer((Frame(b"{}", Role.ERROR),), 429, headers, Framing.LENGTH))
    log.plan = replace(log.plan, ops=ops, retry_after_s=2.0)
    for played in log.played:
        played.t = head_t
    return log


def test_a_date_leaves_less_to_wait_the_later_it_comes() -> None:
    """It was spelled when the request came; one that has gone by when it is read asks for no wait."""
    assert asked(until(1.0), healthy(2, 6.0)) == [(2.0, 5.0)]
    assert asked(until(1.5), healthy(2, 6.0)) == [(1.5, 4.5)]
    assert asked(until(3.0), healthy(2, 6.0)) == [(0.0, 3.0)]
    assert asked(until(4.0), healthy(2, 6.0)) == [(0.0, 2.0)]


def reconnects() -> AttemptLog:
    """Return a stream that asks for a reconnection time of 1.5 s and is cut at 0.04 s by its last operation."""
    log = cut(1, 0.0)
    head, start, *rest = log.plan.ops
    assert isinstance(start, Write)
    asks = replace(start, data=b"retry: 1500\n\n", lead=0, tail=0)
    log.plan = replace(log.plan, ops=(head, asks, *rest))
    return log


def again(t: float, *unaware_of: tuple[int, int]) -> AttemptLog:
    """Return the next request, which can't have known of these operations of these attempts, or of later ones."""
    log = healthy(2, t)
    log.unaware_of = unaware_of
    return log


def test_a_request_that_knew_nothing_of_the_end_of_a_stream_does_not_break_its_wait() -> None:
    """It was under way at the moment at which the stream was cut; one that knew of the cut came too soon."""
    stream = reconnects()
    end = len(stream.plan.ops) - 1
    assert asked(stream, again(0.04)) == [(1.5, 0.0)]
    assert asked(stream, again(0.04, (1, end))) == [(1.5, None)]
    assert asked(stream, again(0.04, (1, end + 1))) == [(1.5, 0.0)]
    assert asked(stream, again(0.04, (7, end))) == [(1.5, 0.0)], "that it knew nothing of another is no matter"


def test_a_request_that_knew_nothing_of_the_end_of_a_body_does_not_break_its_wait() -> None:
    """A wait in a body is told by the last piece of it."""
    busy = refused(1, 0.0, status=429, said=b'{"retry_after": 2}')
    head, body = busy.plan.ops
    pieces = [replace(body, data=data) for data in (b'{"retry', b'_after"', b": 2}")]
    busy.plan = replace(busy.plan, ops=(head, *pieces), retry_after_s=2.0)
    busy.played = [Played(t, op, 0) for op, t in enumerate((0.0, 0.25, 0.5, 1.0))]
    assert asked(busy, again(1.0, (1, 3))) == [(2.0, None)]
    assert asked(busy, again(1.0, (1, 4))) == [(2.0, 0.0)]


def test_a_client_that_left_a_stream_itself_knows_of_its_end() -> None:
    """Whatever of it had not been read."""
    left = left_at(reconnects(), 0.02)
    left.plan = replace(left.plan, ops=left.plan.ops[:-1])
    for unaware in range(1, len(left.played)):
        assert asked(left, again(0.52, (1, unaware))) == [(1.5, 0.5)]


def test_a_knock_at_a_closed_door_is_a_try() -> None:
    """From the moment of its connection; where nobody listened, nobody knows when it was."""
    busy = refused(1, 0.0, wait_s=2.0)
    knock, missed = door(2, 1.5, Mute()), door(2, 1.5, Mute())
    knock.conn = 7
    connections = (ConnectionLog(6, 0.25), ConnectionLog(7, 1.0), ConnectionLog(8, 1.25))
    assert asked(busy, missed, knocked=connections) == [(2.0, None)]
    assert asked(busy, knock, knocked=connections) == [(2.0, 1.0)]
    assert asked(busy, knock) == [(2.0, 1.5)], "of a connection that is not in the record only the door tells"
    assert asked(busy, knock, healthy(3, 0.5), knocked=connections) == [(2.0, 0.5)]
