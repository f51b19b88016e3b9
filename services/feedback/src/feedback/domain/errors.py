"""What feedback refuses, and how to put it right."""

from typing import Literal

RejectedAs = Literal["invalid", "conflict", "forbidden", "not_found"]


class Rejected(Exception):
    """A command that a rule refuses: which field, why, and what would be accepted.

    ``status`` tells a command that can never be right (invalid) from one that came at the wrong time
    (conflict); the texts go to the client as they are, so they never quote what a person wrote.
    """

    def __init__(self, *, field: str, message: str, fix: str, status: RejectedAs = "invalid") -> None:
        super().__init__(f"{field}: {message}; {fix}")
        self.field = field
        self.message = message
        self.fix = fix
        self.status: RejectedAs = status

    def inside(self, place: str) -> "Rejected":
        """The same refusal, said of one item of a list: ``rounds.3`` and the field in it."""
        return Rejected(field=f"{place}.{self.field}", message=self.message, fix=self.fix, status=self.status)
