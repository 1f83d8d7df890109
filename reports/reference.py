"""Write docs/reference.md: every key of a scenario file, from the code that reads it.

python reports/reference.py
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.check import CheckKind
from ssedrill.loading.builtin import builtin_files
from ssedrill.loading.described import Setting, positions_of, settings_of
from ssedrill.loading.explained import TABLES
from ssedrill.loading.toml_scenario import KEYS
from ssedrill.model.cancel import Cancel
from ssedrill.model.scenario import CallGroup, Scenario, Server, Stream, Unit
from ssedrill.model.when import When
from ssedrill.reporting.views.list_rows import fault_rows
from ssedrill_faults import FAULTS

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"

BOUNDS = {
    Unit.OUTCOMES: "a list of outcomes",
    Unit.COUNT: 'a comparison: `"<= 4"`',
    Unit.DURATION: 'a comparison with a duration: `"<= 2 s"`',
    Unit.NAMES: "a list of names",
    Unit.WORD: "a word",
    Unit.KEPT: '`"kept"`',
}
LAYERS = {"door": "at the door", "answer": "of the answer", "wire": "of the wire"}


def page() -> str:
    """Return the whole page."""
    return "\n".join((*_head(), *_tables(), *_faults(), *_checks())) + "\n"


def _head() -> Iterator[str]:
    yield "# Reference of scenario files"
    yield ""
    yield "Every key, made by `python reports/reference.py` from the code that reads it."
    yield "[scenarios.md](scenarios.md) tells how they go together; `ssedrill list faults NAME` tells of one fault."
    yield ""
    yield 'A duration is a string with a unit, such as `"250 ms"`, `"2 s"`, `"5 min"`, `"1 h"`.'


def _tables() -> Iterator[str]:
    top = [one for one in settings_of(Scenario) if one["name"] in KEYS and one["name"] not in ("stream", "server")]
    yield from _table("The file itself", "", top)
    yield from _table("`[stream]`", TABLES["stream"], settings_of(Stream))
    yield from _table("`[server]`", TABLES["server"], settings_of(Server))
    yield from _table(
        "`[[attempt]]`",
        "What one request meets: `faults = [...]`, each as below; none are a healthy answer. The last attempt holds"
        " for all later requests. `when = { ... }` says for which requests it is; all that is given must fit:",
        settings_of(When),
    )
    own = [one for one in settings_of(CallGroup) if one["name"] not in ("attempts", "expectations", "cancel")]
    yield from _table(
        "`[[call]]`",
        "A group of calls over one session of the client. It may have `[[call.attempt]]`, `[call.must]` and"
        " `[call.should]` of its own; left out, those of the file hold.",
        own,
    )
    yield from _table("`cancel` of a call", "When it is told to stop; one of these:", settings_of(Cancel))


def _table(title: str, about: str, settings: Iterable[Setting], level: str = "##") -> Iterator[str]:
    yield from ("", f"{level} {title}", "")
    if about:
        yield from (about, "")
    yield from _rows(settings)


def _rows(settings: Iterable[Setting]) -> Iterator[str]:
    yield "| key | type | left out | meaning |"
    yield "|---|---|---|---|"
    for one in settings:
        default = one.get("default")
        shown = (
            "required" if one.get("required") else "" if default in (None, [], {}, "") else f"`{json.dumps(default)}`"
        )
        yield f"| `{one['name']}` | {_cell(one['type'])} | {shown} | {_cell(one['meaning'])} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("``", "`")


def _faults() -> Iterator[str]:
    yield from ("", "## Faults", "")
    yield "What only reshapes an answer need not be noticed by a client that does everything right. Every fault takes"
    yield "`dialects`, a list of those in which it is applied. A fault with a position is given exactly one of these:"
    yield ""
    yield from _rows(positions_of(FAULTS["reset"]))
    used = _examples()
    for row in fault_rows(FAULTS):
        about = f"{row['about']} ({LAYERS[row['layer']]}{', only reshapes' if row['shaping'] else ''})"
        settings = [one for one in row["settings"] if not one.get("of_every")]
        yield from ("", f"### `{row['name']}`", "", about, "")
        if settings:
            yield from (*_rows(settings), "")
        if row["positions"]:
            ways = ", ".join(f"`{one['name']}`" for one in row["positions"])
            yield f"Position{'' if row['position_required'] else ', or from the start'}: {ways}."
            yield ""
        if row["name"] in used:
            scenario, written = used[row["name"]]
            yield from ("```toml", f"faults = [{written}]    # {scenario}", "```")


def _examples() -> dict[str, tuple[str, str]]:
    """Return for each fault the shortest use of it in a built-in scenario, with that scenario's name."""
    found: dict[str, tuple[str, str]] = {}
    for name, path in builtin_files().items():
        told = tomllib.loads(path.read_text("utf-8"))
        groups = [told, *told.get("call", [])]
        for fault in (one for group in groups for rule in group.get("attempt", []) for one in rule.get("faults", [])):
            (kind,) = fault
            if kind not in found or len(_inline(fault)) < len(found[kind][1]):
                found[kind] = (name, _inline(fault))
    return found


def _inline(value: Any) -> str:
    """Return a value as it stands in one line of TOML."""
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + " }"
            if value
            else "{}"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value, ensure_ascii=True)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else json.dumps(key)


def _checks() -> Iterator[str]:
    yield from ("", "## `[must]` and `[should]`", "")
    yield "What is broken under `[must]` fails the drill; under `[should]` it is a warning. A question arises only"
    yield "if there was what it asks about. Without that a check under `[must]` proves nothing, and so does the run."
    yield ""
    yield "| key | bound | asks | arises from |"
    yield "|---|---|---|---|"
    for name, check in CHECKS.items():
        if check.unit is not None:
            yield f"| `{name}` | {_bound(check)} | {_cell(check.about)} | {_cell(check.stimulus.named)} |"


def _bound(check: CheckKind) -> str:
    assert check.unit is not None
    words = " or ".join(f'`"{word}"` ({_cell(means)})' for word, means in check.values.items())
    return words or BOUNDS[check.unit]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
