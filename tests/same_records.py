"""Prove that two revisions of the code judge every run alike: same journals, same numbers, same words.

    python tests/same_records.py e4c0eab          this work tree against that commit

Each revision runs its own code and its own built-in clients, and the broken clients of its own tests, through its own
scenarios, with one seed, on the virtual clock. The records must be equal: but for ``wall_s`` and ``meta``, which hold
real time, and for what the tables below say was renamed or moved. Exit code 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

RENAMED: dict[str, str] = {}
"""Keys of a run's JSON, by their path in the older revision: ``"journals.wire.attempts[].kind"``."""

MOVED = {
    "numbers": (
        *("requests", "retries", "withdrawn", "duplicates", "lost", "reordered", "corrupted", "spliced"),
        *("wasted_tokens", "recovery", "retry_after", "gaps_s", "ttft_s", "longest_silence_s", "elapsed_s"),
    )
}
"""Keys that stood in the run itself in the older revision, by the object in which they stand today."""

_PLAN = "journals.wire.attempts[].plan"
ADDED = frozenset(
    {
        "shown",
        "printed",
        *(f"{_PLAN}.{key}" for key in ("extras", "reads_at", "says", "first_token", "ops[].harm")),
    }
)
"""Keys, by their paths, that the older revision had not: what stands there today is nothing to compare."""

RUN = "/<run>"
"""What stands in front of every path today, in the journal and in the addresses that messages name."""

REWORDED: dict[str, str] = {
    "ssedrill.drivers.session.Session.": "ssedrill.drivers.in_process.function_call.FunctionCall.",
    "ssedrill.drivers.in_process.session.Session.": "ssedrill.drivers.in_process.function_call.FunctionCall.",
}
"""Pieces of text in the older revision that name modules or classes, and what they are called now."""

PATH = "journals.wire.attempts[].path"

BROKEN_CLIENTS = (
    *(f"honest:{name}" for name in ("resumes", "continues", "restarts", "holds_back", "raises")),
    *(f"sinners:{name}" for name in ("shows_twice", "loses_three", "swaps_two", "prints_garbage", "garbles")),
    *(f"sinners:{name}" for name in ("shows_wrong_then_raises", "takes_eof_for_the_end", "hangs")),
)
"""Clients of the tests that between them come to nearly every outcome."""

REAL_TIME = ("wall_s",)
SHOWN = 20


def main() -> int:
    """Compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--keep", metavar="FILE", help="write all differences there, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, checked_out(options.base, Path(scratch) / "base") as base:
        before = runs(base, Path(scratch) / "before.json", options.seed)
        after = runs(ROOT, Path(scratch) / "after.json", options.seed)
    older = {key: as_today(run) for key, run in before.items()}
    differing = {key: list(differences(run, after.get(key))) for key, run in older.items()}
    differing = {key: found for key, found in differing.items() if found}
    if options.keep:
        kept = {" ".join(key): found for key, found in sorted(differing.items())}
        Path(options.keep).write_text(json.dumps(kept, indent=1), "utf-8")
    for key, found in sorted(differing.items())[:SHOWN]:
        print(" ".join(key))
        for place, old, new in found[:SHOWN]:
            print(f"    {place}: {short(old)} -> {short(new)}")
    places = Counter(place for found in differing.values() for place, _, _ in found)
    for place, count in places.most_common(SHOWN):
        print(f"{count:6}  {place}")
    print(f"{len(older) - len(differing)} of {len(older)} runs are the same as in {options.base}", end="")
    print(f"; {len(after.keys() - older.keys())} runs are new")
    return 1 if differing or not older else 0


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Have a revision in a folder of its own."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def runs(root: Path, file: Path, seed: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """Run everything in a revision and return its runs, each with its plans inside it."""
    path = os.pathsep.join(str(root / part) for part in ("harness", "faults", "tests"))
    command = [sys.executable, "-m", "ssedrill", "run", "--seed", seed, "--json"]
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for clients in ([], [word for spec in BROKEN_CLIENTS for word in ("-c", f"broken_clients.{spec}")]):
        print(f"running {root}", "the broken clients" if clients else "the built-in clients", flush=True)
        done = subprocess.run(
            [*command, str(file), *clients],
            cwd=root,
            env={**os.environ, "PYTHONPATH": path, "CI": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise SystemExit(f"{root}: exit code {done.returncode}")
        body = json.loads(file.read_text("utf-8"))
        for run in body["runs"]:
            for attempt in run["journals"]["wire"].get("attempts", ()):
                attempt["plan"] = body["plans"][attempt["plan"]]
            key = (run["scenario"], run["client"], run["dialect"], str(run["repeat"]))
            found[key] = {name: value for name, value in run.items() if name not in REAL_TIME}
    return found


def as_today(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run of the older revision as today's would say it."""

    def renamed(value: Any, place: str) -> Any:
        if isinstance(value, dict):
            return {RENAMED.get(f"{place}{key}", key): renamed(item, f"{place}{key}.") for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item, f"{place.removesuffix('.')}[].") for item in value]
        if isinstance(value, str):
            for old, new in REWORDED.items():
                value = value.replace(old, new)
            value = re.sub(f"(//<host>)(?=/)(?!{RUN})", rf"\1{RUN}", value)
            if place.removesuffix(".") == PATH and not value.startswith(RUN):
                value = RUN + value
        return value

    result: dict[str, Any] = renamed(run, "")
    for inside, keys in MOVED.items():
        result[inside] = {key: result.pop(key) for key in keys if key in result} | result.get(inside, {})
    return result


def differences(old: Any, new: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Give the places at which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            path = f"{place}.{key}".lstrip(".")
            if key in old or path not in ADDED:
                yield from differences(old.get(key, "(nothing)"), new.get(key, "(nothing)"), path)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from differences(one, other, f"{place}[]")
    elif old != new:
        yield place, old, new


def short(value: Any) -> str:
    """Return a value as it fits into a line."""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 160 else f"{text[:150]}..."


if __name__ == "__main__":
    sys.exit(main())
