"""A scenario explained: what goes over the wire, attempt by attempt, and what must and should come of it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable
from itertools import groupby, pairwise

from rich.console import Console
from rich.text import Text

from ssedrill.dialects import find_dialect
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Request
from ssedrill.loading.durations import format_duration
from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import Severity
from ssedrill.model.scenario import Attempt, Comparison, Expectation, Regenerate, Scenario, Stream
from ssedrill.model.tokens import generation_name
from ssedrill.planning.compile import Choice, compile_plan
from ssedrill.planning.sample_requests import fresh_request, resuming_request
from ssedrill.reporting.views.explain_calls import calls_words, shared_words
from ssedrill.reporting.views.hexdump import print_hexdump
from ssedrill.reporting.views.terminal_text import print_hanging
from ssedrill.reporting.views.wire_wording import Step, door_words, planned, step_words
from ssedrill_faults.answer.header_fields import joined
from ssedrill_faults.fault import Fault
from ssedrill_faults.http.codings import CODINGS
from ssedrill_faults.plan import Open, Plan, Role, Wait, Write

MOST_ROWS = 20
MOST_ROWS_OF_BYTES = 2000
"""How many steps of an attempt are shown before those in the middle are left out."""


def print_scenario(
    console: Console, scenario: Scenario, dialect: str, *, seed: int = 0, hexdump: bool = False
) -> None:
    """Explain a scenario in one of its dialects; ``hexdump`` shows the bytes of the segments."""
    title = Text(scenario.name, style="bold")
    title.append(f"   {scenario.family}, in the {dialect} dialect" if scenario.family else f"   in {dialect}", "dim")
    print_hanging(console, title)
    _paragraph(console, "", scenario.about)
    _paragraph(console, "Why: ", scenario.why)
    _paragraph(console, "Covers: ", ", ".join(scenario.covers))
    _paragraph(console, "Seen in: ", ", ".join(scenario.seen_in))
    _paragraph(console, "The stream: ", _stream(scenario.stream))
    patience, deadline = format_duration(scenario.patience_s), format_duration(scenario.deadline_s)
    limits = f"the client may wait {patience} for the next byte and has {deadline} in all"
    head = "Each call: " if scenario.calls else "The call: "
    _paragraph(console, head, f"{limits}; more than {scenario.max_requests} requests are a loop.")
    _paragraph(console, "The calls: ", calls_words(scenario))
    speaker = find_dialect(dialect)
    if not scenario.calls:
        _attempts(console, scenario, speaker, seed, hexdump=hexdump)
    elif not all(group.attempts for group in scenario.calls):
        _heading(console, f"What {shared_words(scenario, 'attempts')} meets")
        _attempts(console, scenario, speaker, seed, hexdump=hexdump)
    for number, group in enumerate(scenario.calls, start=1):
        if group.attempts:
            _heading(console, f"What each call of group {number} meets")
            _attempts(console, scenario.of_group(group), speaker, seed, hexdump=hexdump)
    console.print()
    _asked(console, scenario)
    later = "A client that resumes or continues gets the tokens after those that it has, not the whole stream again."
    print_hanging(console, Text(later, "dim"))


def _heading(console: Console, text: str) -> None:
    console.print()
    print_hanging(console, Text(text, "bold underline"))


def _attempts(console: Console, scenario: Scenario, speaker: Dialect, seed: int, *, hexdump: bool) -> None:
    """Show what goes over the wire, attempt by attempt."""
    for number, attempt in enumerate(scenario.attempts, start=1):
        same = scenario.stream.regenerate is Regenerate.SAME
        generation = generation_name(0 if same else number - 1)
        request, besides = _request(scenario, speaker, attempt)
        _, plan = compile_plan(scenario, speaker, seed, number, request, generation, _always(number, attempt))
        console.print()
        last = number == len(scenario.attempts)
        print_hanging(console, Text(_attempt_title(number, attempt, last=last, only=last and number == 1), "bold"))
        for fault in attempt.faults:
            _fault(console, fault)
        if isinstance(plan.door, Open):
            said = "".join(f", {name}: {value}" for name, value in besides)
            print_hanging(console, Text(f"→ {request.method} {request.path}{said}", "dim"), 2)
        _plan(console, plan, hexdump=hexdump)


def _asked(console: Console, scenario: Scenario) -> None:
    """Show what must and should come of it: of each call, of the calls of a group, of the whole run."""
    of_calls = [one for one in scenario.expectations if not (scenario.calls and one.of_run)]
    whose = f" of {shared_words(scenario, 'expectations')}" if scenario.calls else " of it"
    sets = [(whose, of_calls)]
    for number, group in enumerate(scenario.calls, start=1):
        sets.append((f" of each call of group {number}", list(group.expectations)))
    sets.append((" of the whole run", [one for one in scenario.expectations if one not in of_calls]))
    for of, found in sets:
        _expectations(console, f"What must come{of}", found, Severity.MUST)
        _expectations(console, f"What should come{of}", found, Severity.SHOULD)


def _paragraph(console: Console, head: str, text: str) -> None:
    if text:
        print_hanging(console, Text(head, "bold") + Text(" ".join(text.split())), 2)


def _stream(stream: Stream) -> str:
    parts = [f"{grouped(stream.tokens, 'token')} of {stream.text} text, one every {format_duration(stream.every_s)}"]
    parts.append(f"body {stream.framing}, connection {stream.persistence}, lines end with {stream.line_end.upper()}")
    again = "the same text again" if stream.regenerate is Regenerate.SAME else "another text, as a model gives"
    parts.append(f"a client that starts over gets {again}")
    if stream.ping_every:
        parts.append(f"a ping before every {stream.ping_every}th token")
    if stream.retry_s is not None:
        parts.append(f"the stream asks to wait {format_duration(stream.retry_s)} before a reconnect")
    return "; ".join(parts) + "."


def _always(number: int, attempt: Attempt) -> Choice:
    """Return what gives any request this attempt."""
    return lambda *_: (number, attempt)


def _request(scenario: Scenario, dialect: Dialect, attempt: Attempt) -> tuple[Request, list[tuple[str, str]]]:
    """Return a request that an attempt is meant for, and which headers of it are there for that alone."""
    fresh, when = fresh_request(dialect), attempt.when
    resuming = resuming_request(dialect, scenario.stream, "a", scenario.stream.tokens // 2)
    has = when.has.lower() if when is not None and when.has is not None else ""
    goes_on = when is not None and (when.resume or has in joined(resuming.headers).keys() - joined(fresh.headers))
    request = resuming if goes_on else fresh
    besides = _needed(attempt, request)
    return dataclasses.replace(request, headers=(*request.headers, *besides)), besides


def _needed(attempt: Attempt, request: Request) -> list[tuple[str, str]]:
    """Return the headers that a request needs besides its own for an attempt and its faults to be meant for it."""
    there = joined(request.headers)
    when = attempt.when
    codings = [when.accepts.lower()] if when is not None and when.accepts is not None else []
    with_them = {**there, "accept-encoding": ", ".join(codings)} if codings else there
    if not all(fault.suits(with_them) for fault in attempt.faults):
        codings += [coding for coding in CODINGS if coding not in codings]
    needed = {"accept-encoding": ", ".join(codings)} if codings else {}
    if when is not None and when.has is not None and when.has.lower() not in there:
        needed.setdefault(when.has.lower(), "any")
    return list(needed.items())


def _attempt_title(number: int, attempt: Attempt, *, last: bool, only: bool) -> str:
    which = "Every attempt" if only else f"Attempt {number}" + (" and every later one" if last else "")
    meant = f", for a request {attempt.when.words}" if attempt.when is not None else ""
    return which + meant + ("" if attempt.faults else ": healthy")


def settings(fault: Fault) -> str:
    """Return the settings of a fault that are not its defaults, nearly as a scenario file writes them."""
    parts = []
    for field in dataclasses.fields(fault):
        value = getattr(fault, field.name)
        if value == field.default:
            continue
        if field.name.endswith("_s") and isinstance(value, int | float):
            parts.append(f"{field.name[:-2]} = {format_duration(value)}")
        else:
            parts.append(f"{field.name} = {str(value).lower() if isinstance(value, bool) else value}")
    return ", ".join(parts)


def _fault(console: Console, fault: Fault) -> None:
    text = Text("! ", "bold yellow") + Text(fault.name, "bold yellow")
    given = settings(fault)
    text.append(f" ({safe(given)})" if given else "", "yellow")
    text.append(f": {' '.join((inspect.getdoc(type(fault)) or '').replace('``', '').split())}")
    print_hanging(console, text, 2)


def _plan(console: Console, plan: Plan, *, hexdump: bool) -> None:
    if not isinstance(plan.door, Open):
        _row(console, 0.0, door_words(plan.door), ", ".join(plan.faults))
        return
    runs = [list(run) for _, run in groupby(planned(plan.ops), key=lambda step: id(step) if hexdump else step.alike)]
    most = MOST_ROWS_OF_BYTES if hexdump else MOST_ROWS
    left_out = runs[most // 2 : -(most // 2)] if len(runs) > most else []
    shown: set[Role] = set()
    for i, run in enumerate(runs):
        if left_out and i == most // 2:
            print_hanging(console, Text(f"… {grouped(len(left_out), 'step')} left out", "dim"), 2)
        if not left_out or not 0 <= i - most // 2 < len(left_out):
            _step(console, run, plan, shown, hexdump=hexdump)


def _step(console: Console, run: list[Step], plan: Plan, shown: set[Role], *, hexdump: bool) -> None:
    """Show what is done next, and of each role that was not shown yet what it looks like."""
    _row(console, run[0].t, step_words(run) + _rhythm(run, plan), run[0].fault)
    first = run[0].op
    if not isinstance(first, Write):
        return
    if hexdump:
        print_hexdump(console, first.data)
    elif first.role not in shown or first.fault:
        shown.add(first.role)
        example = first.content or first.data
        print_hanging(console, Text(safe(example.decode("utf-8", "backslashreplace"), 150), "dim"), 15)


def _rhythm(run: list[Step], plan: Plan) -> str:
    """Say in what segments and at what distance tokens come, if that is regular."""
    writes = [step for step in run if isinstance(step.op, Write)]
    if len(writes) < 2 or not all(
        isinstance(s.op, Write) and len(s.op.tokens) == len(s.op.events) == 1 for s in writes
    ):
        return ""
    gaps = {round(b.t - a.t, 6) for a, b in pairwise(writes)}
    waits = [op.seconds for op in plan.ops if isinstance(op, Wait)]
    every = f", every {format_duration(gaps.pop())}" if len(gaps) == 1 and waits else ""
    return f", one segment each{every}"


def _row(console: Console, t: float, text: str, fault: str) -> None:
    line = Text("! " if fault else "  ", "bold yellow")
    line.append(f"{'+' + _when(t):>10}  ", "dim")
    line.append(safe(text), "bold yellow" if fault else "")
    line.append(f"  [{fault}]" if fault else "", "yellow")
    print_hanging(console, line, 1, hanging=14)


def _when(t: float) -> str:
    """Return a moment: milliseconds in the first second, seconds from then on, so that a column reads downwards."""
    t = round(t, 6)  # what many pauses add up to
    return f"{round(t * 1000, 3):g} ms" if t < 1 else f"{f'{t:.3f}'.rstrip('0').rstrip('.')} s"


def _expectations(console: Console, title: str, asked: Iterable[Expectation], severity: Severity) -> None:
    found = [one for one in asked if one.severity is severity]
    if not found:
        return
    print_hanging(console, Text(title, "bold"))
    width = max(len(one.key) for one in found)
    for one in found:
        print_hanging(console, Text(f"{one.key:<{width}}  {_bound(one)}"), 2, hanging=width + 2)
    console.print()


def _bound(expectation: Expectation) -> str:
    bound = expectation.bound
    if isinstance(bound, Comparison):
        return bound.written
    return bound if isinstance(bound, str) else _or(bound)


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
