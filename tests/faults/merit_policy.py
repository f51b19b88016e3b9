"""The policy of every company here: merit's matrix and floors, one salary range, one row of equity."""

from datetime import date
from decimal import Decimal

from plumbline.contracts.event import Rating
from plumbline.contracts.policy import (
    EquityGrantV1,
    MeritPolicyV1,
    PolicyDocumentV1,
    PolicyStateV1,
    SalaryRangeV1,
)

# In percent of the salary, for each quarter of the range.
MATRIX: dict[Rating, tuple[str, str, str, str]] = {
    "5": ("10", "9", "8", "7"),
    "4": ("9", "8", "7", "5"),
    "3": ("5", "4.5", "4", "3"),
    "2": ("2", "1.5", "1", "0"),
    "1": ("0", "0", "0", "0"),
}
FLOORS: dict[Rating, str] = {"5": "5", "4": "5", "3": "3", "2": "0", "1": "0"}
SHARES: dict[Rating, int] = {"5": 4500, "4": 3000}
LOW, HIGH = 100_000, 200_000


def policy_of(division: str) -> PolicyStateV1:
    """As reviews publishes it."""
    merit = MeritPolicyV1(
        matrix={
            rating: (Decimal(first), Decimal(second), Decimal(third), Decimal(fourth))
            for rating, (first, second, third, fourth) in MATRIX.items()
        },
        floors={rating: Decimal(text) for rating, text in FLOORS.items()},
    )
    document = PolicyDocumentV1(
        version="1",
        merit=merit,
        ranges=(SalaryRangeV1(level="L4", currency="USD", minimum=Decimal(LOW), maximum=Decimal(HIGH)),),
        guideline={},
        equity=tuple(
            EquityGrantV1(level="L4", rating=rating, shares=shares) for rating, shares in SHARES.items()
        ),
    )
    return PolicyStateV1(
        policy_id=f"{division}/1",
        division=division,
        digest="digest",
        effective_from=date(2026, 1, 1),
        document=document,
    )
