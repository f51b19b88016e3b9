"""Every rule of the reviews by its business name."""

from reviews.domain.rules.deadlines import deadline_instant, is_on_time, require_extension, scorecards
from reviews.domain.rules.independence import (
    is_discrepant,
    manager_may_read_self_assessment,
    may_enter_calibration,
    require_rating,
)
from reviews.domain.rules.planning import plan_problems
from reviews.domain.rules.release import employee_may_see, evidence_prefilled, result_may_be_released
from reviews.domain.rules.templates import next_template_version, template_version_in_cycle

RULE_VERSION = "reviews-1"
"""Changes with the outcome of any rule of this package for the same input."""

__all__ = [
    "RULE_VERSION",
    "deadline_instant",
    "employee_may_see",
    "evidence_prefilled",
    "is_discrepant",
    "is_on_time",
    "manager_may_read_self_assessment",
    "may_enter_calibration",
    "next_template_version",
    "plan_problems",
    "require_extension",
    "require_rating",
    "result_may_be_released",
    "scorecards",
    "template_version_in_cycle",
]
