"""TOML files: what can't be read is told with the place."""

from __future__ import annotations

import tomllib
from typing import Any

from ssedrill.loading.problems import Report, shown_path


def parse(data: bytes, report: Report) -> dict[str, Any]:
    """Return the tables of a file; raise BadScenario, through ``report``, if it is no TOML."""
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        report.add("", f"not UTF-8 (at byte {error.start})", "save it as UTF-8")
    except RecursionError:
        report.add("", "nested too deep", "a few levels are needed, no more")
    except tomllib.TOMLDecodeError as error:
        said = str(error).replace("(at end of document)", f"(at the end, line {len(data.splitlines())})")
        report.add("", f"not TOML: {shown_path(said)[:200]}", 'write key = "value" lines under [table] heads')
    except ValueError:
        report.add("", "a number in it is too long to be read", "write a shorter one")
    report.raise_if_any()
    raise AssertionError("unreachable")
