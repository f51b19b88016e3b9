"""Equity refresh: shares by level and rating, vesting in parts that sum exactly."""

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import EquityPolicy

VESTING_RULE_VERSION = "vesting.1"


def equity_refresh(policy: EquityPolicy, *, level: str, rating: int) -> int:
    """Shares granted for a rating at a level; a rating that the level's row leaves out earns none.

    Raises:
        Rejected: ``level_not_in_grid``; a grant is never invented.
    """
    if level not in policy.grid:
        raise Rejected("level_not_in_grid", f"the equity grid has no level {level}")
    return policy.grid[level].get(rating, 0)


def vesting_parts(shares: int, parts: int) -> tuple[int, ...]:
    """Part k is floor(shares × k / parts) − floor(shares × (k − 1) / parts), so that the parts sum exactly.

    Raises:
        Rejected: ``shares_negative`` or ``parts_missing`` (fewer than 1).
    """
    if shares < 0:
        raise Rejected("shares_negative", "the number of shares cannot be below 0")
    if parts < 1:
        raise Rejected("parts_missing", "a grant vests in at least 1 part")
    return tuple(shares * part // parts - shares * (part - 1) // parts for part in range(1, parts + 1))
