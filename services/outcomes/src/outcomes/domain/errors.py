"""What a rule says when it refuses: a stable code for programs and a sentence for people."""


class Rejected(Exception):
    """A rule refuses; ``code`` is stable, ``reason`` is a sentence for the person who asked."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class BudgetBelowFloors(Rejected):
    """A pool's budget does not cover its floors; ``shortfall`` is what is missing, in minor units."""

    def __init__(self, *, budget: int, floors: int) -> None:
        self.shortfall = floors - budget
        super().__init__("budget_below_floors", "the budget does not cover the floors of the pool")
