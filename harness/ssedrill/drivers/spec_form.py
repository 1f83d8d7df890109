"""How a driver is asked for on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ssedrill.drivers.driver import Driver


@dataclass(frozen=True)
class SpecForm:
    """What stands behind a prefix, as in ``cmd:./my-client --flag``.

    ``make`` is given what follows the prefix; it raises BadSpec, which says what is wrong with it and what would be
    right. ``about`` says what such a client is.
    """

    about: str
    make: Callable[[str], Driver]
    announces: bool = False  # such a client may say in its first words what it can besides text
