"""Promotion: what opens a case, what a decision needs, and how the raise adds to merit."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import TOP_RATINGS, PromotionTiming
from outcomes.domain.rules.money import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCase:
    """The criteria of the next level, the evidence (event ids) for each, the decision's reasons."""

    criteria: tuple[str, ...]
    evidence: Mapping[str, tuple[str, ...]]
    reasons: str


def promotion_case_opens(*, rating: int, recommended: bool) -> bool:
    """A recommendation opens a case for a final rating of 4 or 5; a rating alone opens none."""
    return recommended and rating in TOP_RATINGS


class PromotionState(StrEnum):
    """Where a promotion case stands."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    DEFERRED = "deferred"


PROMOTION_DECISIONS = frozenset(PromotionState) - {PromotionState.OPEN}
PROMOTION_MOVES: Mapping[PromotionState, frozenset[PromotionState]] = {
    PromotionState.OPEN: PROMOTION_DECISIONS,
    PromotionState.DEFERRED: PROMOTION_DECISIONS,
    PromotionState.APPROVED: frozenset(),
    PromotionState.DECLINED: frozenset(),
}


def move_promotion(state: PromotionState, to: PromotionState) -> PromotionState:
    """Open → approved, declined or deferred; a deferred case is decided again, the others are final.

    Raises:
        Rejected: ``promotion_move_refused``.
    """
    if to not in PROMOTION_MOVES[state]:
        raise Rejected(
            "promotion_move_refused",
            f"a promotion case that is {state} cannot become {to}",
            status="conflict",
            fix="Read the case again; an approved or declined one is final.",
        )
    return to


def promotion_is_decided_by_another(*, decider_is_manager: bool) -> None:
    """The manager who recommends does not decide the own recommendation, whatever other role the manager has.

    Raises:
        Rejected: ``own_recommendation``.
    """
    if decider_is_manager:
        raise Rejected(
            "own_recommendation",
            "the manager who recommends a promotion does not decide it",
            status="forbidden",
            fix="Ask the skip-level or another HR partner to decide.",
        )


def promotion_takes_effect(
    decision: PromotionState, *, asked_for: date | None, period_end: date
) -> date | None:
    """The day on which an approved promotion begins: by default, and at the earliest, the first day after the
    cycle's period, because a promotion belongs to the next cycle; None for any other decision.

    Raises:
        Rejected: ``effect_without_approval``, or ``effect_inside_the_cycle``.
    """
    earliest = period_end + timedelta(days=1)
    if decision is not PromotionState.APPROVED:
        if asked_for is not None:
            raise Rejected(
                "effect_without_approval",
                f"a {decision} promotion takes no effect",
                field="effective_from",
                fix="Leave effective_from out.",
            )
        return None
    if asked_for is not None and asked_for < earliest:
        raise Rejected(
            "effect_inside_the_cycle",
            "a promotion takes effect in the next cycle",
            field="effective_from",
            fix=f"Send {earliest} or a later day, or leave it out.",
        )
    return asked_for or earliest


def evidence_without_criterion(criteria: Collection[str], evidence: Mapping[str, object]) -> tuple[str, ...]:
    """The names under which evidence was sent and which the level's criteria do not have."""
    return tuple(sorted(set(evidence) - set(criteria)))


def promotion_decision_lacks(
    case: PromotionCase, *, decision: PromotionState = PromotionState.APPROVED
) -> tuple[str, ...]:
    """What stands between a case and its decision: criteria, reasons, and for an approval evidence for each.

    A case may be declined or deferred for want of evidence.
    """
    needs = case.criteria if decision is PromotionState.APPROVED else ()
    gaps = [f"evidence for: {criterion}" for criterion in needs if not case.evidence.get(criterion)]
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
