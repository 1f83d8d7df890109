"""Reset a request that comes over a connection which the server has given up."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import Op, Reset


@dataclass(frozen=True, kw_only=True)
class StaleConnectionFault(WireFault):
    """Reset a request that reuses a connection; one that comes over a fresh connection is served.

    The certain form of the race between a client's pool and a server that closes idle connections: the request is
    on its way when the connection dies, and not a byte of it is answered.
    """

    name = "stale_connection"
    ending = True

    def applies(self, *, reused: bool) -> bool:
        """Act on reused connections only."""
        return reused

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Answer nothing."""
        return (Reset(fault=self.name),)
