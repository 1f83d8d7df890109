"""A scenario explained."""

from __future__ import annotations

import io

from rich.console import Console

from ssedrill.loading.load import load_text
from ssedrill.reporting.views.explain import print_scenario

SCENARIO = """
name = "idle"
about = "For show."
dialects = ["eventsource"]
patience = "10 min"
deadline = "1 h"
[stream]
tokens = 20
every = "50 ms"
ping_every = 1
[[attempt]]
faults = [{ fin = { after_token = 8, after_idle = "1 min" } }]
[[attempt]]
faults = [{ coalesce = { events = 2 } }]
[must]
outcome = ["recovered"]
"""


def rows(scenario: str = SCENARIO) -> list[str]:
    """Return the lines that show a scenario, without what is around them."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    print_scenario(console, load_text(scenario, "idle.toml"), "eventsource")
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.strip(" !") for line in text.splitlines()]


def test_a_pause_stands_where_it_begins() -> None:
    """What comes after it is as much later; from a second on moments are in seconds, however odd they are."""
    found = rows()
    at = found.index("+400 ms  nothing for 60.000 s  [fin]")
    assert found[at + 1] == "+60.4 s  ← closes the connection (FIN)  [fin]"


def test_a_burst_is_counted_once() -> None:
    """Segments that hold another event besides a token are counted, and not told to be one for each token as well."""
    assert "+50 ms  ← tokens 1-20 and 20 other events in 20 segments  [coalesce]" in rows()
    assert "+1 s  ← the terminal event and the end of the body in one segment  [coalesce]" in rows()


def test_the_request_is_one_that_the_attempt_is_for() -> None:
    """It accepts what the fault needs, and has the headers that are asked for; else it is as plain as can be."""
    head, tail = SCENARIO.split("[[attempt]]")[0], '[[attempt]]\n[must]\noutcome = ["clean"]\n'
    asked = {
        "faults = [{ encode = {} }]": ", accept-encoding: gzip, br, zstd",
        'when = { has = "X-Who" }\nfaults = [{ linger = {} }]': ", x-who: any",
        'when = { accepts = "br" }\nfaults = [{ encode = { coding = "br" } }]': ", accept-encoding: br",
        "faults = [{ encode = { unasked = true } }]": "",
    }
    for attempt, said in asked.items():
        found = rows(f"{head}[[attempt]]\n{attempt}\n{tail}")
        assert found[[line.startswith("→") for line in found].index(True)] == f"→ GET /stream{said}"
        assert any(line.endswith(("[encode]", "[linger]")) for line in found)
    resumed = rows(f'{head}[[attempt]]\nwhen = {{ has = "Last-Event-ID" }}\nfaults = [{{ linger = {{}} }}]\n{tail}')
    assert any("token 11" in line for line in resumed)


def test_a_second_of_many_parts_is_a_second() -> None:
    """Ten pauses of a tenth of a second add up to a little less, which nobody wants to read."""
    healthy = SCENARIO.replace("tokens = 20", "tokens = 10").replace("50 ms", "100 ms").replace("ping_every = 1", "")
    assert "+1 s  ← the terminal event" in rows(healthy[: healthy.index("faults")] + "[must]\noutcome = ['clean']\n")
