"""``ssedrill compare``: what has changed from one record to another."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from ssedrill.cli.annotate import annotate, annotating
from ssedrill.cli.console import err, out
from ssedrill.cli.exit_codes import EXIT_BAD_DRILL
from ssedrill.cli.parameters import Place
from ssedrill.cli.records import read
from ssedrill.cli.written_files import tell_missing
from ssedrill.comparing.compare import Comparison, compare
from ssedrill.model.record import RecordFile
from ssedrill.reporting.comparison import markdown, to_json
from ssedrill.reporting.comparison.table import write_all
from ssedrill.reporting.comparison.terminal import print_comparison
from ssedrill.reporting.github.annotations import of_comparison
from ssedrill.reporting.store.files import write_text


@click.command("compare")
@click.argument("old", type=click.Path(path_type=Path), metavar="OLD")
@click.argument("new", required=False, type=click.Path(path_type=Path), metavar="[NEW]")
@click.option("--client", "-c", "pairs", multiple=True, metavar="NAME|OLD=NEW",
              help="Only this client; OLD=NEW: one under another name; may be repeated.")  # fmt: skip
@click.option("--strict", is_flag=True, help="A measure that got worse is a regression, too.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Seed of the test of measures.")
@click.option("--json", "json_file", type=Place(), metavar="FILE",
              help="Write the comparison; - for standard output.")  # fmt: skip
@click.option("--report", "folder", type=Place(), metavar="DIR",
              help="Write comparison.html, .md and .json into DIR.")  # fmt: skip
@annotating
def command(
    old: Path,
    new: Path | None,
    pairs: tuple[str, ...],
    strict: bool,
    seed: int,
    json_file: Path | None,
    folder: Path | None,
    annotation: str | None,
) -> int:
    """Compare two records: what is fixed, broken, fails differently, is new or gone, and what is measured.

    OLD and NEW are records (--json of ssedrill run), folders of reports, or a runs.jsonl. Without NEW two clients of
    one record are compared, such as two versions of one library that were drilled side by side:

    \b
      ssedrill compare main.json branch.json --report comparison
      ssedrill run -c openai-1=venv:old:openai -c openai --json both.json
      ssedrill compare both.json -c openai-1=openai

    A drill is a scenario, a client and a dialect; the worst of its runs speaks for it. It is broken if it passed and
    does not any more: "not tested" and "unsupported" are no passes. It fails differently if it passes in neither,
    with another outcome or other checks broken. What is new or gone is told, and is no regression.

    Measures are equal or not in virtual time, with the same seeds. Over repeats on the real clock (five on either
    side, or more) they differ if a permutation test of the means gives p < 0.01 and the means differ by 10 % or more.
    One run is never compared with one run there.

    Exit code 1: a regression (a drill is broken, or it fails with a worse outcome than before; with --strict also
    if a measure got worse); 0: none; 2: bad input, or no drill is in both records.
    """
    if new is None and not any("=" in pair for pair in pairs):
        raise click.UsageError("name a second record, or two clients of this one: --client OLD=NEW")
    before = read(old)
    after = before if new is None else read(new)
    wanted = _pairs(pairs, before, after)
    comparison = compare(before, after, clients=wanted, strict=strict, seed=seed)
    if not comparison.drills:
        raise click.UsageError("there is nothing to compare: neither record has a run")
    _write(comparison, json_file, folder)
    to_stdout = json_file is not None and str(json_file) == "-"
    print_comparison(err() if to_stdout else out(), comparison)
    missing = {}
    if annotation is not None:
        missing = annotate(of_comparison(comparison), markdown.only_new(comparison), err=to_stdout)
    if not any(one.old and one.new for one in comparison.drills):
        right = "name the record of the same drills, or by --client OLD=NEW what a client is called in each"
        raise click.UsageError(f"nothing was compared: no drill is in both records; {right}")
    return tell_missing(missing, err()) or (EXIT_BAD_DRILL if comparison.regressions else 0)


def _write(comparison: Comparison, json_file: Path | None, folder: Path | None) -> None:
    if folder is not None:
        write_all(comparison, folder)
    if json_file is not None and str(json_file) == "-":
        click.echo(to_json.to_text(comparison), nl=False)
    elif json_file is not None:
        write_text(json_file, to_json.to_text(comparison))


def _pairs(pairs: tuple[str, ...], old: RecordFile, new: RecordFile) -> dict[str, str] | None:
    """Return which client is compared with which; None for all. Raises click.UsageError if one has two partners."""
    found: dict[str, str] = {}
    partners: dict[str, str] = {}
    for pair in pairs:
        was, now = _pair(pair, old, new)
        for name, other, there in ((was, now, found), (now, was, partners)):
            if there.setdefault(name, other) != other:
                first = f"{name}={there[name]}" if there is found else f"{there[name]}={name}"
                raise click.UsageError(f"--client {pair[:200]}: {name} stands in {first} already: one at a time")
    return found or None


def _pair(pair: str, old: RecordFile, new: RecordFile) -> tuple[str, str]:
    """Return the names of a client in both records; raises click.UsageError for one that is in neither."""
    was, equals, now = pair.partition("=")
    now = now if equals else was
    of_old, of_new = ({run.client for run in file.runs} for file in (old, new))
    for name, there, where in ((was, of_old, "the old record"), (now, of_new, "the new record")):
        if name not in there and (equals or name not in of_old | of_new):
            near = get_close_matches(name[:100], there, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(there)) or 'no runs'}"
            raise click.UsageError(f"--client {pair[:200]}: {where} has no client {name[:100]!r}; {hint}")
    return was, now
