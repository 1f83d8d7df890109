"""What is printed at the end of a run."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from ssedrill.model.record import RecordFile
from ssedrill.reporting.views.matrix import lay_out
from ssedrill.reporting.views.progress import display
from ssedrill.reporting.views.tables import tables, wrap
from ssedrill.reporting.views.terminal import print_report, print_timeline
from support.records import duplicated, file_of, many, passed, raised, restarted, truncated, unsupported, untested


def printed(file: RecordFile, width: int = 100, **settings: object) -> str:
    """Return what is printed, without colour."""
    console = Console(file=io.StringIO(), width=width, color_system=None, **settings)
    print_report(console, file)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Nine clients and ten scenarios fit into any width, but for the command at the end, which must not be broken."""
    lines = printed(many(), width).splitlines()
    assert max(cell_len(line) for line in lines if "ssedrill run" not in line) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_cell_is_there_in_full(width: int) -> None:
    """However the matrix is split or turned, each outcome stands in it as often as there are cells with it."""
    matrix = lay_out(many().runs)
    text = "\n".join(table.plain for table in tables(matrix, width))
    for outcome in (
        "✓ clean",
        "✗ duplicated",
        "✗ truncated-silently",
        "~ recovered",
        "? not-tested",
        "– unsupported",
    ):
        expected = sum(cell.lines()[0].startswith(outcome) for cell in matrix.ordered())
        assert text.count(outcome) == expected > 0


def test_few_scenarios_and_many_clients_are_turned_over() -> None:
    """One scenario for eight clients is a list of clients, not a row that is too long."""
    file = file_of(*(passed(client=f"a-client-with-a-name-{i}") for i in range(8)))
    (table,) = tables(lay_out(file.runs), 80)
    assert [line.split()[0] for line in table.plain.splitlines()[2:]] == [
        f"a-client-with-a-name-{i}" for i in range(8)
    ]


def test_wrap_keeps_everything() -> None:
    """Names are broken between words, inside one only if it is too long for a line, and nothing is lost."""
    assert wrap("anthropic-stream-helper", 12) == ["anthropic-", "stream-", "helper"]
    assert wrap("cmd:node fetch_client.mjs --model=x", 12) == ["cmd:node", "fetch_", "client.mjs", "--model=x"]
    assert wrap("cmd:" + "x" * 30, 16) == ["cmd:", "x" * 16, "x" * 14]
    assert wrap("ไทย🚒🚒🚒", 5) == ["ไทย🚒", "🚒🚒"]


def test_a_column_is_as_wide_as_the_words_of_its_name() -> None:
    """A client's name is not broken inside a word to make its column narrower, unless the word is endless."""
    names = ("raw:python conversations.py {url}", "supercalifragilistic", "x" * 40)
    (table,) = tables(lay_out([passed(scenario, one) for one in names for scenario in ("a", "b", "c")]), 120)
    for whole in ("raw:python", "conversations.", "py {url}", "supercalifragilistic", "x" * 24):
        assert whole in table.plain
    assert "x" * 25 not in table.plain


def test_reads_without_colour() -> None:
    """Without colour the page still says what happened, what was expected and how to see it again."""
    text = printed(file_of(passed(client="eager"), duplicated()))
    assert "✗ duplicated" in text
    assert "✓ clean" in text
    assert "showed 12 tokens twice after the retry at 560 ms and called the answer complete" in text
    assert "MUST outcome: expected recovered or failed-loudly, got duplicated" in text
    assert "SHOULD recovery: expected <= 500 ms, got 0.565 s" in text
    assert "2 cells: 1 passed, 1 failed" in text
    assert "ssedrill run reset-mid-stream --client eager --dialect openai-chat --seed 0" in text


def test_not_tested_is_loud() -> None:
    """A run that proves nothing is said in capitals, in the list and in the count."""
    text = printed(file_of(untested(), passed()))
    assert "NOT TESTED: proves nothing: no request came" in text
    assert "1 passed, 1 NOT TESTED" in text


def test_a_warning_is_told_in_a_line() -> None:
    """A broken SHOULD is listed, but not as something that went wrong."""
    text = printed(file_of(restarted()))
    assert "~ recovery: expected <= 500 ms, got 0.505 s\n    honest: reset-mid-stream\n" in text
    assert "What went wrong" not in text


def test_repeats() -> None:
    """Of repeats that come out differently the worst is shown, with how many there were."""
    runs = [duplicated(repeat=i, seed=i) for i in range(2)] + [passed("reset-mid-stream", "eager", repeat=2)]
    assert "✗ duplicated 2/3" in printed(file_of(*runs))


def test_dialects() -> None:
    """Of several dialects the worst is shown, and which one it is."""
    good, bad = passed("reset-mid-stream", "eager", dialect="eventsource"), duplicated()
    lines = [line.rstrip() for line in printed(file_of(good, bad)).splitlines()]
    assert lines[2:4] == ["reset-mid-stream  ✗ duplicated 1/2", "                    openai-chat"]


def test_an_unsupported_dialect_does_not_hide_a_pass() -> None:
    """A client that can do one of two dialects is judged by the one."""
    runs = [unsupported("healthy", "half", dialect="eventsource"), passed("healthy", "half")]
    assert "✓ clean\n" in printed(file_of(*runs))
    both = [*runs, duplicated("healthy", "half", dialect="anthropic-messages")]
    assert "✗ duplicated 1/2\n" in printed(file_of(*both))
    assert "unsupported 2/2\n" in printed(file_of(*(unsupported("healthy", "half", seed=seed) for seed in (1, 2))))


def test_the_same_is_said_once() -> None:
    """Clients of which the very same is to be said share a paragraph."""
    text = printed(file_of(truncated(client="one"), truncated(client="two")))
    assert "fin-mid-stream truncated-silently: one (openai-chat), two (openai-chat)" in text
    assert text.count("28 of 40 tokens missing") == 1


def test_the_same_is_said_once_of_several_scenarios() -> None:
    """What is the same in several scenarios is a paragraph, which says who was in which; what differs has its own."""
    file = file_of(
        truncated("fin-mid-stream", "one"), truncated("fin-mid-stream", "two"), truncated("lying-proxy", "one"),
        truncated("early-close", "one"), duplicated(),
    )  # fmt: skip
    text = printed(file, 120)
    assert text.count("28 of 40 tokens missing") == 1
    assert "✗ truncated-silently\n    fin-mid-stream: one (openai-chat), two (openai-chat)\n" in text
    assert "\n    lying-proxy, early-close: one (openai-chat)\n    told the application" in text
    assert "✗ reset-mid-stream duplicated: eager (openai-chat)\n" in text
    alone = printed(file_of(truncated("fin-mid-stream", "one"), truncated("early-close", "one")))
    assert "✗ fin-mid-stream, early-close truncated-silently: one (openai-chat)\n" in alone


def test_what_a_client_says_is_harmless() -> None:
    """Escape sequences, markup and line breaks in a client's message are shown, not obeyed."""
    text = printed(file_of(raised("\x1b[2J[bold]x[/bold]\nnext\u202e")), width=200)
    assert "\\x1b[2J[bold]x[/bold]\\nnext\\u202e" in text
    assert "\x1b" not in text


def test_a_terminal_without_the_signs() -> None:
    """Where the encoding lacks the signs, plain letters take their place."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    print_report(Console(file=stream, width=80), file_of(duplicated(), passed()))
    stream.flush()
    text = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "X duplicated" in text
    assert "+ clean" in text


def test_no_runs() -> None:
    """An empty record is said to be one."""
    assert "Nothing was run" in printed(file_of())


def test_timeline_is_printed() -> None:
    """The story of a run has both sides and ends with what came of it."""
    console = Console(file=io.StringIO(), width=100, color_system=None)
    print_timeline(console, duplicated())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "wire  ← resets the connection (RST)  [reset]" in text
    assert "app       shows tokens 1-12 of answer a again" in text
    assert "✗ duplicated: showed 12 tokens twice" in text


def test_progress_in_a_log_is_plain_lines() -> None:
    """Where nobody watches, each finished run is a line with its place in the whole."""
    console = Console(file=io.StringIO(), width=100)
    with display(console, 12, plain=False) as shown:
        shown.started("healthy × good")
        shown.done("healthy × good", passed())
    assert console.file.getvalue() == "[ 1/12] ✓ healthy × good: clean\n"  # type: ignore[attr-defined]


def test_progress_on_a_terminal_shows_what_runs() -> None:
    """On a terminal the bar names the runs under way and how many went wrong, and is gone at the end."""
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None, legacy_windows=False)
    with display(console, 3, plain=False) as shown:
        shown.started("stall × curl")
        shown.started("stall × openai")
        shown.done("stall × curl", untested())
        shown.done("stall × openai", passed())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "2/3" in text
    assert "1 bad" in text
