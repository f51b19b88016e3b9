"""What an organization decides about pay: matrix, floors, salary ranges, equity grid; frozen and versioned."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

ANY_LOCATION = "*"
RATINGS = (1, 2, 3, 4, 5)
TOP_RATINGS = (4, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDay:
    """A day that comes every year, such as 30 September."""

    month: int
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeritPolicy:
    """The merit matrix (rating → percent of each quartile 1–4), the floors (rating → percent), the cut-off.

    Percentages are rationals of 100: 7 % is ``Fraction(7)``. ``version`` is recorded with every result.
    """

    version: str
    matrix: Mapping[int, tuple[Fraction, Fraction, Fraction, Fraction]]
    floors: Mapping[int, Fraction]
    hire_cut_off: MonthDay


@dataclass(frozen=True, slots=True, kw_only=True)
class SalaryRange:
    """The annual full-time salaries of a level at a location, in minor units of ``currency``."""

    level: str
    location: str
    currency: str
    minimum: int
    maximum: int


class PromotionTiming(StrEnum):
    """When a promotion's raise is paid: as a case of its own in the next cycle, or in the merit run."""

    NEXT_CYCLE = "next_cycle"
    SAME_RUN = "same_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPolicy:
    """The refresh grid (level → rating → shares) and the number of parts in which a grant vests."""

    grid: Mapping[str, Mapping[int, int]]
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusPolicy:
    """The weights of the individual and the team multiplier, which sum to 1, and the cap on their sum."""

    weight_individual: Fraction
    weight_team: Fraction
    cap: Fraction


def percents(
    first: str, second: str, third: str, fourth: str
) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """One row of the matrix: the percent of each quartile, from decimal text."""
    return Fraction(first), Fraction(second), Fraction(third), Fraction(fourth)


DEFAULT_HIRE_CUT_OFF = MonthDay(month=9, day=30)
DEFAULT_MERIT = MeritPolicy(
    version="default",
    matrix={
        5: percents("10", "9", "8", "7"),
        4: percents("9", "8", "7", "5"),
        3: percents("5", "4.5", "4", "3"),
        2: percents("2", "1.5", "1", "0"),
        1: percents("0", "0", "0", "0"),
    },
    floors={5: Fraction(5), 4: Fraction(5), 3: Fraction(3), 2: Fraction(0), 1: Fraction(0)},
    hire_cut_off=DEFAULT_HIRE_CUT_OFF,
)
DEFAULT_EQUITY = EquityPolicy(
    grid={
        "L1": {5: 800, 4: 500},
        "L2": {5: 1_500, 4: 1_000},
        "L3": {5: 3_000, 4: 2_000},
        "L4": {5: 4_500, 4: 3_000},
        "L5": {5: 7_500, 4: 5_000},
        "L6": {5: 12_000, 4: 8_000},
        "L7": {5: 18_000, 4: 12_000},
    },
    parts=16,
)
DEFAULT_BONUS = BonusPolicy(
    weight_individual=Fraction(7, 10), weight_team=Fraction(3, 10), cap=Fraction(3, 2)
)
