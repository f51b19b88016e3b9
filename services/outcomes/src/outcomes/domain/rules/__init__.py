"""Every rule of pay and development under its business name; each module holds the rules of one noun."""

from outcomes.domain.rules.approval import approval_chain, may_sign, next_approval
from outcomes.domain.rules.bonus import bonus_amount, bonus_multiplier, explain_bonus
from outcomes.domain.rules.budget import (
    budget_from_percent,
    draw_on_reserve,
    sessions_still_open,
    share_budget,
)
from outcomes.domain.rules.development import outcomes_of_rating
from outcomes.domain.rules.effective_dating import (
    pay_between,
    retroactive_difference,
    salary_on,
    salary_timeline,
)
from outcomes.domain.rules.eligibility import (
    counted_days,
    days_of_year,
    employed_days,
    hired_by_the_cut_off,
    merit_is_due,
    merit_runs_in,
    proration,
)
from outcomes.domain.rules.equity import equity_refresh, vesting_parts
from outcomes.domain.rules.exceptions import count_exceptions, exception_lacks
from outcomes.domain.rules.merit import (
    merit_amount,
    merit_floor_percent,
    merit_guideline_percent,
    recommend_merit,
    split_at_range_maximum,
    why_no_merit,
)
from outcomes.domain.rules.merit_steps import explain_merit
from outcomes.domain.rules.money import (
    currency_exponent,
    decimal_text,
    half_up,
    round_half_up,
    to_minor_units,
)
from outcomes.domain.rules.pip import (
    failed_pip_panel,
    move_pip,
    pip_approvals_missing,
    pip_dates,
    pip_dates_after_suspension,
    pip_start_lacks,
    resume_pip,
)
from outcomes.domain.rules.pip_gate import is_contemporaneous, missing_in_words, pip_gate
from outcomes.domain.rules.plans import (
    day_of_plan,
    growth_plan_lacks,
    move_plan,
    ninety_day_plan_dates,
    ninety_day_plan_lacks,
    plan_leads_to_proposed_pip,
)
from outcomes.domain.rules.pool import merit_pool, one_pool_per_currency
from outcomes.domain.rules.position import (
    compa_ratio,
    index_ranges,
    range_penetration,
    range_quartile,
    salary_range_of,
)
from outcomes.domain.rules.promotion import (
    promotion_case_opens,
    promotion_decision_lacks,
    promotion_increase,
    salary_after_merit_and_promotion,
)

__all__ = [
    "approval_chain",
    "bonus_amount",
    "bonus_multiplier",
    "budget_from_percent",
    "compa_ratio",
    "count_exceptions",
    "counted_days",
    "currency_exponent",
    "day_of_plan",
    "days_of_year",
    "decimal_text",
    "draw_on_reserve",
    "employed_days",
    "equity_refresh",
    "exception_lacks",
    "explain_bonus",
    "explain_merit",
    "failed_pip_panel",
    "growth_plan_lacks",
    "half_up",
    "hired_by_the_cut_off",
    "index_ranges",
    "is_contemporaneous",
    "may_sign",
    "merit_amount",
    "merit_floor_percent",
    "merit_guideline_percent",
    "merit_is_due",
    "merit_pool",
    "merit_runs_in",
    "missing_in_words",
    "move_pip",
    "move_plan",
    "next_approval",
    "ninety_day_plan_dates",
    "ninety_day_plan_lacks",
    "one_pool_per_currency",
    "outcomes_of_rating",
    "pay_between",
    "pip_approvals_missing",
    "pip_dates",
    "pip_dates_after_suspension",
    "pip_gate",
    "pip_start_lacks",
    "plan_leads_to_proposed_pip",
    "promotion_case_opens",
    "promotion_decision_lacks",
    "promotion_increase",
    "proration",
    "range_penetration",
    "range_quartile",
    "recommend_merit",
    "resume_pip",
    "retroactive_difference",
    "round_half_up",
    "salary_after_merit_and_promotion",
    "salary_on",
    "salary_range_of",
    "salary_timeline",
    "sessions_still_open",
    "share_budget",
    "split_at_range_maximum",
    "to_minor_units",
    "vesting_parts",
    "why_no_merit",
]
