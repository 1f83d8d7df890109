"""What mkdocs needs to make a site of Markdown that is written to be read in the repository (`make docs`).

Pages link to files outside docs/, as ``../SECURITY.md``: those become pages of the site, and the links are turned to
where they lie there. A code block that names its file (``file=``, ``example=``) has the name as its title.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
OUTSIDE = (
    *("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    *("reports/findings.md", "reports/real-clients.md", "harness/ssedrill/clock/DESIGN.md"),
)
"""The pages that lie outside docs/, from the root of the repository, where they lie in the site as well."""

_LINK = re.compile(r"\]\((?!\w+:|#|<)([^)#\s]+)(#[^)\s]*)?\)")
_NAMED = re.compile(r"^(```\w+) (?:file|example)=(\S+)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside docs/."""
    for path in OUTSIDE:
        files.append(File.generated(config, path, content=(ROOT / path).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to where their pages lie in the site, and give code blocks their titles."""
    path = page.file.src_uri
    here = path if path in OUTSIDE else f"docs/{path}"

    def link(found: re.Match[str]) -> str:
        there = normpath(f"{Path(here).parent.as_posix()}/{found[1]}")
        up = "../" * path.count("/")
        return f"]({up}{there.removeprefix('docs/')}{found[2] or ''})"

    titled: str = _NAMED.sub(r'\1 title="\2"', markdown)
    return _LINK.sub(link, titled)


def on_config(config: MkDocsConfig, **rest: Any) -> MkDocsConfig:
    """Have the site made anew if a page outside docs/ changes, too."""
    config.watch += [str(ROOT / path) for path in OUTSIDE]
    return config
