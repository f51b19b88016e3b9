"""Gives a pool another budget, as long as nothing was awarded of it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.usable import why_budget_is_unusable
from plumbline.contracts.cycle import BudgetChangedV1
from plumbline.runtime.database import raw

# A refused pool is as open as before; its people, sums and shortfall belonged to the old budget. One that nobody had
# planned, and so had no limit, may be known here already by somebody's award, or not.
_CHANGE = """
INSERT INTO pool AS p (cycle_id, pool_id, division, currency, budget_amount, budget_percent, reserve, problem)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (cycle_id, division, currency) DO UPDATE
SET budget_amount = excluded.budget_amount, budget_percent = excluded.budget_percent, reserve = excluded.reserve,
    problem = excluded.problem, state = 'open', people = NULL, budget = NULL, guideline = NULL, floor = NULL,
    award = NULL, shortfall = NULL, factor = NULL, revisions = '{}'
WHERE p.state <> 'awarded'
RETURNING pool_id
"""


async def change_budget(tx: AsyncConnection, event: BudgetChangedV1) -> bool:
    """Whether the budget counts: an awarded pool keeps the one that it was awarded with."""
    changed = await (await raw(tx)).fetchval(
        _CHANGE,
        event.cycle_id,
        event.pool_id,
        event.division,
        event.currency,
        event.budget_amount,
        event.budget_percent,
        event.reserve,
        why_budget_is_unusable(event.currency, event.budget_amount, event.budget_percent, event.reserve),
    )
    return changed is not None
