"""Whose turn it is, where an answer goes on, and places by time, as a raw socket gets them."""

from __future__ import annotations

import re
import time

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario
from ssedrill.model.wire_journal import WireJournal
from ssedrill.planning.planner import Planner
from support.drillserver import drill
from support.rawclient import GET, Heard, connect, listen

HEAD = """
name = "raw"
about = "As a raw socket gets it."
dialects = ["eventsource"]
[stream]
tokens = 20
every = "20 ms"
persistence = "close"
"""


def asked(attempts: str, *cursors: str) -> tuple[list[Heard], list[float], WireJournal]:
    """Ask once for each cursor, empty for a new answer; return what came, how long it took, and the journal."""
    scenario = load_text(f'{HEAD}{attempts}\n[must]\noutcome = ["clean", "recovered"]\n', "raw.toml")

    def client(port: int) -> tuple[list[Heard], list[float]]:
        heard, took = [], []
        for cursor in cursors:
            with connect(port) as sock:
                began = time.monotonic()
                resume = f"Last-Event-ID: {cursor}\r\n\r\n".encode() if cursor else b"\r\n"
                sock.sendall(GET[:-2] + resume)
                heard.append(listen(sock))
                took.append(heard[-1].ended - began)
        return heard, took

    (heard, took), journal = drill(Planner(scenario, find_dialect("eventsource"), 1), client)  # type: ignore[arg-type]
    return heard, took, journal


def numbers(heard: Heard) -> list[int]:
    """Return the numbers of the tokens that came."""
    return [int(found) for found in re.findall(rb'"token":(\d+)', heard.data)]


CUT = "[[attempt]]\nfaults = [{ reset = { after_token = 5 } }]\n"


@pytest.mark.parametrize(
    ("replay", "served"),
    [
        ("repeat = 2", range(4, 21)),
        ("skip = 2", range(8, 21)),
        ('ignore_cursor = "same-text"', range(1, 21)),
    ],
)
def test_who_goes_on_is_given_something_else(replay: str, served: range) -> None:
    """The tokens that the plan names, once, and then what was asked for."""
    rule = f"[[attempt]]\nwhen = {{ resume = true }}\nfaults = [{{ replay = {{ {replay} }} }}]\n[[attempt]]\n"
    heard, _, journal = asked(CUT + rule, "", "a-5", "a-5")
    assert [numbers(one) for one in heard] == [[1, 2, 3, 4, 5], list(served), list(range(6, 21))]
    assert [one.ending for one in heard] == ["reset", "eof", "eof"]
    assert [attempt.plan.faults for attempt in journal.attempts] == [("reset",), ("replay",), ()]


def test_the_last_attempt_is_for_those_that_it_is_meant_for() -> None:
    """A session that is gone stays gone; who begins anew is served."""
    rule = '[[attempt]]\nwhen = { resume = true }\nfaults = [{ status = { code = 404, message = "gone" } }]\n'
    heard, _, _ = asked(CUT + rule, "", "a-5", "a-5", "", "b-3")
    firsts = [one.data.split(b"\r\n")[0].split(b" ")[1] for one in heard]
    assert firsts == [b"200", b"404", b"404", b"200", b"404"]
    assert numbers(heard[3]) == list(range(1, 21))


def test_a_cut_at_a_moment() -> None:
    """Not before it, and what was due earlier has come: at the same instant the cut is first."""
    heard, took, _ = asked('[[attempt]]\nfaults = [{ reset = { after = "200 ms" } }]\n', "")
    assert (heard[0].ending, numbers(heard[0])) == ("reset", list(range(1, 10)))
    assert took[0] >= 0.2


def test_a_cut_at_a_silence() -> None:
    """It counts from the last byte: a stall that is shorter is sat through."""
    faults = '{ stall = { after_token = 12, for = "300 ms" } }, { fin = { after_silence = "250 ms" } }'
    heard, took, _ = asked(f"[[attempt]]\nfaults = [{faults}]\n", "")
    assert (heard[0].ending, numbers(heard[0])) == ("eof", list(range(1, 13)))
    assert took[0] >= 0.24 + 0.25
    faults = '{ stall = { after_token = 12 } }, { reset = { after_silence = "250 ms" } }'
    heard, took, _ = asked(f"[[attempt]]\nfaults = [{faults}]\n", "")
    assert (heard[0].ending, numbers(heard[0])) == ("reset", list(range(1, 13)))


def test_a_cut_at_a_moment_of_the_run() -> None:
    """The first answer is cut off by it; the second request comes when it has passed, and is served."""
    one = '[[attempt]]\nfaults = [{ reset = { at_run = "390 ms" } }]\n'
    heard, _, journal = asked(one, "", "")
    assert [one.ending for one in heard] == ["reset", "eof"]
    assert 0 < len(numbers(heard[0])) < 20
    assert numbers(heard[1]) == list(range(1, 21))
    assert [attempt.plan.faults for attempt in journal.attempts] == [("reset",), ()]


def test_a_moment_of_the_run_in_a_later_attempt() -> None:
    """It may be behind the end of that attempt, if this began with the run; in the first it can't."""
    one = '[[attempt]]\nfaults = [{ reset = { at_run = "700 ms" } }]\n'
    heard, _, journal = asked(f"{CUT}[[attempt]]\n{one}", "", "", "")
    assert [one.ending for one in heard] == ["reset", "eof", "reset"]
    assert [attempt.plan.faults for attempt in journal.attempts] == [("reset",), (), ("reset",)]
    with pytest.raises(BadScenario, match=r"attempt\[0\].*the answer is over"):
        asked(one)


def test_a_cut_before_a_token_and_at_a_blank_line() -> None:
    """Right ahead of the token; and between an event's last line and the empty one behind it."""
    heard, _, _ = asked("[[attempt]]\nfaults = [{ fin = { before_token = 4 } }]\n", "")
    assert numbers(heard[0]) == [1, 2, 3]
    faults = '[[attempt]]\nfaults = [{ fin = { before = "terminal", inside = "blank-line" } }]\n'
    heard, _, _ = asked(faults, "")
    assert heard[0].data.endswith(b"data: {}\n")


def test_pings_come_by_the_clock() -> None:
    """While the server says nothing else, too: one each 100 ms of the half second before the third token."""
    slow = "{ delay = { before_token = 3, for = '500 ms' } }, { ping = { after_token = 2, interval = '100 ms' } }"
    (heard,), (took,), _ = asked(f"[[attempt]]\nfaults = [{slow}]\n", "")
    between = heard.data.partition(b'"token":2')[2].partition(b'"token":3')[0]
    assert between.count(b"\n:") == 5
    assert numbers(heard) == list(range(1, 21))
    assert took >= 0.9


def test_an_error_may_leave_the_connection_open() -> None:
    """Nothing comes behind it, and no end."""
    open_ = "[[attempt]]\nfaults = [{ error_event = { after_token = 2, then = 'stay' } }]\n"
    scenario = load_text(f'{HEAD}{open_}\n[must]\noutcome = ["failed-loudly"]\n', "raw.toml")

    def client(port: int) -> Heard:
        with connect(port, timeout=0.3) as sock:
            sock.sendall(GET)
            return listen(sock)

    heard, _ = drill(Planner(scenario, find_dialect("eventsource"), 1), client)  # type: ignore[arg-type]
    assert (heard.ending, numbers(heard)) == ("timeout", [1, 2])
    assert heard.data.partition(b"event: error")[2].endswith(b"}}\n\n\r\n")
