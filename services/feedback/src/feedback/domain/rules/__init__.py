"""Every rule of feedback by its business name."""

from feedback.domain.rules.anonymity import half_point_band, reasons_for_suppression, shuffled
from feedback.domain.rules.concerns import is_contemporaneous, what_a_concern_lacks
from feedback.domain.rules.isolation import isolates_fewer_than
from feedback.domain.rules.linter import lint_feedback
from feedback.domain.rules.publishing import publish_round
from feedback.domain.rules.raters import (
    approve_raters,
    is_purely_reciprocal,
    nominate_raters,
    override_raters,
)
from feedback.domain.rules.surveys import publish_survey, survey_band, survey_target_is_met

RULE_VERSION = "feedback-2"
"""Changes with the outcome of any rule of this package for the same input."""

__all__ = [
    "RULE_VERSION",
    "approve_raters",
    "half_point_band",
    "is_contemporaneous",
    "is_purely_reciprocal",
    "isolates_fewer_than",
    "lint_feedback",
    "nominate_raters",
    "override_raters",
    "publish_round",
    "publish_survey",
    "reasons_for_suppression",
    "shuffled",
    "survey_band",
    "survey_target_is_met",
    "what_a_concern_lacks",
]
