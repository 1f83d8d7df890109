"""Of a token that a text breaks off in, as much is no damage as had come over the wire behind the one before it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ssedrill.judging.ledger import build_ledger
from ssedrill.judging.written import written_on
from ssedrill.model.record import Claim
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.tokens import token_text
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Op, Role, Wait, Write
from support.journals import refused
from support.records import attempt


def served(*pieces: str, number: int = 1, first: int | None = 1, generation: str = "a") -> AttemptLog:
    """Return an attempt whose body comes in these pieces, a second apart."""
    ops: list[Op] = []
    for piece in pieces:
        ops += [Write(piece.encode(), Role.BODY), Wait(1.0)]
    log = attempt(number, 0.0, tuple(ops))
    log.plan = replace(log.plan, generation=generation, first_token=first)
    return log


def right(text: str, *attempts: AttemptLog, t: float = 9.0, flavour: Flavour = Flavour.ASCII) -> bool:
    """Tell whether a text, shown at this moment by who raised an error then, is right as far as it goes."""
    ledger = build_ledger(
        TokenJournal([TokenEntry(1, t, "text", text)]),
        claim=Claim.ERROR,
        expected=20,
        flavour=flavour,
        written=written_on(WireJournal([], [*attempts]), flavour),
    )
    return ledger.right_so_far


def test_what_is_begun_is_left_out_and_nothing_else() -> None:
    """The token before it has been shown."""
    whole, begun = token_text("a", 1, Flavour.ASCII), " a2"
    written = written_on(WireJournal([], [served(whole, begun)]), Flavour.ASCII)
    shown = TokenJournal([TokenEntry(1, 9.0, "text", whole + begun)])
    ledger = build_ledger(shown, claim=Claim.ERROR, expected=20, flavour=Flavour.ASCII, written=written)
    assert ledger.numbers == [1]


def test_the_beginning_of_an_answer() -> None:
    """Of its first token, from the first byte on; the answer of an old record may not say which that is."""
    for first in (1, None):
        assert right(" a", served(" a", first=first))
        assert right(" a1", served(" a1", first=first))
        assert not right(" a1", served(" a", first=first))
    assert not right(" a1", served(" a2", first=2)), "it goes on after a token that was not shown"
    assert not right(" a", served(" a2", first=2))


def test_the_beginning_of_a_rest() -> None:
    """What stands ahead of the first token of a resumed answer is behind the last that was asked for."""
    shown = served(" a1. a2. a3.")
    assert right(" a1. a2. a3. a4", shown, served(" a4", number=2, first=4))
    assert not right(" a1. a2. a3. a", shown, served(" a5", number=2, first=5))
    assert not right(" a1. a2. a3. a", shown, served(" a3", number=2, first=3))


def test_behind_a_token_that_came_twice() -> None:
    """The next one stands behind the second of them."""
    twice = served(" a1. a2. a2. a3")
    assert right(" a1. a2. a3", twice)
    assert not right(" a1. a2. a3", served(" a1. a2. a2."))


def test_only_what_stands_directly_behind_a_token_begins_the_next() -> None:
    """Not what comes later in the answer; a piece of framing that looks like half a token is nothing in between."""
    assert not right(" a1. a2", served(" a1. a3. a2"))
    assert right(" a1. a2", served(' a1."}\n\nevent: v2\ndata: {"text":" a2'))
    assert right(" a1. a2", served(" a1. a2\ufffd. a3.")), "it came damaged, and was shown as far as it was right"
    assert right(" a1. a2", served(" a1. a3. a2.")), "a whole one may have come in any order"


def test_what_had_not_come_yet_is_made_up() -> None:
    """Half a token that is shown before it was written."""
    log = served(" a1.", " a2")
    assert not right(" a1. a2", log, t=0.5)
    assert right(" a1. a2", log, t=1.0)


def test_an_answer_without_text_begins_no_token() -> None:
    """There are spaces in the body of an error too."""
    busy = refused(1, 0.0)
    assert b" " in busy.plan.data.partition(b"\r\n\r\n")[2]
    assert not right(" ", busy)


@pytest.mark.parametrize("flavour", Flavour)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_text_in_json_is_read_however_it_is_escaped(flavour: Flavour, ascii_only: bool) -> None:
    """In every kind of text the token before is found, and what stands behind it."""
    for count in range(1, 11):
        text = "".join(token_text("a", number, flavour) for number in range(1, count + 1)) + f" a{count + 1}"
        log = served(json.dumps({"text": text}, ensure_ascii=ascii_only)[:-2])
        assert right(text, log, flavour=flavour)
        assert not right(text + "0", log, flavour=flavour)
