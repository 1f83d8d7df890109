"""Ids that are not as plain as ours: what a reconnect carries of them, and who goes on behind events without any."""

from __future__ import annotations

import httpx
import pytest

from broken_clients.line import DROPS, request
from ssedrill.clients.reference.client import reference
from ssedrill.model.last_event_id import carried, sent_in
from support.shortdrill import got, run, scenario


def with_id(id_: str) -> str:
    """Return a fault that gives an event this id, and the reset behind it."""
    return f'{{ edit_event = {{ after_token = 7, id = "{id_}" }} }}, {{ reset = {{ after_token = 8 }} }}'


def reconnects_with(value: bytes):
    """Return a client that reads up to the drop and comes back with these bytes as its cursor."""

    async def client(target):
        made = request(target)
        async with httpx.AsyncClient() as http:
            try:
                async with http.stream(**made) as answer:
                    _ = [line async for line in answer.aiter_lines()]
            except DROPS:
                made["headers"] = {b"last-event-id": value} if value else {}
                async with http.stream(**made) as answer:
                    async for line in answer.aiter_lines():
                        if '"text":"' in line:
                            yield line.partition('"text":"')[2].partition('"')[0]

    return client


@pytest.mark.parametrize(
    ("id_", "sent", "status"),
    [
        ("ид-4", "ид-4".encode(), "newest"),
        ("café", "café".encode(), "newest"),
        ("café", "café".encode("latin-1"), "has the id 'caf\\\\xe9'"),
        ("  a b  ", b"a b", "newest"),
        ("a\\fb", b"", "newest"),
        ("ид-4", b"", "has no id"),
        ("ид-4", b"a-7", "has the id 'a-7'; the newest was 'ид-4'"),
    ],
)
def test_an_id_is_sent_in_utf_8(id_: str, sent: bytes, status: str) -> None:
    """As the standard says, without blanks around it, and not at all if a header can't carry it."""
    drilled = scenario(with_id(id_), "", must='cursor = "newest"', dialects='["eventsource"]')
    said = got(run(reconnects_with(sent), drilled), "cursor")
    assert said == status or (status != "newest" and status in said)


@pytest.mark.parametrize("id_", ["ид-4", "a\\fb", "  a b  "])
def test_the_reference_copes_with_any_id(id_: str) -> None:
    """It sends what can be sent, and begins anew with a server that does not know it."""
    drilled = scenario(with_id(id_), "", must='cursor = "newest"', dialects='["eventsource"]')
    record = run(reference, drilled)
    assert (record.outcome, record.verdict, record.numbers.requests) == ("recovered", "pass", 2)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_reference_goes_on_behind_events_without_ids(count: int) -> None:
    """They come again behind the cursor, and each is shown once."""
    bare = f'{{ edit_event = {{ after_token = 3, count = {count}, without = ["id"] }} }}'
    cut = f"{bare}, {{ reset = {{ after_token = {3 + count} }} }}"
    record = run(reference, scenario(cut, "", must='cursor = "newest"', dialects='["eventsource"]'))
    assert (record.outcome, record.verdict, record.numbers.requests) == ("recovered", "pass", 2)
    assert record.numbers.withdrawn == 0


GIVEN = {
    "empty": ('event = "note", id = "", data = "{}"', ""),
    "no-colon": ('raw = "event: note\\nid\\ndata: {}\\n\\n"', ""),
    "no-data": ('raw = "id: a-2\\n\\n"', "a-2"),
    "twice": ('raw = "id: q\\nid: a-1\\ndata: {}\\n\\n"', "a-1"),
    "with-nul": ('raw = "id: x\\u0000y\\ndata: {}\\n\\n"', "a-7"),
}


@pytest.mark.parametrize("how", GIVEN)
def test_the_newest_id_is_that_of_the_standard(how: str) -> None:
    """An empty one takes it back, and one without data counts: 9.2.6. The reference sends what it must."""
    event, newest = GIVEN[how]
    cut = f"{{ insert_event = {{ after_token = 7, {event} }} }}, {{ reset = {{ before_token = 8 }} }}"
    drilled = scenario(cut, "", must='cursor = "newest"', dialects='["eventsource"]')
    assert got(run(reconnects_with(newest.encode()), drilled), "cursor") == "newest"
    wrong = got(run(reconnects_with(b"a-3"), drilled), "cursor")
    assert wrong.endswith(f"has the id 'a-3'; the newest was {newest!r}" if newest else "the newest was none")
    record = run(reference, drilled)
    assert (record.outcome, record.verdict, got(record, "cursor")) == ("recovered", "pass", "newest")


def test_what_a_header_carries_of_an_id() -> None:
    """No blanks around it, no control characters, and bytes as they were read."""
    assert [carried(id_) for id_ in ("a", " a\t", "a\tb", "a\x00b", "a\x7f", "")] == ["a", "a", "a\tb", "", "", ""]
    assert sent_in([("Last-Event-ID", "\xc3\xa9")]) == "é"
    assert sent_in([("accept", "x")]) == ""
