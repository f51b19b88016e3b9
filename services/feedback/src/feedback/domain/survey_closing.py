"""Who is asked by a survey, and what its tally lets through when it closes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from feedback.domain.rules import publish_survey, survey_target_is_met
from feedback.domain.rules.anonymity import DEFAULT_ANONYMITY, AnonymityPolicy
from feedback.domain.rules.surveys import SurveyAnswer, SurveyKind

EVERYONE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSurvey:
    """What a survey shows: nothing but the number of answers when it is suppressed."""

    responses: int
    band: tuple[Fraction, Fraction] | None
    target_met: bool | None


def is_invited(kind: SurveyKind, *, in_cycle: bool, leads_somebody: bool) -> bool:
    """Fairness asks everybody in the cycle's divisions, manager satisfaction those of them who lead somebody."""
    return in_cycle and (kind is SurveyKind.FAIRNESS or leads_somebody)


def close_survey(
    tally: Mapping[int, int], *, readers_who_answered: int, policy: AnonymityPolicy = DEFAULT_ANONYMITY
) -> ClosedSurvey:
    """Publish a tally (score → answers) under the rule of surveys.

    Those who may read the result do not count towards the threshold: which answers are theirs is unknown, so the
    threshold rises by their number, which comes to the same.
    """
    scores = [score for score, answers in sorted(tally.items()) for _ in range(answers)]
    raised = replace(policy, scores_from=policy.scores_from + readers_who_answered)
    answers = [
        SurveyAnswer(respondent=str(place), groups=(EVERYONE,), score=score)
        for place, score in enumerate(scores)
    ]
    band = next((group.band for group in publish_survey(answers, policy=raised)), None)
    met = None if band is None else survey_target_is_met(band)
    return ClosedSurvey(responses=len(scores), band=band, target_met=met)
