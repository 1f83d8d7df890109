"""Break the code that judges and plans on purpose, and see whether the tests notice.

    python -m mutants                             25 mutants of each group, drawn with seed 0
    python -m mutants --seed 7 --per-group 50 ledger metrics
    python -m mutants --all outcome               every mutant there is

Exit code 1 if a group has fewer than 97 % of its mutants killed; those that are listed as equivalent are not drawn.

Why not a tool that exists: mutmut (3.8) mutates functions only and not the tables and classes beside them, draws no
sample, and knows no least share; cosmic-ray (8.7) writes its mutants into the work tree, one at a time, draws no
sample, and starts Python and all imports anew for each; mutatest (3.1) is not kept for today's Python. None of them
lists equivalent mutants with a reason apart from the code.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from mutants.cold import run_cold
from mutants.equivalents import equivalents
from mutants.groups import Group, groups
from mutants.mutations import Mutant, mutants_of
from mutants.pool import forked, in_children, limit_cpu
from mutants.warm import run_warm

ROOT = Path(__file__).resolve().parents[2]
LEAST = 0.97
COLD_CPU_S = 120.0
WALL_S = 1800.0
"""Ends a child that waits for something that never comes; one that spins is ended by the processor time it takes."""

_SURVIVED, _INTERRUPTED, _NONE_RUN = 0, 2, 5
"""Exit codes of pytest; it says "interrupted" where a file of tests could not even be imported."""

Drawn: TypeAlias = tuple[Mutant, Group]
Tried: TypeAlias = tuple[Drawn, int]
"""A mutant, and how its tests ended."""


def main() -> int:
    """Be a program."""
    options = _options()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.chdir(ROOT)
    chosen = [group for group in groups(ROOT) if not options.groups or group.name in options.groups]
    drawn = [(mutant, group) for group in chosen for mutant in _draw(group, options)]
    random.Random(options.seed).shuffle(drawn)  # the groups end together, and the time left can be guessed
    killed: list[Drawn] = []
    survived: list[Drawn] = []
    stopped = False
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        try:
            for one, code in _tried(drawn, chosen, Path(scratch), options.jobs):
                (survived if code == _SURVIVED else killed).append(one)
                if code == _SURVIVED:
                    print(f"\rsurvived: {one[0]}", flush=True)
                count = len(killed) + len(survived)
                print(f"\r{count} of {len(drawn)} ", end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            stopped = True
            print("\nstopped: what was found so far", file=sys.stderr)
    code = _report(chosen, killed, survived)
    return 130 if stopped else code


def _options() -> argparse.Namespace:
    names = [group.name for group in groups(ROOT)]
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    parser.add_argument("--per-group", type=int, default=25, metavar="N", help="how many are drawn (default: 25)")
    parser.add_argument("--all", action="store_true", help="draw none: try every mutant")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time (default: one a core)")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(names):
        parser.error(f"no group is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return options


def _draw(group: Group, options: argparse.Namespace) -> list[Mutant]:
    same = equivalents()
    there = [one for file in group.files for one in mutants_of(ROOT, file) if one.name not in same]
    if options.all or len(there) <= options.per_group:
        return there
    return random.Random(f"{options.seed} {group.name}").sample(there, options.per_group)


def _tried(drawn: list[Drawn], chosen: list[Group], scratch: Path, jobs: int) -> Iterator[Tried]:
    """Try all mutants: those of functions first, which is quick."""
    tests = list(dict.fromkeys(path for group in chosen for path in group.tests))
    warm = [one for one in drawn if one[0].called is not None]
    yield from _warm(warm, tests, scratch, jobs)
    _import_what_never_changes()

    def work(one: Drawn) -> int:
        limit_cpu(COLD_CPU_S)
        return run_cold(ROOT, one[0], one[1].tests, _made(scratch / str(os.getpid())))

    for ended in in_children(work, [one for one in drawn if one[0].called is None], jobs=jobs, wall_s=WALL_S):
        yield ended.thing, _checked(ended.code, ended.thing)


def _warm(drawn: list[Drawn], tests: list[str], scratch: Path, jobs: int) -> Iterator[Tried]:
    """Try mutants of functions, in a process that tells through a pipe what became of each."""
    reader, writer = os.pipe()
    folder = _made(scratch / "warm")

    def tell(place: int, code: int) -> None:
        os.write(writer, f"{place} {code}\n".encode())

    def work(_: None) -> int:
        os.close(reader)
        return run_warm(ROOT, [one for one, _ in drawn], tests, folder, tell, jobs=jobs, wall_s=WALL_S)

    server = forked(work, None)
    os.close(writer)
    try:
        with open(reader) as told:
            for line in told:
                place, code = map(int, line.split())
                yield drawn[place], _checked(code, drawn[place])
    except BaseException:
        os.kill(server, signal.SIGTERM)  # it ends its own children
        raise
    finally:
        _, status = os.waitpid(server, 0)
    if os.waitstatus_to_exitcode(status) not in (_SURVIVED, _NONE_RUN):
        sys.exit((folder / "out").read_text())


def _checked(code: int, one: Drawn) -> int:
    if code > _INTERRUPTED:
        sys.exit(f"\nthe tests of this mutant ended with {code}: {one[0]}")
    return code


def _import_what_never_changes() -> None:
    """Import once, for all children, what is not of this project."""
    import aiohttp
    import click
    import h11
    import httpx
    import pydantic
    import rich.console

    assert all((aiohttp, click, h11, httpx, pydantic, rich.console))
    assert not [name for name in sys.modules if name.startswith("ssedrill")]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _report(chosen: list[Group], killed: list[Drawn], survived: list[Drawn]) -> int:
    """Print the table and return the exit code."""
    print(f"\n{'group':<12}{'mutants':>8}{'killed':>8}{'share':>9}")
    bad = False
    for group in chosen:
        found = sum(one.name == group.name for _, one in killed)
        count = found + sum(one.name == group.name for _, one in survived)
        share = found / count if count else 1.0
        bad |= share < LEAST
        print(f"{group.name:<12}{count:>8}{found:>8}{share:>9.1%}{'  too few' if share < LEAST else ''}")
    for mutant in sorted((mutant for mutant, _ in survived), key=lambda one: (one.file, one.number)):
        print(f"\n{mutant.file}:{mutant.number} in {mutant.function or 'the module'}")
        print(f"    {mutant.line}\n    {mutant.change}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
