"""The JSON Schema of records, from the classes that they are read into: for programs that read them.

It says what this version of ssedrill writes, and takes every record that it does.
"""

from __future__ import annotations

from ssedrill.model.attempt_json import COLUMNS
from ssedrill.model.codec_schema import DRAFT, TEXT, Definitions, Schema, table
from ssedrill.model.record import SCHEMA, CallRecord, Record, RecordFile
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Plan

ERROR: Schema = {"anyOf": [{"type": "null"}, table({"class": TEXT, "message": TEXT}, ["class", "message"])]}
"""It is called by other names than in the class."""


def record_schema() -> Schema:
    """Return the schema of the file that ``--json`` writes."""
    made = Definitions()
    attempt = made.refer(AttemptLog, plan={"type": "string"}, played=_played(made))
    wire = made.refer(WireJournal, attempts=_list_of(attempt))
    call = made.refer(CallRecord, error=ERROR)
    run = made.refer(Record, wire=None, tokens=None, error=ERROR, calls=_list_of(call))
    journals = table({"wire": wire, "tokens": made.of(TokenJournal)}, [])
    made.made[Record.__name__]["properties"]["journals"] = journals
    made.refer(RecordFile, schema={"const": SCHEMA}, runs=_list_of(run))
    plans = {"type": "object", "additionalProperties": made.of(Plan)}
    file = made.made.pop(RecordFile.__name__)
    file["properties"]["plans"] = plans
    file["required"].append("schema")
    return {
        "$schema": DRAFT,
        "$id": f"ssedrill-record-{SCHEMA}.schema.json",
        "title": "A record of ssedrill",
        **file,
        "definitions": made.made,
    }


def _played(made: Definitions) -> Schema:
    """Return the schema of the table in columns that what was played is."""
    columns = {}
    for name, kind in COLUMNS.items():
        one = made.of(kind)
        columns[name] = {"anyOf": [one, _list_of(one)]} if name != "op" else _list_of(one)
    return table(columns, list(columns))


def _list_of(one: Schema) -> Schema:
    return {"type": "array", "items": one}
