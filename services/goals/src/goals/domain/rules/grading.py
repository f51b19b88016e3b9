"""The grade that the rule suggests for a key result, beside the person's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from goals.domain.rules.attainment import (
    attainment_of_availability,
    attainment_of_done,
    attainment_of_number,
)
from goals.domain.rules.lateness import LOST_PER_WEEK, score_after_lateness, weeks_late


class Grade(StrEnum):
    """The five grades of a key result, best first."""

    EXCEEDED = "Exceeded"
    MET = "Met"
    MOSTLY_MET = "Mostly Met"
    PARTIALLY_MET = "Partially Met"
    NOT_MET = "Not Met"


class ResultKind(StrEnum):
    """How a key result is measured."""

    NUMERIC = "numeric"
    BINARY = "binary"
    AVAILABILITY = "availability"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingPolicy:
    """What an organization may change: the lowest score of each grade and the loss for each week late."""

    lowest: Sequence[tuple[Fraction, Grade]] = (
        (Fraction(110, 100), Grade.EXCEEDED),
        (Fraction(100, 100), Grade.MET),
        (Fraction(70, 100), Grade.MOSTLY_MET),
        (Fraction(40, 100), Grade.PARTIALLY_MET),
    )
    lost_per_week: Fraction = LOST_PER_WEEK


DEFAULT_GRADING = GradingPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredResult:
    """A key result at the cycle's end: its frozen target, what came out, and when.

    Numbers are in the metric's own unit, in percent for availability; a binary result is done when ``actual`` is 1.
    """

    kind: ResultKind
    actual: Fraction
    target: Fraction = Fraction(1)
    baseline: Fraction = Fraction(0)
    strict: bool = False
    higher_is_better: bool = True
    due_on: date | None = None
    done_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedResult:
    """The suggested grade with the arithmetic that leads to it; attainment and score are shares of 1."""

    attainment: Fraction
    weeks_late: int
    score: Fraction
    grade: Grade


def attainment_of_result(result: MeasuredResult) -> Fraction:
    """Attainment by the rule of the result's kind."""
    if result.kind is ResultKind.BINARY:
        return attainment_of_done(done=result.actual == 1)
    if result.kind is ResultKind.AVAILABILITY:
        return attainment_of_availability(
            target_percent=result.target, actual_percent=result.actual, strict=result.strict
        )
    return attainment_of_number(
        baseline=result.baseline,
        target=result.target,
        actual=result.actual,
        strict=result.strict,
        higher_is_better=result.higher_is_better,
    )


def weeks_late_of_result(result: MeasuredResult, *, cycle_ends_on: date | None = None) -> int:
    """Weeks late; availability is measured over the whole period, is continuous and so never late."""
    if result.kind is ResultKind.AVAILABILITY:
        return 0
    return weeks_late(due_on=result.due_on, done_on=result.done_on, cycle_ends_on=cycle_ends_on)


def grade_of_score(score: Fraction, *, policy: GradingPolicy = DEFAULT_GRADING) -> Grade:
    """Exceeded from 1.10, Met from 1.00, Mostly Met from 0.70, Partially Met from 0.40, else Not Met. *Policy*."""
    for lowest, grade in policy.lowest:
        if score >= lowest:
            return grade
    return Grade.NOT_MET


def grade_of_result(
    result: MeasuredResult, *, cycle_ends_on: date | None = None, policy: GradingPolicy = DEFAULT_GRADING
) -> GradedResult:
    """Suggest a grade from target, actual and dates alone. Source: domain rules, Goals, "score" and "grade".

    Raises:
        ValueError: the result is unfinished and the cycle's end is not given.
    """
    attainment = attainment_of_result(result)
    late = weeks_late_of_result(result, cycle_ends_on=cycle_ends_on)
    score = score_after_lateness(attainment=attainment, weeks_late=late, lost_per_week=policy.lost_per_week)
    return GradedResult(
        attainment=attainment, weeks_late=late, score=score, grade=grade_of_score(score, policy=policy)
    )
