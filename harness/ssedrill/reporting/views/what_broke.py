"""What broke in a run, by the names of its checks: what a cell says besides the outcome."""

from __future__ import annotations

from ssedrill.model.record import Record, Severity, Verdict
from ssedrill.model.scenario import OUTCOME
from ssedrill.reporting.views.wording import broken, to_tell


def broken_ids(run: Record, severity: Severity) -> list[str]:
    """Return the ids of the checks of a run, and of its calls, that are broken, each once."""
    checks = [*broken(run), *(check for call in run.calls for check in broken(call))]
    return list(dict.fromkeys(check.id for check in checks if check.severity is severity))


def what_broke(run: Record) -> list[str]:
    """Return the ids of the checks that make a run fail or warn, apart from the outcome's, which is told anyway."""
    if run.verdict not in (Verdict.FAIL, Verdict.WARN):
        return []
    checks = [*to_tell(run), *(check for call in run.calls for check in to_tell(call))]
    return list(dict.fromkeys(check.id for check in checks if check.verdict is run.verdict and check.id != OUTCOME))


def blame(run: Record) -> str:
    """Return the same in a few words: ``retry_after broken``; nothing if the outcome says it all."""
    return f"{', '.join(names)} broken" if (names := what_broke(run)) else ""
