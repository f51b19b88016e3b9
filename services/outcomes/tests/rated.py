"""Jane, rated 4 in a cycle's last quarter, and her division's policy: what the rules' tests begin with."""

from datetime import date
from fractions import Fraction
from uuid import UUID

from outcomes.domain.cases import DivisionPolicy, RatedCase
from outcomes.domain.decisions import Decision, decide_together
from outcomes.domain.policy import DEFAULT_EQUITY, DEFAULT_MERIT, SalaryRange
from outcomes.domain.rules.merit import MeritInputs

POLICY = DivisionPolicy(policy_id="E/2026.1", digest="d", merit=DEFAULT_MERIT, equity=DEFAULT_EQUITY)
L4 = SalaryRange(level="L4", location="*", currency="USD", minimum=14_500_000, maximum=21_500_000)
JANE = MeritInputs(
    employee_id="jane",
    rating=4,
    currency="USD",
    salary=18_200_000,
    fte=Fraction(1),
    salary_range=L4,
    hire_date=date(2019, 3, 4),
    year=2026,
)
RATED = RatedCase(
    cycle_id=UUID(int=1),
    session_id=UUID(int=2),
    person_id="jane",
    division="E",
    level="L4",
    manager_id="mia",
    revision=1,
    rating=4,
    finalized_on=date(2026, 12, 20),
    cycle_start=date(2026, 10, 1),
    promotion_recommended=True,
    target_level="L5",
    merit=None,
)


def decide_alone(case: RatedCase) -> Decision:
    """What follows from one rating under ``POLICY``."""
    (decision,) = decide_together([case], POLICY)
    return decision
