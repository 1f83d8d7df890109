"""The executors by their addresses."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from ssedrill.campaign.bad_campaign import BadCampaign

LOCAL = "local"
FORMS = f"{LOCAL} or dask://HOST:PORT"
CONNECT_S = 5.0
"""Seconds after which a scheduler that does not answer is given up."""

_DASK = re.compile(r"dask://(?P<place>(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(?P<port>[0-9]{1,5}))/?")


def scheduler_of(address: str) -> str:
    """Return where the scheduler of an executor's address is, as HOST:PORT. Raises BadCampaign."""
    found = _DASK.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise BadCampaign(f"{address[:100]!a} is no executor: write {FORMS}, such as dask://10.0.0.5:8786")
    return found["place"]


@contextmanager
def dask_executor(scheduler: str, tell: Callable[[str], object]) -> Iterator[Executor]:
    """Connect with a scheduler of Dask, and leave it at the end; what was not done by then is cancelled.

    ``tell`` is told if no worker is there yet. Raises BadCampaign if nobody answers, or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        right = "install it with the extra dask (ssedrill[dask])"
        raise BadCampaign(f"--executor dask://{scheduler} needs Dask: {error}; {right}") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says of a lost worker is no news to a user
    try:
        client = Client(f"tcp://{scheduler}", timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        right = "start one (`dask scheduler`), or name where it listens"
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise BadCampaign(f"no scheduler of Dask answers at {scheduler} ({why}): {right}") from None
    try:
        if not client.scheduler_info()["workers"]:
            tell(f"The scheduler at {scheduler} has no worker yet: waiting for one.")
        executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
    finally:
        client.close(CONNECT_S)  # type: ignore[no-untyped-call]
