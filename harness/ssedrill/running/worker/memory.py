"""How much memory a worker may have, and each program that it starts: one that asks for ever more ends by itself.

It is the data segment that is limited, not the address space: what is reserved and not used, as the engines of
JavaScript and Go do by the gigabyte, costs nothing.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # no limits on this system
    resource = None  # type: ignore[assignment]

SHARE = 2
"""A process may have one part in so many of the machine's memory, or of what its container may have."""
LEAST_BYTES = 4 * 1024**3
CROWDED = 2
"""A worker in which one part in so many of that is in use is not used again."""
CGROUPS = Path("/sys/fs/cgroup")


def limit_memory() -> None:
    """Limit this process, and what it will start, if the system has that and nobody has set a lower limit."""
    if resource is None or sys.platform != "linux":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (soft, hard, max(LEAST_BYTES, _there() // SHARE)) if limit != resource.RLIM_INFINITY]
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def crowded() -> bool:
    """Tell whether so much memory of this process is in use that its next client may not have enough."""
    if resource is None or sys.platform != "linux":
        return False
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
        return limit != resource.RLIM_INFINITY and pages * resource.getpagesize() * CROWDED > limit
    return False


def _there() -> int:
    """Return how much memory there is, in bytes, for all processes here together."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    with suppress(OSError, ValueError):
        own = Path("/proc/self/cgroup").read_text("utf-8").rpartition("0::/")[2].split("\n")[0]
        for folder in {CGROUPS, *((CGROUPS / own), *(CGROUPS / own).parents)}:
            if folder.is_relative_to(CGROUPS):
                with suppress(OSError, ValueError):  # there is none, or it is "max"
                    found.append(int((folder / "memory.max").read_text("ascii")))
    return min(found)
