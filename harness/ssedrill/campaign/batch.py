"""A batch: some runs of one client as plain data, as they travel to another machine."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ssedrill import __version__
from ssedrill.campaign.bad_campaign import BadCampaign
from ssedrill.clock.choose import ClockWish
from ssedrill.model.clean_text import safe
from ssedrill.model.codec import BadValue, decode, encode
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.formats.to_json import BadRecord, parsed
from ssedrill.reporting.run_log import digest

EVERYWHERE: Mapping[str, str] = MappingProxyType({"ssedrill": __version__, "python": platform.python_version()})
"""The versions, as records name them, that every machine must have; those of this one."""


@dataclass(frozen=True)
class SentScenario:
    """A scenario as the text of its file; ``digest`` is of what the text means where it was sent."""

    family: str
    source: str
    text: str
    digest: str


@dataclass(frozen=True)
class SentRun:
    """One run: its number in the batch's campaign, and what tells it from the others of its client."""

    number: int
    scenario: int  # its place among those of the batch
    dialect: str
    seed: int
    repeat: int


@dataclass(frozen=True)
class SentClient:
    """A client as it was typed, secrets and all, and the name that it has in records.

    ``secrets`` are the values that the name does not tell, each with the number that stands there instead.
    """

    name: str
    spec: str
    secrets: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Batch:
    """Runs of one client, and what they need.

    ``versions`` must be the same there. ``passed`` are the names of the variables that programs are handed.
    """

    versions: dict[str, str]
    client: SentClient
    clock: ClockWish
    passed: str
    scenarios: tuple[SentScenario, ...]
    runs: tuple[SentRun, ...]

    def to_text(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(encode(self, full=True), ensure_ascii=True)

    @classmethod
    def from_text(cls, text: str) -> Batch:
        """Return the batch that a line of JSON is. Raises BadCampaign for another, and for one of another version."""
        try:
            body = decode(dict[str, Any], parsed(text), "")
            # Another version may write all else in another way.
            sent = decode(dict[str, str], body.get("versions"), "versions")
            check_versions({name: sent.get(name, "missing") for name in EVERYWHERE}, EVERYWHERE)
            batch: Batch = decode(cls, body, "")
            if not all(0 <= run.scenario < len(batch.scenarios) for run in batch.runs):
                raise BadValue("a run names none of the batch's scenarios", "runs")
        except (BadValue, BadRecord) as error:
            right = "`ssedrill run --executor` sends one, as one line of JSON"
            raise BadCampaign(f"standard input holds no batch ({error}); {right}") from None
        return batch


def content_digest(scenario: Scenario) -> str:
    """Return what differs if what a scenario means differs, wherever its file is."""
    return digest(replace(scenario, source=""))


def check_versions(sent: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Raise BadCampaign if a version is not the one that the campaign was planned with: its records would differ."""
    different = [
        f"{safe(name)} is {safe(here.get(name, 'missing'))} here and {safe(sent.get(name, 'missing'))} there"
        for name in sorted({*sent, *here})
        if sent.get(name) != here.get(name)
    ]
    if different:
        right = "install the same where the command is given and on every worker"
        raise BadCampaign(f"{', '.join(different)}: {right}")
