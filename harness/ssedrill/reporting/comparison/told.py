"""A comparison in words, which the formats for people lay out: sections of drills, and a table of the clients."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from ssedrill.comparing.compare import Change, Changed, Comparison
from ssedrill.comparing.drills import Drill
from ssedrill.comparing.measures import PASSED, TEST, THRESHOLD_P, Finding, Measured, Values
from ssedrill.model.phrases import grouped
from ssedrill.model.record import RecordFile, Verdict
from ssedrill.reporting.views.calls import lines_to_tell
from ssedrill.reporting.views.side_by_side import columns, side_by_side
from ssedrill.reporting.views.wording import how_far, seconds

MOST_MEASURES = 12
"""So many measures are told of a drill; the JSON has them all."""
NONE = "none"


@dataclass(frozen=True)
class Item:
    """One drill, as it is told: what it is, what it was, what it is now, and what there is to say of it."""

    drill: str
    was: str
    now: str
    verdict: Verdict  # of now, or of then if there is no now
    regression: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Drills that changed alike."""

    title: str
    meaning: str
    items: tuple[Item, ...]

    @property
    def sentence(self) -> str:
        """What it means, as a sentence."""
        return f"{self.meaning[0].upper()}{self.meaning[1:]}."


def sections(comparison: Comparison, *, only_changes: bool = False) -> list[Section]:
    """Return what changed, what needs a look first; then what came out the same but was measured otherwise.

    ``only_changes``: of the latter only what is a regression.
    """
    red = {id(one) for one in comparison.regressions}
    found = []
    for change in (one for one in Change if one is not Change.SAME):
        if drills := comparison.with_change(change):
            items = tuple(item_of(one, id(one) in red) for one in drills)
            found.append(Section(f"{change.value.capitalize()} ({len(items)})", change.meaning, items))
    same = [one for one in comparison.with_change(Change.SAME) if one.measures_with(Finding.DIFFERENT) or one.remarks]
    same = [one for one in same if not only_changes or id(one) in red]
    if same:
        items = tuple(item_of(one, id(one) in red) for one in same)
        meaning = "the same verdict, outcome and broken checks"
        found.append(Section(f"The same, but with other measures or a remark ({len(items)})", meaning, items))
    return found


def item_of(one: Changed, regression: bool) -> Item:
    """Return a drill as it is told."""
    found = one.new or one.old
    assert found is not None
    of_now = lines_to_tell(found.worst)[:MOST_MEASURES] if one.change is not Change.SAME and not found.passes else []
    said = [found.worst.summary, *of_now] if of_now else []
    lines = (*said, *one.remarks, *_measures(one))
    scenario, client, dialect = one.key
    name = f"{scenario}: {client} ({dialect})"
    return Item(name, drill_words(one.old), drill_words(one.new), found.verdict, regression, lines)


def drill_words(drill: Drill | None) -> str:
    """Return the worst outcome of a drill, how many of its runs passed if not all did alike, and what it broke."""
    if drill is None:
        return NONE
    share = f" ({drill.passed_runs} of {len(drill.runs)} passed)" if drill.flaky else ""
    warned = f", warns: {', '.join(drill.warned)}" if drill.verdict is Verdict.WARN and drill.warned else ""
    broken = f", breaks {', '.join(drill.broken)}" if set(drill.broken) - {"outcome"} else ""
    return f"{drill.outcome}{share}{broken}{warned}"


def _measures(one: Changed) -> list[str]:
    several = any(drill is not None and len(drill.runs) > 1 for drill in (one.old, one.new))
    wanted = [found for found in one.measures_with(Finding.DIFFERENT) if several or found.name != PASSED]
    found = [_measure(measure) for measure in wanted]
    more = len(found) - MOST_MEASURES
    return [*found[:MOST_MEASURES], f"… and {grouped(more, 'other measure')}"] if more > 0 else found


def _measure(one: Measured) -> str:
    tested = "" if one.p is None else f" (p = {one.p:.2g})"
    worse = ", worse" if one.worse else ""
    was, now = (values_words(one, values) for values in (one.old, one.new))
    if was == now:  # they differ in digits that nobody is told otherwise
        was, now = (values_words(one, values, exactly=True) for values in (one.old, one.new))
    return f"{measure_words(one.name)}: {was} → {now}{worse}{tested}"


def measure_words(name: str) -> str:
    """Return the name of a measure as a person says it."""
    return name.removesuffix("_s").replace("_", " ")


def values_words(one: Measured, values: Values | None, *, exactly: bool = False) -> str:
    """Return what a measure was: a value, or the median of several with the least and the most."""
    if values is None:
        return NONE

    def told(value: float) -> str:
        if not one.name.endswith("_s"):
            return f"{value:g}"
        return f"{value:.6f} s" if exactly else seconds(value)

    spread = f" ({told(values.least)} to {told(values.most)})" if values.least != values.most else ""
    return f"{told(values.middle)}{spread}"


def versions(comparison: Comparison) -> list[str]:
    """Return the versions of the clients, then and now, a line each; all else that differs after them."""
    old, new, lines = comparison.old.versions, comparison.new.versions, []
    names = {**dict(zip(comparison.clients.values(), comparison.clients, strict=True))}
    of_runs = dict.fromkeys(one.key.client for one in comparison.drills)
    for client in of_runs:
        was, now = old.get(f"client {names.get(client, client)}"), new.get(f"client {client}")
        then = f"{names[client]} " if client in names else ""
        if was == now and not then:
            lines += [f"{client}: {now} in both"] if now else []
        else:
            lines.append(f"{client}: {then}{was or NONE} → {now or NONE}")
    others = [name for name in {**old, **new} if not name.startswith("client ") and old.get(name) != new.get(name)]
    return [*lines, *(f"{name}: {old.get(name, NONE)} → {new.get(name, NONE)}" for name in others)]


def headline(comparison: Comparison) -> str:
    """Return how many drills became what, and how many of that are regressions."""
    counted = Counter(one.change for one in comparison.drills)
    parts = ", ".join(f"{counted[change]} {change.value}" for change in Change if counted[change])
    red = len(comparison.regressions)
    return f"{grouped(len(comparison.drills), 'drill')}: {parts or 'none'}; {grouped(red, 'regression')}"


def how_measured(comparison: Comparison) -> list[str]:
    """Say how measures were compared, and why some were not."""
    measures = [measure for one in comparison.drills for measure in one.measures]
    counted = Counter(one.finding for one in measures)
    lines = [f"The {when} record is not whole. {how_far(file)}" for when, file in
             (("old", comparison.old), ("new", comparison.new)) if file.interrupted]  # fmt: skip
    if counted[Finding.EQUAL] or any(one.p is None and one.finding is Finding.DIFFERENT for one in measures):
        exact = counted[Finding.EQUAL] + sum(one.p is None and one.finding is Finding.DIFFERENT for one in measures)
        lines.append(f"In virtual time {counted[Finding.EQUAL]:,} of {grouped(exact, 'measure')} are equal.")
    if comparison.tests:
        chance = f"{comparison.tests * THRESHOLD_P:.2g} of {grouped(comparison.tests, 'test')} would differ by chance"
        lines.append(f"{TEST} About {chance}.")
    whys = Counter(one.why for one in measures if one.finding is Finding.NOT_COMPARED)
    lines += [f"Not compared, {grouped(count, 'measure')}: {why}." for why, count in whys.items()]
    return lines


@dataclass(frozen=True)
class Table:
    """The clients side by side, then and now."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def side_by_side_table(comparison: Comparison) -> Table:
    """Return what the drills that are in both come to, two rows for each client."""
    both = [one for one in comparison.drills if one.old is not None and one.new is not None]
    named: list[tuple[str, RecordFile]] = []
    for client in dict.fromkeys(one.key.client for one in both):
        of_client = [one for one in both if one.key.client == client]
        for when, drills in (("then", [one.old for one in of_client]), ("now", [one.new for one in of_client])):
            runs = [replace(run, client=client) for drill in drills if drill is not None for run in drill.runs]
            named.append((f"{client}, {when}", RecordFile({}, runs)))
    measures = [(name, side_by_side(file)[0]) for name, file in named]
    wanted = columns([one for _, one in measures]) if measures else []
    rows = tuple((name, tuple(column.words(one) for column in wanted)) for name, one in measures)
    return Table(tuple(column.heading for column in wanted), rows)
