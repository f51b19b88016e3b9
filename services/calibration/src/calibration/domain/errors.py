"""What calibration refuses, and how to put it right."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

Item = TypeVar("Item")
Decided = TypeVar("Decided")

RejectedAs = Literal["invalid", "conflict", "forbidden", "not_found"]


class Rejected(Exception):
    """A command that a rule refuses: which field, why, and what would be accepted.

    ``status`` tells a command that can never be right (invalid) from one that came at the wrong time (conflict)
    and from one that somebody else may give (forbidden). The texts go to the client as they are, so they never
    quote what a person wrote.
    """

    def __init__(self, *, field: str, message: str, fix: str, status: RejectedAs = "invalid") -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
        self.fix = fix
        self.status: RejectedAs = status

    def inside(self, place: str) -> "Rejected":
        """The same refusal, said of one item of a list: ``adjustments.3`` and the field in it."""
        return Rejected(field=f"{place}.{self.field}", message=self.message, fix=self.fix, status=self.status)


def decide_each(listed: str, items: Sequence[Item], decide: Callable[[Item], Decided]) -> list[Decided]:
    """What is decided of each item of a request's list; a refusal names the place of its item.

    Raises:
        Rejected: one of them is refused.
    """
    decided: list[Decided] = []
    for place, item in enumerate(items):
        try:
            decided.append(decide(item))
        except Rejected as refused:
            raise refused.inside(f"{listed}.{place}") from None
    return decided
