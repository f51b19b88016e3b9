"""The pay gap between women and men: raw, adjusted for level and location, and per level."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from outcomes.domain.statistics.log_salary import fit_log_salary

RULE_VERSION = "pay-gap-1"
METHOD = "difference of mean full-time salaries over men's; least squares of log salary, 95 % t interval"
SMALLEST_GROUP = 5
JOINT_ASSESSMENT_LIMIT = Fraction(5, 100)
WOMEN = frozenset({"f", "female", "w", "woman", "women", "weiblich"})
MEN = frozenset({"m", "male", "man", "men", "männlich"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPerson:
    """One person's annual full-time salary in the currency's major unit (above 0), and what compares it."""

    gender: str
    level: str
    location: str
    salary: Fraction
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedGap:
    """The gap at equal level and location, a share of men's pay (positive: women earn less), 95 % interval."""

    value: float
    low: float
    high: float
    freedom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGap:
    """One level's gap; people and gap are None when it is suppressed, or one gender is not there at all."""

    level: str
    state: Literal["shown", "suppressed"]
    women: int | None
    men: int | None
    gap: Fraction | None
    reaches_limit: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyGap:
    """One currency's gaps, as shares of men's pay: positive where women earn less.

    ``joint_assessment`` is None when no level could be shown; ``not_compared`` counts the people whose
    recorded gender is neither woman nor man.
    """

    currency: str
    state: Literal["shown", "insufficient_data"]
    reason: str | None
    not_compared: int
    women: int | None
    men: int | None
    raw_gap: Fraction | None
    median_gap: Fraction | None
    adjusted_gap: AdjustedGap | None
    adjusted_reason: str | None
    levels: tuple[LevelGap, ...]

    @property
    def joint_assessment(self) -> bool | None:
        """Whether a level's gap reaches 5 %, which asks for a justification or a joint pay assessment."""
        return any_known([level.reaches_limit for level in self.levels])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    women: tuple[PaidPerson, ...]
    men: tuple[PaidPerson, ...]

    @property
    def is_small(self) -> bool:
        return min(len(self.women), len(self.men)) < SMALLEST_GROUP


def any_known(answers: Sequence[bool | None]) -> bool | None:
    """Whether any of the answers is yes; None when none of them is known."""
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


def measure_pay_gaps(people: Sequence[PaidPerson]) -> tuple[CurrencyGap, ...]:
    """The gaps of every currency, alphabetically; salaries in different currencies are never compared.

    Source: Directive (EU) 2023/970: art. 3 (1) (c) and (e) the gap and the median gap over men's pay, art. 9
    (1) (g) the gap by category of workers, art. 10 (1) the joint pay assessment at 5 %.
    """
    currencies = sorted({person.currency for person in people})
    return tuple(
        _measure_currency(currency, [person for person in people if person.currency == currency])
        for currency in currencies
    )


def relative_gap(women: Fraction, men: Fraction) -> Fraction:
    """(men − women) / men: the share of men's average pay by which women's is lower; men's must not be 0."""
    return (men - women) / men


def _measure_currency(currency: str, people: Sequence[PaidPerson]) -> CurrencyGap:
    pair = _split_by_gender(people)
    compared = (*pair.women, *pair.men)
    not_compared = len(people) - len(compared)
    if pair.is_small:
        return _insufficient(currency, not_compared)
    adjusted, adjusted_reason = _adjust_for_level_and_location(compared)
    return CurrencyGap(
        currency=currency,
        state="shown",
        reason=None,
        not_compared=not_compared,
        women=len(pair.women),
        men=len(pair.men),
        raw_gap=relative_gap(_mean(pair.women), _mean(pair.men)),
        median_gap=relative_gap(_median(pair.women), _median(pair.men)),
        adjusted_gap=adjusted,
        adjusted_reason=adjusted_reason,
        levels=_measure_levels(compared),
    )


def _insufficient(currency: str, not_compared: int) -> CurrencyGap:
    return CurrencyGap(
        currency=currency,
        state="insufficient_data",
        reason=f"fewer than {SMALLEST_GROUP} women or {SMALLEST_GROUP} men are paid in {currency}",
        not_compared=not_compared,
        women=None,
        men=None,
        raw_gap=None,
        median_gap=None,
        adjusted_gap=None,
        adjusted_reason=None,
        levels=(),
    )


def _split_by_gender(people: Sequence[PaidPerson]) -> _Pair:
    return _Pair(
        women=tuple(person for person in people if person.gender.strip().lower() in WOMEN),
        men=tuple(person for person in people if person.gender.strip().lower() in MEN),
    )


def _measure_levels(people: Sequence[PaidPerson]) -> tuple[LevelGap, ...]:
    levels = sorted({person.level for person in people})
    return tuple(
        _measure_level(level, _split_by_gender([person for person in people if person.level == level]))
        for level in levels
    )


def _measure_level(level: str, pair: _Pair) -> LevelGap:
    if pair.is_small:
        return LevelGap(level=level, state="suppressed", women=None, men=None, gap=None, reaches_limit=None)
    gap = relative_gap(_mean(pair.women), _mean(pair.men))
    return LevelGap(
        level=level,
        state="shown",
        women=len(pair.women),
        men=len(pair.men),
        gap=gap,
        reaches_limit=abs(gap) >= JOINT_ASSESSMENT_LIMIT,
    )


def _adjust_for_level_and_location(people: Sequence[PaidPerson]) -> tuple[AdjustedGap | None, str | None]:
    fitted = fit_log_salary(
        [float(person.salary) for person in people],
        [person.gender.strip().lower() in WOMEN for person in people],
        [[person.level for person in people], [person.location for person in people]],
    )
    if fitted is None:
        return None, "no level and location has both women and men, or too few people"
    value, low, high = fitted.relative_gap()
    return AdjustedGap(value=value, low=low, high=high, freedom=fitted.freedom), None


def _mean(people: Sequence[PaidPerson]) -> Fraction:
    return sum((person.salary for person in people), Fraction(0)) / len(people)


def _median(people: Sequence[PaidPerson]) -> Fraction:
    salaries = sorted(person.salary for person in people)
    middle = len(salaries) // 2
    return salaries[middle] if len(salaries) % 2 else (salaries[middle - 1] + salaries[middle]) / 2
