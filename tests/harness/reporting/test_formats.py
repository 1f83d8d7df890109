"""The files of a report: what is data stays data."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import html, junit, markdown, table, to_json
from ssedrill.reporting.formats.table import FORMATS, Format, write_all
from ssedrill.reporting.store.files import NotWritable, write_text
from ssedrill.reporting.views.wording import how_far
from support.pages import EVIL, Tags
from support.records import duplicated, file_of, many, passed, raised, restarted, truncated, unsupported, untested


def evil() -> RecordFile:
    """Return a file in which everything that a client or a user can name is hostile."""
    file = file_of(raised(EVIL, EVIL, EVIL, printed=f"while it ran: {EVIL}"), raised(EVIL))
    file.versions[EVIL] = EVIL
    return file


def test_html_escapes_what_a_client_prints() -> None:
    """Markup in a client's output makes no element and no attribute, and is shown as text."""
    page = Tags(html.to_text(evil()))
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert "<img src=x onerror=alert(1)>" in page.text
    assert re.search(r"Printed\s*while it ran: .*<img src=x onerror=alert\(1\)>", page.text)
    html.to_text(evil()).encode("utf-8")  # no lone surrogates


def test_html_needs_nothing_from_elsewhere() -> None:
    """The page loads nothing, forbids itself to, and its only links are to itself and to the record beside it."""
    page = Tags(html.to_text(many()))
    assert not [tag for tag, attributes in page.tags if "src" in attributes or tag in ("link", "iframe", "object")]
    links = {attributes["href"] or "" for tag, attributes in page.tags if tag == "a"}
    assert all(link.startswith("#") or link == "record.json" for link in links)
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "url(" not in html.to_text(many())


def test_html_cells_lead_to_their_evidence() -> None:
    """Each cell of the matrix links to the section with its run's sentence."""
    text = html.to_text(many())
    page = Tags(text)
    targets = [(a["href"] or "")[1:] for tag, a in page.tags if tag == "a" and "cell" in (a.get("class") or "")]
    sections = [attributes["id"] for tag, attributes in page.tags if attributes.get("class") == "card"]
    assert targets == sections
    assert len(targets) == 90


def test_html_tells_tokens_apart_without_colour() -> None:
    """A token's mark is in its title, with when it was shown, and counted above the strip."""
    text = html.to_text(file_of(duplicated(), truncated(), restarted()))
    assert '<i class="duplicate" title="duplicate at 0.565 s to 0.620 s" style="flex-grow:12">a1-12</i>' in text
    assert "12 duplicate" in text
    assert "28 missing" in text
    assert "12 withdrawn" in text


def test_html_is_deterministic_and_puts_the_rest_aside() -> None:
    """The same record gives the same page; dates come from the record, in a place of their own."""
    file = many()
    assert html.to_text(file) == html.to_text(many())
    file.meta["wall_clock_started"] = "2026-01-01T00:00:00+00:00"
    assert "2026-01-01T00:00:00+00:00" in html.to_text(file)


def test_junit_parses_whatever_a_client_says() -> None:
    """Control characters, surrogates and markup leave well-formed XML with the right counts."""
    root = ET.fromstring(junit.to_text(evil()))
    assert root.attrib["tests"] == "2"
    failure = root.find(".//failure")
    assert failure is not None
    assert "<img src=x onerror=alert(1)>" in failure.attrib["message"]


def test_junit_verdicts() -> None:
    """Failed and not tested are failures, unsupported is skipped, a warning passes with a word."""
    runs = file_of(passed(), duplicated(), untested(), unsupported(), restarted())
    root = ET.fromstring(junit.to_text(runs))
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["skipped"]) == ("5", "2", "1")
    assert {failure.attrib["type"] for failure in root.iter("failure")} == {"duplicated", "not-tested"}
    (warned,) = root.iter("system-out")
    assert warned.text is not None
    assert "SHOULD recovery" in warned.text


def test_junit_has_a_case_for_each_dialect() -> None:
    """Dialects are cases of their own, repeats are not."""
    runs = file_of(passed(), passed(repeat=1), passed(dialect="eventsource"))
    cases = [case.attrib["classname"] for case in ET.fromstring(junit.to_text(runs)).iter("testcase")]
    assert cases == ["ssedrill.good.openai-chat", "ssedrill.good.eventsource"]


def test_markdown_table() -> None:
    """The matrix is a table with a row for each scenario, and what failed is bold."""
    text = markdown.to_text(file_of(passed(client="eager"), duplicated()))
    assert "| healthy | ✓ clean |\n| reset-mid-stream | **✗ duplicated** |" in text
    assert "- ✗ **reset-mid-stream**, eager (openai-chat): duplicated: showed 12 tokens twice" in text


def test_markdown_escapes() -> None:
    """A client's words make no markup, no table border, no mention, no reference and no link."""
    text, _, command = markdown.to_text(evil()).partition("See the worst again:\n\n")
    assert not re.search(r"(?<!\\)`x|<img|@someone|#12|https://", text)
    assert re.fullmatch(r"    ssedrill run .*\n", command)  # one indented line: a code block to its end
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4, 10}  # the matrix, and the clients


def test_markdown_fits_into_a_comment() -> None:
    """A long list is cut at what forges accept, and says how much is left out."""
    text = markdown.to_text(file_of(*(raised("x" * 300, f"scenario-{i}") for i in range(300))))
    assert len(text) < 65_000
    assert re.search(r"… and \d+ more", text)


def test_write_all(tmp_path: Path) -> None:
    """A report's folder is made and holds every format, and the record in it reads back."""
    assert write_all(many(), tmp_path / "a" / "b") == {}
    names = sorted(path.name for path in (tmp_path / "a" / "b").iterdir())
    assert names == sorted(form.file_name for form in FORMATS.values())
    assert to_json.read(tmp_path / "a" / "b" / "record.json") == many()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    """A folder that can't be made and a file that is a folder are clear errors."""
    (tmp_path / "file").write_text("")
    missing = write_all(many(), tmp_path / "file" / "deeper")
    assert [path.name for path in missing] == [form.file_name for form in FORMATS.values()]
    assert all("can't make the folder" in str(error) for error in missing.values())
    with pytest.raises(NotWritable, match="it is a folder"):
        write_text(tmp_path, "x")


def test_a_format_that_fails_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of one format, which may be somebody else's, costs its own file."""

    def broken(file: RecordFile, path: Path) -> None:
        raise KeyError("x")

    monkeypatch.setattr(table, "FORMATS", {"broken": Format("broken.x", "Breaks.", broken), **FORMATS})
    missing = write_all(many(), tmp_path)
    assert {path.name: type(error) for path, error in missing.items()} == {"broken.x": KeyError}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(form.file_name for form in FORMATS.values())


def test_an_interrupted_run_says_so_in_every_file(tmp_path: Path) -> None:
    """With how much of it there is; a run that went to its end says nothing of the kind."""
    whole, part = many(), replace(many(), planned=len(many().runs) + 7)
    for file, said in ((whole, False), (part, True)):
        assert write_all(file, tmp_path) == {}
        for form in FORMATS.values():
            text = (tmp_path / form.file_name).read_text("utf-8")
            words = f'"planned": {file.planned}' if form.file_name == "record.json" else how_far(part)
            assert (words in text) is said, form.file_name
    suites = ET.fromstring(junit.to_text(part))
    assert int(suites.get("tests", 0)) == int(ET.fromstring(junit.to_text(whole)).get("tests", 0)) + 1
    assert len(suites.findall(".//error")) == 1
    assert to_json.read(tmp_path / "record.json") == part


def test_half_a_file_is_never_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step fails, the old file stands and nothing else does."""
    path = tmp_path / "x"
    write_text(path, "old")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(NotWritable, match="No space left"):
        write_text(path, "new")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x", "old")]
