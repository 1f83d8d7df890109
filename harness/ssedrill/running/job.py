"""One run that is to be done."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ssedrill.dialects.call import API_KEY, MODEL, PROMPT
from ssedrill.drivers.driver import Client
from ssedrill.model.scenario import Scenario
from ssedrill.model.secrets.known import Secrets


@dataclass(frozen=True)
class Job:
    """One run to be done."""

    scenario: Scenario
    client: Client
    dialect: str
    seed: int = 0
    repeat: int = 0


def secrets_of(job: Job) -> Secrets:
    """Return what is known of a run's secrets before it begins: those of the environment and of the command line."""
    secrets = Secrets((API_KEY, MODEL, PROMPT, job.scenario.name), dict(job.client.secrets))
    secrets.learn_environment(os.environ)
    return secrets
