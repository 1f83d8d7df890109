"""The JSON Schema of baselines, from the class that their entries are read into: for editors, and for programs."""

from __future__ import annotations

from dataclasses import MISSING, fields

from ssedrill.comparing.baseline.entry import ENTRIES, Entry
from ssedrill.loading.json_schema import table_schema
from ssedrill.model.codec_schema import DRAFT, Schema
from ssedrill.model.record import Outcome

VERSION = 1
"""It grows if a baseline that was right becomes wrong; new keys leave it as it is."""


def baseline_schema() -> Schema:
    """Return the schema of a baseline."""
    entry = table_schema(Entry)
    entry["properties"]["outcome"]["enum"] = [one.value for one in Outcome if one.is_tested]
    entry["properties"]["reason"]["pattern"] = r"\S"
    entry["required"] = [one.name for one in fields(Entry) if one.default is one.default_factory is MISSING]
    return {
        "$schema": DRAFT,
        "$id": f"ssedrill-baseline-{VERSION}.schema.json",
        "title": "A baseline of ssedrill",
        "type": "object",
        "properties": {ENTRIES: {"type": "array", "items": entry}},
        "additionalProperties": False,
    }
