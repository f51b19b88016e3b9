"""The two anonymous surveys of a cycle, under the same thresholds as peers' feedback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from feedback.domain.errors import Rejected
from feedback.domain.rules.anonymity import (
    DEFAULT_ANONYMITY,
    HIGHEST_SCORE,
    LOWEST_SCORE,
    AnonymityPolicy,
    Reason,
    half_point_band,
    reasons_for_suppression,
)

FAVOURABLE_ABOVE = Fraction(4)


class SurveyKind(StrEnum):
    """What a survey asks about."""

    FAIRNESS = "fairness"
    MANAGER_SATISFACTION = "manager_satisfaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """One person's answer to one survey, a whole number from 1 to 5, and the groups it counts in."""

    respondent: str
    groups: tuple[str, ...]
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyGroup:
    """One group's published result; ``band`` and ``responses`` only when it is shown."""

    group: str
    responses: int | None
    band: tuple[Fraction, Fraction] | None
    suppressed: Reason | None


def require_survey_scores(answers: Sequence[SurveyAnswer]) -> None:
    """Every answer lies on the scale and nobody answers twice.

    Raises:
        Rejected: one does not.
    """
    if any(not 1 <= answer.score <= 5 for answer in answers):
        raise Rejected(
            field="score", message="an answer is off the scale", fix="give a whole number from 1 to 5"
        )
    if len({answer.respondent for answer in answers}) != len(answers):
        raise Rejected(field="respondent", message="somebody answered twice", fix="keep one answer a person")


def publish_survey(
    answers: Sequence[SurveyAnswer], *, policy: AnonymityPolicy = DEFAULT_ANONYMITY
) -> tuple[SurveyGroup, ...]:
    """Each group's half-point band where anonymity lets it through, by name. Source: domain rules, "surveys".

    Raises:
        Rejected: an answer is off the scale, or somebody answered twice.
    """
    require_survey_scores(answers)
    scores: dict[str, dict[str, Fraction]] = {}
    for answer in answers:
        for group in answer.groups:
            scores.setdefault(group, {})[answer.respondent] = Fraction(answer.score)
    reasons = reasons_for_suppression(scores, threshold=policy.scores_from)
    return tuple(survey_group(name, scores[name], reasons[name]) for name in sorted(scores))


def survey_group(name: str, scores: Mapping[str, Fraction], reason: Reason | None) -> SurveyGroup:
    """One group as it is published."""
    if reason is not None:
        return SurveyGroup(group=name, responses=None, band=None, suppressed=reason)
    band = survey_band(list(scores.values()))
    return SurveyGroup(group=name, responses=len(scores), band=band, suppressed=None)


def survey_band(scores: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The band of half a point on the scale 1 to 5 that holds the mean: low < mean ≤ high, 1 in the first band.

    A survey's target is a mean above 4. With 4 itself in the band that ends there, the band alone tells whether it
    is met, and the mean of 4 is no more known than any other. Source: domain rules, Feedback, "published means".

    Raises:
        ValueError: there is no score, or one lies outside 1 to 5.
    """
    ends = LOWEST_SCORE + HIGHEST_SCORE
    low, high = half_point_band([ends - score for score in scores])
    return ends - high, ends - low


def survey_target_is_met(band: tuple[Fraction, Fraction], *, above: Fraction = FAVOURABLE_ABOVE) -> bool:
    """Whether the mean lies strictly above 4 of 5, as its band shows."""
    return band[0] >= above
