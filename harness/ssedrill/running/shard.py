"""One of several parts of the planned runs, for machines that share them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssedrill.running.job import Job

MOST_SHARDS = 9999


@dataclass(frozen=True)
class Shard:
    """The ``number``-th of ``count`` parts, counted from 1: every ``count``-th drill, with all of its repeats."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs of this part, in their order."""
        drills: dict[tuple[str, str, str], int] = {}
        for job in jobs:
            drills.setdefault(_drill(job), len(drills))
        return [job for job in jobs if drills[_drill(job)] % self.count == self.number - 1]


def _drill(job: Job) -> tuple[str, str, str]:
    return job.scenario.name, job.client.name, job.dialect
