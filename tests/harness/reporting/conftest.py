"""What tests of reports share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.one_browser import OneBrowser


@pytest.fixture(scope="session")
def browser() -> Iterator[OneBrowser]:
    """A Chromium, if one is asked for."""
    with OneBrowser() as one:
        yield one
