"""Why something that was asked of the control API is not done."""

from __future__ import annotations


class Refused(Exception):
    """Ends a request with a status, what is wrong, and what would be right."""

    def __init__(self, status: int, error: str, right: str) -> None:
        super().__init__(f"{error}; {right}")
        self.status = status
        self.error = error
        self.right = right
