"""The JSON Schema of records: what is written keeps to it, and what breaks it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft7Validator

from ssedrill.clients import CLIENTS
from ssedrill.loading.load import load_text
from ssedrill.model.record import SCHEMA, RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.record_schema import record_schema
from ssedrill.reporting.formats.to_json import BadRecord
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs
from ssedrill.running.one_run import drill
from ssedrill.running.repeats import repeats_of
from support.records import duplicated, raised, untested

VALIDATOR = Draft7Validator(record_schema())

SCENARIO = """
name = "all-of-it"
about = "Doors, other bytes, several calls, a stop, and a wait."
dialects = ["eventsource"]
patience = "300 ms"
deadline = "60 s"
[stream]
retry = "10 ms"
tokens = 10
[server]
fallback = true
[[attempt]]
faults = [{ refuse = { for = "1 s" } }]
[[attempt]]
faults = [{ status = { code = 429, retry_after = "2 s", body = "ก" } }]
[[attempt]]
faults = [{ insert_event = { after_token = 3, raw_hex = "ff fe 0a 0a" } }, { stall = { after_token = 5 } }]
[[attempt]]
[[call]]
[[call]]
count = 2
cancel = { after_token = 2 }
[[call.attempt]]
[must]
outcome = ["recovered", "cancelled", "clean"]
[should]
recovery = "<= 2 s"
"""


@pytest.fixture(scope="module")
def written() -> str:
    """Return a record of many kinds of things that can be in one, some of them run and some made by hand."""
    scenario = load_text(SCENARIO)
    jobs = plan_jobs([scenario], [CLIENTS["reference"]], seed=0, repeat=2, dialects=("eventsource",))
    runs = [drill(Job(job.scenario, job.client, job.dialect, job.seed, job.repeat)) for job in jobs]
    runs[0].printed = "\udcff"
    file = RecordFile({"ssedrill": "0"}, [*runs, duplicated(), untested(), raised("no")], planned=200, price=0.5)
    file.scenarios = [scenario.facts]
    file.repeats = repeats_of(jobs, runs)
    return to_json.to_text(file)


def test_it_is_a_schema() -> None:
    """Of the draft that it names, and of the number that records have."""
    Draft7Validator.check_schema(record_schema())
    assert record_schema()["$id"] == f"ssedrill-record-{SCHEMA}.schema.json"


def test_what_is_written_keeps_to_it(written: str) -> None:
    """Keys, types and words; and no key of a record goes without saying."""
    assert [error.message[:200] for error in VALIDATOR.iter_errors(json.loads(written))] == []
    assert to_json.from_text(written).price == 0.5


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("schema"),
        lambda body: body.update(schema=SCHEMA + 1),
        lambda body: body.update(extra=1),
        lambda body: body["versions"].update(ssedrill=1),
        lambda body: body["runs"][0].pop("seed"),
        lambda body: body["runs"][0].update(seed="0"),
        lambda body: body["runs"][0].update(outcome="fine"),
        lambda body: body["runs"][0].update(extra=1),
        lambda body: body["runs"][0]["numbers"].update(requests=1.5),
        lambda body: body["runs"][0]["calls"][0]["checks"][0].pop("id"),
        lambda body: body["runs"][0]["calls"][1].update(cancelled_t="soon"),
        lambda body: body["runs"][0]["journals"]["wire"]["attempts"][0].update(plan=5),
        lambda body: body["runs"][0]["journals"]["wire"]["attempts"][1]["played"].pop("t"),
        lambda body: body["runs"][0]["calls"][0]["tokens"]["entries"][0].update(kind="shout"),
        lambda body: body["runs"][-1]["journals"].update(more={}),
        lambda body: next(iter(body["plans"].values()))["ops"][0].update(type="explode"),
        lambda body: body["scenarios"][0].update(about=5),
    ],
)
def test_what_breaks_it_is_refused(spoil: Callable[[dict[str, Any]], object], written: str) -> None:
    """By the schema, and by ssedrill itself."""
    body = json.loads(written)
    spoil(body)
    assert not VALIDATOR.is_valid(body)
    with pytest.raises(BadRecord):
        to_json.from_text(json.dumps(body))
