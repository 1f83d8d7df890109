"""When an application tells its client to stop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cancel:
    """The application stops reading, as a user does who presses "stop"; times count from the call's beginning."""

    at_s: float | None = None
    """So long after the call began."""
    after_token: int | None = None
    """The application has been shown this token."""
    after_event: int | None = None
    """The server has written so many events of the call's answers."""

    def __post_init__(self) -> None:
        given = [name for name in ("at_s", "after_token", "after_event") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a cancel has one moment: at, after_token or after_event")
        for name in ("after_token", "after_event"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} counts from 1")
