"""How pytest is called for mutants: nothing is left in the work tree, and every mutant meets the same examples."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import hypothesis

_QUICK = "not slow and not alone and not bench"
_EXAMPLES = 25
"""So many of Hypothesis, a quarter of what `make test` draws: a mutant meets them again and again."""

_LEFT_OUT = ("randomly", "xdist", "cacheprovider", "pytest_cov")


def arguments(scratch: Path, tests: Iterable[str]) -> list[str]:
    """Return what pytest is called with; it stops at the first test that fails."""
    options = ["-x", "-q", "-m", _QUICK, f"--basetemp={scratch / 'tmp'}", *(f"-pno:{name}" for name in _LEFT_OUT)]
    return [*options, "-W", "ignore::pytest.PytestAssertRewriteWarning", *tests]


def settle(scratch: Path) -> None:
    """Turn this process into one that only runs tests: it says what it has to say to a file."""
    out = os.open(scratch / "out", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(scratch / "hypothesis")
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # it need not be the smallest example
    hypothesis.settings.register_profile(
        "mutants", database=None, derandomize=True, phases=phases, max_examples=_EXAMPLES
    )
    hypothesis.settings.load_profile("mutants")
