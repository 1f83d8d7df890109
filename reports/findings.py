"""Print what real clients did wrong, from the record of a run: which failures lose text, hang, repeat it, or loop.

    python reports/findings.py ssedrill-report/record.json ssedrill-report/node.json

`make findings` runs every built-in scenario first, and those of the calls with Node's SDKs if they are there. A row
is what the applications of some clients were left with.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from readme import versions

from ssedrill.model.record import Outcome, Record
from ssedrill.reporting.formats import to_json

SAID = {
    Outcome.TRUNCATED_SILENTLY: "loses text in silence",
    Outcome.DUPLICATED: "shows text twice",
    Outcome.SPLICED: "joins two answers",
    Outcome.CORRUPTED: "shows what was not sent",
    Outcome.FAILED_DIRTY: "fails, with wrong text shown",
    Outcome.HUNG: "hangs",
    Outcome.LOOPING: "asks without end",
    Outcome.CRASHED: "crashes",
}
"""What is bad of itself, whatever a scenario asks, in the order of the table."""


def rows(runs: list[Record]) -> list[str]:
    """Return the table's rows: by what is wrong, then by client; those that did alike share one."""
    found: dict[tuple[Outcome, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        if run.outcome in SAID:
            found[run.outcome, run.client][run.scenario].add(run.dialect)
    order = list(SAID)
    alike: dict[tuple[Outcome, str], list[str]] = defaultdict(list)
    for (outcome, client), scenarios in sorted(found.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        spoken = {run.dialect for run in runs if run.client == client}
        named = [
            f"`{name}`" + ("" if dialects == spoken else f" ({', '.join(sorted(dialects))})")
            for name, dialects in sorted(scenarios.items())
        ]
        alike[outcome, ", ".join(named)].append(client)
    return [f"| {SAID[outcome]} | {', '.join(clients)} | {named} |" for (outcome, named), clients in alike.items()]


def main() -> None:
    """Print the table."""
    files = [to_json.read(Path(name)) for name in sys.argv[1:]]
    runs = [run for file in files for run in file.runs]
    print("# What today's clients do wrong\n")
    print(f"`make findings` makes this table: every built-in scenario, {len(runs)} runs, seed 1.")
    print("Node's SDKs are drilled in those of several calls only, and where they are installed.")
    print("What a client does right, or fails at honestly, is not in it. A name in brackets: in this dialect only.\n")
    print(f"{versions({name: of for file in files for name, of in file.versions.items()})}\n")
    for left_out in filter(None, (file.meta.get("left out") for file in files)):
        print(f"Not drilled, and so not in the table: {left_out}.\n")
    print("| what | client | in which scenarios |\n| --- | --- | --- |")
    print("\n".join(rows(runs)))


if __name__ == "__main__":
    main()
