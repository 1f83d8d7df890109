"""Pages of a report as a browser reads them, and text that would be more than text in one."""

from __future__ import annotations

from html.parser import HTMLParser

EVIL = (
    "</script></style><img src=x onerror=alert(1)>\"'&amp; \x1b[31m\x00\ud800 @someone #12 | `x` https://evil.example"
)


class Tags(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data
