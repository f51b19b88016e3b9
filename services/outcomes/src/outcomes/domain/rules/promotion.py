"""Promotion: what opens a case, what a decision needs, and how the raise adds to merit."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from outcomes.domain.policy import TOP_RATINGS, PromotionTiming
from outcomes.domain.rules.money import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCase:
    """The criteria of the next level, the evidence (event ids) for each, the decision's reasons.

    ``prepares_for`` names a role when the case is part of succession.
    """

    criteria: tuple[str, ...]
    evidence: Mapping[str, tuple[str, ...]]
    reasons: str
    prepares_for: str | None = None


def promotion_case_opens(*, rating: int, recommended: bool) -> bool:
    """A recommendation opens a case for a final rating of 4 or 5; a rating alone opens none."""
    return recommended and rating in TOP_RATINGS


def promotion_decision_lacks(case: PromotionCase) -> tuple[str, ...]:
    """What stands between a case and its decision: each criterion without evidence, and the reasons."""
    gaps = [f"evidence for: {criterion}" for criterion in case.criteria if not case.evidence.get(criterion)]
    if not case.criteria:
        gaps.append("criteria of the level")
    if not case.reasons.strip():
        gaps.append("reasons of the decision")
    return tuple(gaps)


def promotion_increase(base_after_merit: int, percent: Fraction) -> int:
    """The raise in minor units: percent of the base that merit left, rounded half-up (compounded)."""
    return half_up(base_after_merit * percent.numerator, percent.denominator * 100)


def salary_after_merit_and_promotion(
    salary_after_merit: int, *, promotion_percent: Fraction, timing: PromotionTiming
) -> int:
    """The new salary of this run: merit first, then the promotion on the new base, where policy says so.

    By default the promotion waits for the next cycle, as a case of its own.
    """
    if timing is PromotionTiming.NEXT_CYCLE:
        return salary_after_merit
    return salary_after_merit + promotion_increase(salary_after_merit, promotion_percent)
