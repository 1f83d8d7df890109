"""The ports that drills are served on: any free one, or those of a range that is published elsewhere."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from ssedrill.server.listener import HOST
from ssedrill.serving.refused import Refused


@dataclass(frozen=True)
class Ports:
    """Binds sockets at one address. Without a range the system chooses their ports.

    What is bound may be bound again as soon as it is closed, although connections that it had are not quite gone.
    """

    host: str = HOST
    among: range = range(0)

    @property
    def is_loopback(self) -> bool:
        """Tell whether only programs of this machine can connect."""
        return self.host.startswith("127.")

    def bind(self, port: int = 0) -> socket.socket:
        """Return a socket bound to this port if it can be had, else to another. Raises Refused if there is none."""
        for one in ([port] if port else []) + list(self.among or [0]):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((self.host, one or self._free()))
            except OSError as error:
                sock.close()
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
            else:
                return sock
        what = f"ports {self.among[0]}-{self.among[-1]} are" if self.among else "the port is"
        raise Refused(503, f"all {what} in use", "DELETE /drills/{id} gives one back; --drill-ports takes more")

    def _free(self) -> int:
        """Return a port that nobody has: one that was not asked for by its number is lost when it stops listening."""
        with socket.socket() as scout:
            scout.bind((self.host, 0))
            port: int = scout.getsockname()[1]
        return port
