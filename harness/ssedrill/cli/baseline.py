"""What ``--baseline`` and ``--write-baseline`` do: read before the runs, judge or write after them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from ssedrill.cli.again import as_given
from ssedrill.cli.drill import own_versions
from ssedrill.cli.parameters import as_seen_from
from ssedrill.comparing.baseline.entry import FILE_NAME, Baseline, read_baseline
from ssedrill.comparing.baseline.judge import may_be_known, with_baseline
from ssedrill.comparing.baseline.names import check_names
from ssedrill.comparing.baseline.write import check_kept, rewritten
from ssedrill.drivers.driver import Client
from ssedrill.model.record import Record, RecordFile
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.store.files import NotWritable, make_writable, write_text


@dataclass(frozen=True)
class KeptBaseline:
    """The baseline of a command under way; ``writes``: it is to be written anew."""

    baseline: Baseline
    writes: bool
    sources: Mapping[str, str]  # the files of scenarios that are not built in

    @classmethod
    def ready(
        cls,
        baseline: Path | None,
        write: Path | None,
        scenarios: Sequence[Scenario],
        clients: Sequence[Client],
        sources: Mapping[str, str],
    ) -> KeptBaseline:
        """Read the baseline that is asked for, before anything is run; raises BadScenario, NotWritable.

        ``scenarios`` are all that the command knows of, run or not. One that is to be written may be missing.
        """
        path = baseline or write
        assert path is not None
        if str(path) == "-":
            raise click.UsageError(f"a baseline is a file, read and written: name one, such as {FILE_NAME}")
        if write is not None:
            make_writable(write)
        if write is not None and not write.exists():
            found = Baseline(write, ())
        else:
            command = as_given(clients).get("command", "ssedrill run")
            found = read_baseline(path, missing=f"{command} --write-baseline {as_seen_from(Path.cwd(), path)}")
        known = [client.name for client in clients]
        if write is not None:
            check_kept(found)
        check_names(found, scenarios=scenarios, clients=known, versions=own_versions())
        return cls(found, write is not None, {name: os.path.abspath(source) for name, source in sources.items()})

    def may_be_known(self, run: Record) -> bool:
        """Tell whether a bad run is no reason to end the others (``--fail-fast``): as far as one run tells."""
        return may_be_known(self.baseline, run, _today())

    def apply(self, file: RecordFile) -> tuple[str, dict[Path, Exception]]:
        """Put into the record what the baseline says of it, written anew if that is asked for.

        Return what is to be said of that, and what could not be written, and why. Of interrupted runs nothing is
        written.
        """
        found, said, missing = self.baseline, "", dict[Path, Exception]()
        if self.writes and file.interrupted:
            said = f"{found.path} was not written: not every run was done."
        elif self.writes:
            new = rewritten(found, file, self.sources, _today())
            try:
                write_text(found.path, new.text)
            except NotWritable as error:
                missing[found.path] = error
            else:
                counts = {"kept": new.kept, "changed": new.changed, "added": new.added, "removed": new.removed}
                said = f"Baseline: {found.path}: {', '.join(f'{count} {word}' for word, count in counts.items())}."
                found = read_baseline(found.path, missing="")
        file.baseline = with_baseline(found, file, _today())
        return said, missing


def _today() -> date:
    return date.today()
