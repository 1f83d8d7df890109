"""Clients beside each other: what is counted, and that every report says the same."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from ssedrill.model.numbers import Numbers, Recovery
from ssedrill.model.record import RecordFile, Verdict
from ssedrill.reporting.formats import csv_rows, html, markdown, to_json
from ssedrill.reporting.views.side_by_side import Measures, columns, money_words, side_by_side
from ssedrill.reporting.views.terminal import print_report
from support.fleet import fleet
from support.pages import EVIL, Tags
from support.records import changed, file_of, passed, raised


def timed(client: str, *recoveries: float | None, **numbers: object) -> RecordFile:
    """Return runs of a client with these recoveries, and other numbers that are the same in each."""
    runs = [changed(passed(f"s{i}", client), recovery=Recovery(one), **numbers) for i, one in enumerate(recoveries)]
    return file_of(*runs)


def read_back(file: RecordFile) -> RecordFile:
    """Return a file as it comes back from its JSON."""
    return to_json.from_text(to_json.to_text(file))


def printed(file: RecordFile, width: int = 120) -> str:
    """Return what a terminal is told."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_report(console, file)
    return console.file.getvalue()  # type: ignore[attr-defined]


def rows_of(file: RecordFile) -> list[dict[str, str]]:
    """Return the rows of the table of runs, as a spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(csv_rows.to_text(file))))


def test_recoveries() -> None:
    """The median and the worst are of the runs that have one."""
    (one,) = side_by_side(timed("c", 3.0, None, 0.5, 1.0, 9.0))
    assert (one.recovery_s, one.worst_recovery_s, one.runs) == (2.0, 9.0, 5)
    (none,) = side_by_side(timed("c", None))
    assert (none.recovery_s, none.worst_recovery_s) == (None, None)


def test_sums_over_all_runs() -> None:
    """Tokens thrown away and requests beyond the first are added up, and money is what the tokens cost."""
    file = timed("c", 1.0, 2.0, wasted_tokens=30, retries=2, ttft_s=0.25)
    file.price = 15.0
    (one,) = side_by_side(file)
    assert (one.wasted_tokens, one.extra_requests, one.first_token_s) == (60, 4, 0.25)
    assert one.money == pytest.approx(0.0009)
    assert money_words(one.money) == "0.0009"


@pytest.mark.parametrize(
    ("value", "words"), [(None, ""), (0.0, "0"), (0.000015, "0.000015"), (12.0, "12"), (1234.5, "1,234.50")]
)
def test_money(value: float | None, words: str) -> None:
    """Small amounts are not rounded away, large ones are told to the cent."""
    assert money_words(value) == words


def test_what_none_has_is_left_out() -> None:
    """Money needs a price; what could not be tested or done has a column if there is any."""
    headings = [one.heading for one in columns(side_by_side(file_of(passed())))]
    assert headings[:3] == ["passed", "warned", "failed"]
    assert not {"wasted money", "not tested", "unsupported"} & set(headings)
    assert {"not tested", "unsupported"} <= {one.heading for one in columns(side_by_side(fleet()))}


def cells_of(found: list[Measures]) -> dict[str, list[str]]:
    """Return what is told of each client."""
    return {one.client: [column.words(one) for column in columns(found)] for one in found}


@pytest.mark.parametrize("price", [None, 15.0])
def test_every_report_says_the_same(price: float | None) -> None:
    """Page, terminal and Markdown have the figures that the record comes to once it was written and read again."""
    file = fleet()
    file.price = price
    expected = cells_of(side_by_side(read_back(file)))
    assert ("Money is counted" in printed(file)) is (price is not None)
    page, text, document = html.to_text(file), printed(file), markdown.to_text(file)
    for client, cells in expected.items():
        (row,) = re.findall(rf'<tr id="client/{client}">.*?</tr>', page)
        assert re.sub(r"<svg.*?</svg>", "", row).split("<td>")[2:][: len(cells)] == [f"{one}</td>" for one in cells]
        (line,) = (line for line in text.splitlines() if re.match(rf"{client} +\d", line))
        assert line.split()[1:] == " ".join(cells).split()
        assert f"| {client} | {' | '.join(cells)} |" in document.splitlines()


def test_the_terminal_compares_if_there_is_something_to_compare() -> None:
    """One client alone has no table, unless a price asks what it costs; no line is too long, nothing is cut."""
    alone = file_of(passed())
    assert "Side by side" not in printed(alone)
    alone.price = 3.0
    assert "Money is counted at 3 for a million output tokens" in printed(alone)
    for width in (50, 80):
        lines = printed(fleet(), width).splitlines()
        assert max(cell_len(line) for line in lines if "ssedrill run" not in line) <= width


def test_a_plot_has_each_recovery() -> None:
    """As a stroke between the shortest and the longest, with the median marked; the bar has each verdict."""
    page = html.to_text(file_of(*timed("c", 0.001, 1.0, 1000.0).runs, *timed("d", 1.0).runs))
    (first, second) = re.findall(r'<path class="times" d="(.*?)"/>', page)
    assert first == "M3 3v8M70 3v8M137 3v8"
    assert second == "M70 3v8"
    assert "3 recoveries, the median 1.000 s" in page
    assert '<rect class="pass" x="0.0" width="139.0"' in page


# ---- a row for each run


def test_csv_has_every_measure_of_every_run() -> None:
    """Each number of the record stands in a column of its name, as it is there."""
    file = fleet()
    file.price = 15.0
    rows, runs = rows_of(file), json.loads(to_json.to_text(file))["runs"]
    assert len(rows) == len(runs) == 12
    for row, run in zip(rows, runs, strict=True):
        for name in ("scenario", "client", "dialect", "verdict", "outcome", "claim", "summary", "clock"):
            assert row[name] == run[name]
        for name, value in run["numbers"].items():
            inner = {f"{name}_{key}": one for key, one in value.items()} if isinstance(value, dict) else {name: value}
            for column, one in inner.items():
                told = " ".join(map(str, one)) if isinstance(one, list) else "" if one is None else str(one)
                assert row[column] == told, column
        assert float(row["wasted_money"]) == pytest.approx(run["numbers"]["wasted_tokens"] * 15 / 1e6)
    assert {field.name for field in fields(Numbers)} - {"recovery", "retry_after"} <= rows[0].keys()


def test_csv_says_what_broke_and_where_it_is_from() -> None:
    """Checks that are broken stand there by severity, the family beside the scenario."""
    (row,) = (row for row in rows_of(fleet()) if row["scenario"] == "rate-limited" and row["client"] == "eager")
    assert (row["broke_must"], row["broke_should"], row["family"]) == ("retry_after", "recovery", "limits")
    assert rows_of(file_of()) == []


@pytest.mark.parametrize(
    "said", ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", " =1", "\t=1", "＝1", '=HYPERLINK("http://x")']
)
def test_csv_has_no_formula(said: str) -> None:
    """What a client prints stays text in a spreadsheet, whatever it begins with, and stays in its own cell."""
    text = csv_rows.to_text(file_of(raised(said, said, said)))
    (row,) = csv.DictReader(io.StringIO(text))
    assert None not in row
    for name in ("scenario", "client", "error_message"):
        cell = row[name]
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))
        assert cell.startswith(("'", "\\t"))


def test_csv_keeps_numbers_numbers() -> None:
    """A gap below zero is a number, and has no apostrophe; text is always in quotes, whatever separates columns."""
    file = file_of(changed(passed(), wasted_tokens=-1), raised("a;=1\n=2\x00\ud800"))
    row, evil = rows_of(file)
    assert row["wasted_tokens"] == "-1"
    assert '"a;=1\\n=2\\x00\\ud800"' in csv_rows.to_text(file)
    assert evil["error_message"] == "a;=1\\n=2\\x00\\ud800"
    csv_rows.to_text(file).encode()


def test_hostile_names_stay_text() -> None:
    """In the table of clients and in the matrix a name makes no element, and no attribute but those of links."""
    file = file_of(raised(EVIL, EVIL, EVIL), passed("healthy", EVIL + "2"))
    page = Tags(html.to_text(file))
    assert "img" not in {tag for tag, _ in page.tags}
    ids = [attributes["id"] or "" for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9._~/-]+", one) for one in ids)
    links = [(attributes["href"] or "")[1:] for tag, attributes in page.tags if tag == "a"]
    assert {link for link in links if "/" in link} <= set(ids)


def test_verdicts_add_up() -> None:
    """Every run of a client is in one of the counts."""
    for one in side_by_side(fleet()):
        assert sum(one.verdicts.get(verdict, 0) for verdict in Verdict) == one.runs


def test_the_file(tmp_path: Path) -> None:
    """It is written with one row for each run below the names."""
    csv_rows.write(fleet(), tmp_path / "runs.csv")
    assert len((tmp_path / "runs.csv").read_text("utf-8").splitlines()) == 13
