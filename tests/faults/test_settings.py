"""What faults say of themselves: which settings they refuse, what they fill in, and what can't be a fault."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ssedrill_faults import FAULTS
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.compose import contradiction
from ssedrill_faults.door.refuse import RefuseFault
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.http1 import head
from ssedrill_faults.plan import Answer, Frame, Role
from ssedrill_faults.position import FromHere, Position
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.stale_connection import StaleConnectionFault
from support.voice import CONTEXT, plan_of, small_answer


def test_a_door_says_what_it_leaves_nothing_for() -> None:
    """Itself is not among it."""
    why = contradiction([RefuseFault(for_s=1.0), FinFault(after_token=1)])
    assert why == "refuse acts before the request is read, so it leaves nothing for fin"


SETTINGS = {
    "delay": {"for_s": 1.0},
    "insert_event": {"comment": "x"},
    "edit_event": {"event": "x"},
    "bad_chunk": {"size": "zz"},
    "fragment": {"size": 1},
    "jitter": {"up_to_s": 1.0},
    "pace": {"every_s": 1.0},
    "ids": {"form": "number"},
    "spelling": {"line_end": "cr"},
}
"""What a fault needs besides its place."""


@pytest.mark.parametrize("fault", [fault for fault in FAULTS.values() if issubclass(fault, Position)])
def test_what_strikes_at_a_place_needs_one(fault: type[Any]) -> None:
    """Exactly one, whatever other settings it has; what may last from a place on may have none."""
    others = SETTINGS.get(fault.name, {})
    lasts = issubclass(fault, FromHere)
    for places in ({"after_token": 1, "after": "body"}, *([] if lasts else [{}])):
        with pytest.raises(ValueError, match="give exactly one of"):
            fault(**others, **places)
    assert fault(**others, after_token=1)
    assert not lasts or fault(**others)


@pytest.mark.parametrize(
    ("fault", "settings", "message"),
    [
        ("headers", {}, "give at least one of set, add, remove and bytes"),
        ("headers", {"bytes": 9, "lines": 0}, "lines must be at least 1"),
        ("headers", {"bytes": 9, "lines": 10}, "lines must be at least 1"),
        ("headers", {"set": {"a": "b"}, "lines": 2}, "lines must be at least 1"),
        ("headers", {"bytes": -1}, "bytes must be from 1"),
        ("behind_the_end", {}, "give exactly one of response and junk"),
        ("behind_the_end", {"response": 199}, "response 199 is no final HTTP status"),
        ("behind_the_end", {"response": 600}, "response 600 is no final HTTP status"),
        ("behind_the_end", {"junk": ""}, "junk must have at least one byte"),
        ("behind_the_end", {"junk": "x", "wait_s": -0.1}, "wait_s can't be negative"),
    ],
)
def test_settings_that_are_refused(fault: str, settings: dict[str, Any], message: str) -> None:
    """The message says which."""
    kinds: Mapping[str, type[Any]] = FAULTS
    with pytest.raises(ValueError, match=f"^{message}"):
        kinds[fault](**settings)
    assert kinds["headers"](bytes=9, lines=9)
    assert kinds["behind_the_end"](junk="x", wait_s=0.0)
    assert kinds["behind_the_end"](response=200)
    assert kinds["behind_the_end"](response=599)


def test_jitter_marks_what_it_delays() -> None:
    """Unless another fault was there before it."""
    frames = (Frame(b"x", Role.DELTA, 1), Frame(b"y", Role.DELTA, 2, fault="stall"))
    late = JitterFault(up_to_s=0.5).rewrite(Answer(frames), CONTEXT)
    assert [frame.fault for frame in late.frames] == ["jitter", "stall"]


def test_the_least_and_the_greatest_status() -> None:
    """Final ones only."""
    assert [StatusFault(code=code).code for code in (200, 599)] == [200, 599]
    for code in (199, 600):
        with pytest.raises(ValueError, match=f"code {code} is no final HTTP status"):
            StatusFault(code=code)


def test_a_body_that_hides_a_stream() -> None:
    """It may go with a status that is an error or a redirect, and with none below."""
    assert StatusFault(code=300, body="data: x\n\n").code == 300
    with pytest.raises(ValueError, match="hides an event stream"):
        StatusFault(code=299, body="data: x\n\n")


def test_a_body_that_is_given_is_hand_written() -> None:
    """The dialect's own is not."""
    assert StatusFault(code=503, body="busy").hand_written is True
    assert StatusFault(code=503).hand_written is False


def test_places_are_filled_in() -> None:
    """In the body and in headers, of a fault that has either; other braces are the text's own."""
    moved = StatusFault(code=307, headers={"Location": "{path}/v1"}).filled_in({"path": "/r"})
    assert (moved.headers, moved.body) == ({"Location": "/r/v1"}, None)
    page = StatusFault(code=503, body="{origin} {no}").filled_in({"origin": "http://x"})
    assert page.body == "http://x {no}"
    assert page.filled_in({}) is page
    plain = StatusFault(code=503)
    assert plain.filled_in({"path": "/r"}) is plain


def test_a_fault_without_text_says_nothing_of_its_own() -> None:
    """Nobody wrote its words by hand, and there is nothing in it to fill in."""
    cut = FinFault(after_token=1)
    assert cut.hand_written is False
    assert cut.filled_in({"path": "/r"}) is cut


@pytest.mark.parametrize("settings", ['{"after_token": "1"}', '{"after_token": true}', '{"after_token": 1, "x": 1}'])
def test_settings_are_of_their_own_type(settings: str) -> None:
    """Text or a truth value is no number, and a setting that there is not is no setting."""
    reader = TypeAdapter(FinFault)
    assert reader.validate_json('{"after_token": 1}') == FinFault(after_token=1)
    with pytest.raises(ValidationError):
        reader.validate_json(settings)


class NoDataclass(DoorFault):
    """A fault whose settings nobody could read."""

    name = "mine"


def test_what_cant_be_a_fault() -> None:
    """A thing that is no class, a class that is no fault, one of another name, and one without settings."""
    no_class = "which is no class that inherits from DoorFault, AnswerFault or WireFault"
    assert FAULTS._wrong("mine", 7) == no_class
    assert FAULTS._wrong("mine", int) == no_class
    assert FAULTS._wrong("mine", RefuseFault) == "whose own name is refuse: call the entry point so too"
    assert FAULTS._wrong("refuse", RefuseFault) is None
    assert "is no dataclass" in FAULTS._wrong("mine", NoDataclass)


REGISTERED = [200, 204, 400, 401, 403, 404, 405, 408, 409, 429, 431, 500, 501, 502, 503, 504, 505]


@pytest.mark.parametrize("code", REGISTERED)
def test_the_reason_of_a_status_is_the_registered_one(code: int) -> None:
    """As in the registry of HTTP status codes; one that is not known has one all the same."""
    assert head(Answer((), code)).startswith(f"HTTP/1.1 {code} {HTTPStatus(code).phrase}\r\n".encode())
    newer = {413: "Content Too Large", 422: "Unprocessable Content", 529: "Overloaded", 599: "Status"}
    for other, reason in newer.items():  # RFC 9110 renamed two, one is no registered status, and one nobody knows
        assert head(Answer((), other)).startswith(f"HTTP/1.1 {other} {reason}\r\n".encode())


def test_a_connection_is_new_unless_it_is_said_otherwise() -> None:
    """What strikes a used connection does not act on one of which nothing is known."""
    assert plan_of(small_answer(2), StaleConnectionFault()).faults == ()
