"""What the reviews refuse, and how to put it right."""

from typing import Literal

from plumbline.money import Unusable

RejectedAs = Literal["invalid", "conflict", "forbidden", "not_found"]


class Rejected(Exception):
    """A command that a rule refuses: which field, why, and what would be accepted.

    ``status`` tells a command that can never be right (invalid) from one that came at the wrong time
    (conflict); the texts go to the client as they are, so they quote
    numbers and codes, and never what a person wrote.
    """

    def __init__(self, *, field: str, message: str, fix: str, status: RejectedAs = "invalid") -> None:
        super().__init__(f"{field}: {message}; {fix}")
        self.field = field
        self.message = message
        self.fix = fix
        self.status = status


def refuse_number(field: str, value: str, found: Unusable) -> Rejected:
    """The refusal of a number or a currency's code, which it repeats."""
    return Rejected(field=field, message=f"{value}: {found.why}", fix=found.fix)
