"""What a rule says when it refuses: a stable code for programs and a sentence for people."""

from typing import Literal

Refusal = Literal["invalid", "conflict", "forbidden", "not_found"]


class Rejected(Exception):
    """A rule refuses; ``code`` is stable, ``reason`` is a sentence for the person who asked.

    ``field`` names what to change in the request and ``fix`` how; ``status`` is "conflict" when the request is
    fine but what it asks about does not stand where it should.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        status: Refusal = "invalid",
        field: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.status = status
        self.field = field
        self.fix = fix


class BudgetBelowFloors(Rejected):
    """A pool's budget does not cover its floors; ``shortfall`` is what is missing, in minor units."""

    def __init__(self, *, budget: int, floors: int) -> None:
        self.shortfall = floors - budget
        super().__init__("budget_below_floors", "the budget does not cover the floors of the pool")
