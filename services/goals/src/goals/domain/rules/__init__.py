"""Every rule of the goals by its business name."""

from goals.domain.rules.adjustment import adjustment_is_frozen, approvals_missing, approvals_needed
from goals.domain.rules.attainment import (
    attainment_of_availability,
    attainment_of_done,
    attainment_of_number,
)
from goals.domain.rules.calendar import due_date_of_week
from goals.domain.rules.cascade import coverage, find_cycle, skips_upwards
from goals.domain.rules.grading import grade_of_result, grade_of_score
from goals.domain.rules.lateness import score_after_lateness, weeks_late
from goals.domain.rules.payout import payout_multiplier
from goals.domain.rules.rollup import renormalized_weights, roll_up, shares_missed, weights_sum_to_all
from goals.domain.rules.smart import person_has_delivery_and_growth, smart_findings
from goals.domain.rules.variance import (
    definitions_used_twice,
    departs_from_trajectory,
    expected_attainment,
    override_is_allowed,
    refresh_is_missing,
    who_hears_of_variance,
)

RULE_VERSION = "goals-1"
"""Changes with the outcome of any rule of this package for the same input."""

__all__ = [
    "RULE_VERSION",
    "adjustment_is_frozen",
    "approvals_missing",
    "approvals_needed",
    "attainment_of_availability",
    "attainment_of_done",
    "attainment_of_number",
    "coverage",
    "definitions_used_twice",
    "departs_from_trajectory",
    "due_date_of_week",
    "expected_attainment",
    "find_cycle",
    "grade_of_result",
    "grade_of_score",
    "override_is_allowed",
    "payout_multiplier",
    "person_has_delivery_and_growth",
    "refresh_is_missing",
    "renormalized_weights",
    "roll_up",
    "score_after_lateness",
    "shares_missed",
    "skips_upwards",
    "smart_findings",
    "weeks_late",
    "weights_sum_to_all",
    "who_hears_of_variance",
]
