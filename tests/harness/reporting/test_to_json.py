"""Records to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.model.record import RecordFile
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.to_json import BadRecord
from ssedrill_faults.plan import (
    AwaitConsumed,
    CloseOnAccept,
    Fin,
    HalfClose,
    Mute,
    Plan,
    Refuse,
    Reset,
    Role,
    Silence,
    Wait,
    Write,
)
from support.records import duplicated, file_of, many, passed, raised, truncated

NAMES = [
    *("scenario", "client", "dialect", "seed", "clock", "outcome", "claim", "verdict", "summary", "checks"),
    *("recovered_by", "numbers", "wall_s", "error", "notes", "repeat", "shown", "journals"),
]
NUMBERS = [
    *("requests", "retries", "withdrawn", "duplicates", "lost", "reordered", "corrupted", "spliced"),
    *("wasted_tokens", "recovery", "retry_after", "gaps_s", "ttft_s", "longest_silence_s", "elapsed_s"),
]
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # surrogates and control characters too
OPS = st.one_of(
    st.builds(
        Write, st.binary(max_size=30), st.sampled_from(Role), st.just((1, 2)), st.just((3,)), st.integers(0, 9)
    ),
    st.builds(Wait, st.integers(0, 10**9).map(lambda micro: micro / 10**6), st.none() | ANY_TEXT),
    st.builds(AwaitConsumed),
    st.builds(Fin),
    st.builds(HalfClose),
    st.builds(Reset, st.none() | ANY_TEXT),
    st.builds(Silence),
)
DOORS = st.one_of(st.builds(Refuse, st.just(0.6)), st.builds(CloseOnAccept, st.booleans()), st.builds(Mute))


def round_trip(file: RecordFile) -> RecordFile:
    """Return a file as it comes back from its text, by way of UTF-8."""
    return to_json.from_text(to_json.to_text(file).encode("utf-8").decode("utf-8"))


def test_round_trip() -> None:
    """A file of all kinds of runs reads back equal."""
    assert round_trip(many()) == many()


@given(ANY_TEXT, st.lists(OPS, max_size=8), DOORS, st.sampled_from(RequestKind))
def test_round_trip_of_anything(text: str, ops: list[object], door: object, kind: RequestKind) -> None:
    """Any text (lone surrogates, controls), any bytes, every operation and every door read back equal."""
    log = AttemptLog(1, 1, 0.5, Plan(1, tuple(ops), door), "GET", text, ((text, text),), kind=kind)
    run = raised(text, text, text, notes=[text])
    run.wire = WireJournal(attempts=[log])
    run.tokens = TokenJournal([TokenEntry(1, 0.25, "text", text)], stderr=text, notes=(text,))
    assert round_trip(file_of(run)) == file_of(run)


def test_two_lone_surrogates_stay_two() -> None:
    """A high and a low surrogate beside each other don't become one character."""
    run = raised("\ud83d\ude92")
    assert round_trip(file_of(run)) == file_of(run)
    assert round_trip(file_of(run)) != file_of(raised("🚒"))


def test_names() -> None:
    """A run has the names that are promised, whether or not they say anything, and no others."""
    run = json.loads(to_json.to_text(file_of(passed())))["runs"][0]
    assert list(run) == NAMES
    assert list(run["numbers"]) == NUMBERS
    assert list(run["numbers"]["recovery"]) == ["total_s", "detect_s", "wait_s", "connect_s", "first_token_s"]
    assert list(run["numbers"]["retry_after"]) == ["asked_s", "waited_s"]
    assert list(run["journals"]) == ["wire", "tokens"]
    error = json.loads(to_json.to_text(file_of(raised("no"))))["runs"][0]["error"]
    assert error == {"class": "APIError", "message": "no"}


def test_bytes_are_text_or_base64() -> None:
    """Bytes on the wire are readable where they are UTF-8."""
    whole, half = Write("ไทย".encode(), Role.DELTA), Write(b"\xe0", Role.DELTA)
    run = passed()
    run.wire.attempts[0] = AttemptLog(1, 1, 0.0, Plan(1, (whole, half)), kind=RequestKind.STREAM)
    (plan,) = json.loads(to_json.to_text(file_of(run)))["plans"].values()
    assert [op["data"] for op in plan["ops"]] == ["ไทย", {"base64": "4A=="}]


def attempt_of(text: str) -> dict[str, Any]:
    """Return the first attempt of the first run of a record file, as JSON."""
    return json.loads(text)["runs"][0]["journals"]["wire"]["attempts"][0]


def test_equal_plans_are_written_once() -> None:
    """Runs with the same plan name it by the same digest, and share it when they are read back."""
    text = to_json.to_text(file_of(*(passed(client=f"client-{i}") for i in range(20)), duplicated()))
    plans = json.loads(text)["plans"]
    assert len(plans) == 3  # the healthy one, and the two of the client that came twice
    assert attempt_of(text)["plan"] in plans
    runs = to_json.from_text(text).runs
    assert runs[0].wire.attempts[0].plan is runs[19].wire.attempts[0].plan
    assert runs[0].wire.attempts[0].plan == passed().wire.attempts[0].plan


def test_twenty_equal_runs_take_little_more_than_their_tokens() -> None:
    """What nearly all runs of a matrix have in common does not fill the file."""
    one, twenty = (len(to_json.to_text(file_of(*[passed()] * count))) for count in (1, 20))
    tokens = len(json.dumps(json.loads(to_json.to_text(file_of(passed())))["runs"][0]["journals"]["tokens"]))
    assert (twenty - one) / 19 < 3 * tokens


@pytest.mark.parametrize("reads", [(True, True), (True, None), (None, None)])
def test_what_was_played_is_a_table(reads: tuple[bool | None, bool | None]) -> None:
    """A column whose values are all the same is one value; every other has a value for each operation."""
    run = passed()
    log = run.wire.attempts[0]
    log.played = [Played(0.0, 0, 10, read=reads[0]), Played(0.5, 1, 10, read=reads[1])]
    text = to_json.to_text(file_of(run))
    read = reads[0] if reads[0] == reads[1] else list(reads)
    assert attempt_of(text)["played"] == {"t": [0.0, 0.5], "op": [0, 1], "end": 10, "taken": True, "read": read}
    assert to_json.from_text(text) == file_of(run)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("plan", "f00", "plan: 'f00' is none of the file's plans"),
        ("plan", {"attempt": 1}, "plan: {'attempt': 1} is none of the file's plans"),
        ("played", {"t": 0.0, "op": [0]}, "played.end: is missing"),
        ("played", {"t": 0.0, "op": [0], "end": 0, "taken": True, "read": True, "by": 1}, "played.by: is not known"),
        ("played", {"t": [0.0], "op": [0, 1], "end": 0, "taken": True, "read": True}, "played.t: expected 2 values"),
        ("played", {"t": "soon", "op": [0], "end": 0, "taken": True, "read": True}, "played.t[0]: expected a number"),
        ("played", {"t": 0.0, "op": 0, "end": 0, "taken": True, "read": True}, "played.op: expected a list"),
        ("played", [], "played: expected an object, found a list"),
    ],
)
def test_bad_attempts(name: str, value: object, said: str) -> None:
    """An attempt that names no plan of the file, or whose table is none, is refused by its place."""
    body = json.loads(to_json.to_text(file_of(passed())))
    body["runs"][0]["journals"]["wire"]["attempts"][0][name] = value
    with pytest.raises(BadRecord) as caught:
        to_json.from_text(json.dumps(body))
    assert str(caught.value).startswith(f"runs[0].journals.wire.attempts[0].{said}")


def test_every_operation_and_entry_has_a_line() -> None:
    """A file can be read and compared line by line."""
    lines = [line.strip().rstrip(",") for line in to_json.to_text(file_of(passed())).splitlines()]
    (plan,) = json.loads(to_json.to_text(file_of(passed())))["plans"].values()
    assert all(json.dumps(op, ensure_ascii=False) in lines for op in plan["ops"])
    assert sum(line.startswith('{"n": ') for line in lines) == 41


def test_deterministic() -> None:
    """Order without meaning is sorted, and floats have six digits."""
    one, other = file_of(passed(ttft_s=0.1 + 0.2)), file_of(passed(ttft_s=0.3))
    other.versions = dict(reversed(other.versions.items()))
    assert to_json.to_text(one) == to_json.to_text(other)


def test_nothing_that_a_terminal_obeys() -> None:
    """Control characters and direction marks stand in the file as escapes."""
    text = to_json.to_text(file_of(raised("\x1b[2J\x9b2J\u202e\u2028")))
    assert all(character.isprintable() or character == "\n" for character in text)


def test_fingerprint_leaves_out_real_time_only() -> None:
    """Two runs that differ in wall time alone are the same; any other difference shows."""
    same = to_json.fingerprint(passed())
    assert to_json.fingerprint(passed(wall_s=9.9)) == same
    assert to_json.fingerprint(passed(elapsed_s=9.9)) != same


def test_write_and_read(tmp_path: Path) -> None:
    """A file goes through the disk, and a second write replaces the first, leaving nothing else behind."""
    path = tmp_path / "new" / "record.json"
    to_json.write(file_of(truncated()), path)
    to_json.write(file_of(duplicated()), path)
    assert to_json.read(path) == file_of(duplicated())
    assert [one.name for one in path.parent.iterdir()] == ["record.json"]


def spoiled(**changes: object) -> str:
    """Return a record whose only run has these values changed or added."""
    body = json.loads(to_json.to_text(file_of(passed())))
    body["runs"][0].update(changes)
    return json.dumps(body)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "expected an object"),
        ('{"schema": 3}', "schema: 3 is unknown; this version reads schema 2"),
        ('{"schema": true}', "schema: True is unknown"),
        ('{"schema": 1}', "schema: 1 is of an older ssedrill, whose runs must be made again; this version reads"),
        ('{"schema": 2, "versions": {}}', "runs: expected a list, found nothing"),
        ('{"schema": 2, "runs": []}', "versions: is missing"),
        ('{"schema": 2, "versions": {}, "runs": [], "more": 1}', "more: is not known here"),
        ('{"schema": 2, "versions": {}, "runs": [7]}', "runs[0]: expected an object"),
        ('{"schema": 2, "versions": {}, "runs": [{}]}', "runs[0].scenario: is missing"),
        (spoiled(seed="1"), "runs[0].seed: expected a whole number, found text"),
        (spoiled(seed=True), "runs[0].seed: expected a whole number, found a truth value"),
        (spoiled(outcome="fine"), "runs[0].outcome: 'fine' is none of 'clean'"),
        (spoiled(verdict=[]), "runs[0].verdict: [] is none of"),
        (spoiled(numbers={"lost": "all"}), "runs[0].numbers.lost: expected a whole number, found text"),
        (spoiled(lost=1), "runs[0].lost: is not known here"),
        (spoiled(shown=[{"entry": 1, "generation": "a"}]), "runs[0].shown[0].number: is missing"),
        (
            spoiled(shown=[{"entry": 1, "generation": "a", "number": 1, "count": 10**12}]),
            "runs[0].shown: has more tokens",
        ),
        (spoiled(recovered_by="luck"), "runs[0].recovered_by: 'luck' is none of"),
        (spoiled(wire={}), "runs[0].wire: is not known here"),
        (spoiled(error={"class": "E"}), "runs[0].error: expected class and message"),
        (spoiled(journals={"wires": {}}), "runs[0].journals.wires: is not known here"),
        (spoiled(journals={"wire": {"attempts": [{}]}}), "runs[0].journals.wire.attempts[0].number: is missing"),
        (spoiled(checks=[{"id": 1}]), "runs[0].checks[0].id: expected text, found a whole number"),
        (spoiled(checks=[{"id": "x"}]), "runs[0].checks[0].severity: is missing"),
        (spoiled(notes=[{"base64": "?"}]), "runs[0].notes[0]: is neither text nor base64"),
    ],
)
def test_bad_records(text: str, said: str, tmp_path: Path) -> None:
    """What is no record is refused with the file and the place in it."""
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadRecord) as caught:
        to_json.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_unknown_operation() -> None:
    """An operation that this version does not know is refused by its place."""
    text = to_json.to_text(file_of(duplicated())).replace('"type": "reset"', '"type": "explode"')
    with pytest.raises(BadRecord, match=r"plans\.\w+\.ops\[\d+\]\.type: 'explode' is none of write, wait"):
        to_json.from_text(text)


def test_unreadable_files(tmp_path: Path) -> None:
    """A missing file, a folder and a binary file give one clear error each."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"{\xff")
    for path, said in ((tmp_path / "none", "No such file"), (tmp_path, "directory"), (binary, "byte 1 is not UTF-8")):
        with pytest.raises(BadRecord, match=said):
            to_json.read(path)


def test_infinite_numbers() -> None:
    """An answer may ask for an endless wait; the record says so and is still strict JSON."""
    run = passed()
    run.wire.attempts[0].plan = replace(run.wire.attempts[0].plan, retry_after_s=float("inf"))
    text = to_json.to_text(file_of(run))
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert to_json.from_text(text) == file_of(run)
