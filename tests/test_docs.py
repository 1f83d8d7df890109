"""README.md and docs/: what they show is what there is, what they tell to run runs, and the site has no dead link."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from ssedrill.judging.checks import CHECKS
from ssedrill.judging.final_answers import FINAL
from support.doc_pages import EXAMPLES, PAGES, ROOT, blocks, commands, parse, shell_lines
from support.patience import HANG_S

SHOWN = [(page, one) for page in PAGES for one in blocks(page) if one.named_by == "example"]
GUIDES = [page for page in PAGES if page.name.startswith("add-a-")]
FOLLOWED = [page for page in PAGES if page.name in runpy.run_path(str(ROOT / "reports" / "readme.py"))["FOLLOWED"]]
STARTS = [page for page in PAGES if page.name.startswith("start-")]
COMMANDS = [(page.name, line) for page in PAGES if page not in GUIDES for line in commands(page)]
TO_RUN = [
    line
    for line in dict.fromkeys(
        line for page in PAGES if page not in (*STARTS, *FOLLOWED) for line in shell_lines(page)
    )
    if line.startswith("ssedrill ")
]
LANGUAGES = {"python", "sh", "js", "toml", "text", "yaml", "diff", "console", "check", "bash", "zsh", "fish"}
OUTSIDE = {
    "python3": "-m venv",
    ".": ".venv/bin/activate",
    "pip": "install",
    "python": "",
    "make": "",
    "pytest": "",
    "old/bin/pip": "install",
}
"""What a page tells to run besides ssedrill."""

EVERY_SCENARIO = "ssedrill run -"
"""How a command begins that names none, and so runs all."""


def marked(line: str) -> object:
    """Return a command as a parameter: what names no scenario runs them all, which is slow."""
    return pytest.param(line, marks=pytest.mark.slow if line.startswith(EVERY_SCENARIO) else ())


def test_every_example_is_shown():
    """Each file under tests/examples stands on a page."""
    assert {one.name for _, one in SHOWN} == {path.name for path in EXAMPLES.iterdir() if path.is_file()}


@pytest.mark.parametrize(("page", "one"), SHOWN, ids=[f"{page.stem}-{one.name}" for page, one in SHOWN])
def test_an_example_is_its_file(page, one):
    """What is shown is the file, to the letter."""
    assert one.text.rstrip() == (EXAMPLES / one.name).read_text("utf-8").rstrip(), "run make pages"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_of_a_kind_that_is_tested(page):
    """A block of another language would be checked by nobody, and one that is indented has none."""
    assert {one.language for one in blocks(page)} <= LANGUAGES
    assert not re.search(r"\n\n    (ssedrill|make|pip) ", page.read_text("utf-8")), "write ```sh"


def test_what_is_no_file_is_tested_too():
    """Code without a name stands in pages whose blocks are followed or loaded by a test; the rest is parsed here."""
    loaded = {"scenarios.md", "reference.md", "configure.md", *(page.name for page in FOLLOWED)}
    for page in PAGES:
        for one in blocks(page):
            if one.name or page in GUIDES:
                continue
            assert one.language not in {"python", "js", "diff", "console", "check"}, page.name
            if one.language == "toml":
                assert page.name in loaded
                assert tomllib.loads(one.text)
            if one.language == "yaml":
                yaml = pytest.importorskip("yaml")
                assert all({"run", "uses"} & set(step) for step in yaml.safe_load(one.text))


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[f"{page}: {line}" for page, line in COMMANDS])
def test_every_command_is_one(page, line):
    """Its name and its options are those of the command line."""
    parse(line)


def test_commands_are_found():
    """In blocks, on screens, in the steps of a CI and in the text."""
    found = {line for _, line in COMMANDS}
    assert "ssedrill run --client my_client.py:stream --dialect eventsource" in found
    assert any(line.startswith("ssedrill run healthy reset-mid-stream") for line in found)
    assert "ssedrill list checks" in found
    assert any("--report ssedrill-report" in line and page == "start-ci.md" for page, line in COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_nothing_else_is_to_be_run(page):
    """But what sets up an environment, and targets that the Makefile has."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for line in shell_lines(page):
        first, _, rest = line.partition(" ")
        assert first == "ssedrill" or rest.startswith(OUTSIDE[first]), line
        assert first != "make" or rest in targets, line
    assert set(re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))) <= targets


@pytest.mark.parametrize("line", [marked(line) for line in TO_RUN])
def test_a_command_runs(line, tmp_path):
    """Among the examples; a drill may fail, but nothing is wrong with the command."""
    folder = shutil.copytree(EXAMPLES, tmp_path / "examples")
    for program in ("node", "curl"):
        if program in re.findall(r"[\w.]+", line) and shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    words = shlex.split(line)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "ssedrill", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    if not line.startswith(EVERY_SCENARIO):  # among them are some whose fault a simple client never comes to meet
        assert "NOT TESTED" not in done.stdout


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.stem)
def test_a_page_is_followed(page, tmp_path, monkeypatch):
    """Commands that go on with what others have made are typed in their order, and print what stands below them."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    monkeypatch.chdir(tmp_path / "examples")
    monkeypatch.setenv("COLUMNS", "100")

    def typed(line: str) -> str:
        if line.startswith("python3 -m venv "):
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", line.split()[-1]], check=True)
            [site] = Path(line.split()[-1]).glob("lib/python*/site-packages")
            (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", "utf-8")
        if not line.startswith("ssedrill "):
            return ""
        done = CliRunner().invoke(cli, shlex.split(line)[1:])
        assert done.exit_code in (0, 1), done.output
        return done.stdout

    text = page.read_text("utf-8")
    assert runpy.run_path(str(ROOT / "reports" / "readme.py"))["followed"](text, typed) == text, "run make pages"


def test_every_source_of_a_check_is_told():
    """The page on checks has each section of a standard that a check cites."""
    page = (ROOT / "docs" / "outcomes.md").read_text("utf-8")
    said = " ".join([*(check.about for check in CHECKS.values()), *(final.about for final in FINAL.values())])
    cited = re.findall(r"(RFC \d+|WHATWG HTML), (\d+\.\d+(?:\.\d+)?)", said)
    assert len(cited) >= 6
    for document, section in cited:
        chapter = ".".join(section.split(".")[:2])
        assert re.search(rf"\| {document}, [^|]*\b{re.escape(chapter)}", page), f"{document}, {section}"


def test_the_site_is_built_without_a_warning(tmp_path):
    """In strict mode a dead link, a dead anchor and a page that is in no menu are errors."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = {path.name: path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert {"start-ci.html", "SECURITY.html", "findings.html"} <= set(pages)
    for name, text in pages.items():
        assert not re.search(r'(src|href)="[^":]*\.md[#"]', text), f"{name} links to Markdown"
        assert not re.search(r'<(script|link|img)[^>]*(src|href)="https?:', text), f"{name} fetches something"


def test_every_guide_is_on_the_front_pages():
    """The README and the site's first page lead to all of them."""
    for name in ("README.md", "docs/index.md"):
        text = (ROOT / name).read_text("utf-8")
        assert not [page.name for page in (*GUIDES, *STARTS) if page.name not in text], name


def test_what_the_site_is_made_with_is_pinned():
    """The optional extra has its versions in constraints.txt."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["docs"]
    pinned = (ROOT / "constraints.txt").read_text("utf-8")
    assert all(re.search(rf"^{re.split('[<>=]', one)[0]}==", pinned, re.MULTILINE) for one in wanted)


def test_what_commands_print_is_put_under_them():
    """Screens and examples of a page are made anew; the rest of it stays."""
    tool = runpy.run_path(str(ROOT / "reports" / "readme.py"))
    page = (
        "Before.\n\n```text\n$ ssedrill list drivers\nold\n```\n\n```python example=truncate.py\nold\n```\nAfter.\n"
    )
    new = tool["with_screens"](tool["with_examples"](page))
    assert new.startswith("Before.\n\n```text\n$ ssedrill list drivers\n")
    assert new.endswith("```\nAfter.\n")
    assert "old" not in new
    assert "class TruncateFault" in new
    assert "program" in new


def test_what_was_measured_again_takes_the_place_of_what_was_measured_before():
    """A table is known by its title, whatever the numbers in it; the others stay, and a new one comes last."""
    tool = runpy.run_path(str(ROOT / "reports" / "readme.py"))
    before = "Python 3.11.\n\n## 200 streams\n\nold\n\n## Starts\n\nkept\n"
    after = tool["with_tables"](before, "Python 3.12.\n\n## 1,000 streams\n\nnew\n\n## More\n\nmore")
    assert after.split("\n\n") == [
        *("Python 3.12.", "## 1,000 streams", "new", "## Starts", "kept", "## More", "more"),
    ]


def test_pages_say_file_names_of_this_repository_right():
    """A path in the text is there."""
    for page in PAGES:
        for found in re.findall(r"`((?:harness|faults|tests|reports|docs)/[\w./-]+)`", page.read_text("utf-8")):
            if page not in GUIDES:
                assert Path(ROOT / found).exists(), f"{page.name}: {found}"
