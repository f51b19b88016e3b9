"""Recomputes every stored outcome from its frozen inputs, and names each one that differs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.decisions import refuse_merit_without_pay
from outcomes.domain.errors import Rejected
from outcomes.domain.rules.equity import equity_refresh, vesting_parts
from outcomes.domain.rules.merit import recommend_merit, split_at_range_maximum
from outcomes.domain.rules.pool import merit_pool
from outcomes.outbound.policies import read_policy, thaw
from plumbline.runtime.database import raw

_AWARDS = """
SELECT a.*, p.policy_id, p.digest, p.document, o.budget, o.factor, o.state AS pool_state
FROM award AS a
JOIN pool AS o USING (pool_id)
JOIN cycle_policy AS c ON c.cycle_id = a.cycle_id AND c.division = a.division
JOIN policy AS p ON p.policy_id = c.policy_id
ORDER BY a.pool_id, a.person_id, a.revision
"""
_EQUITY = """
SELECT o.outcome_id, o.inputs, o.result, p.policy_id, p.digest, p.document
FROM outcome AS o JOIN policy AS p ON p.policy_id = o.policy_id AND p.digest = o.policy_digest
WHERE o.component = 'equity'
"""
# Nobody is refused merit for want of pay but by name, and who is has no award beside it.
_WITHOUT_PAY = """
SELECT o.outcome_id, o.state, o.inputs, o.result, n.person_id IS NOT NULL AND a.outcome_id IS NULL AS right
FROM outcome AS o
LEFT JOIN without_pay AS n ON n.cycle_id = o.cycle_id AND n.person_id = o.person_id
LEFT JOIN award AS a ON a.outcome_id = o.outcome_id
WHERE o.component = 'merit'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stored value that its frozen inputs do not give; amounts in minor units."""

    outcome_id: str
    field: str
    stored: object
    recomputed: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many outcomes were recomputed, and which differ."""

    recomputed: int
    differences: tuple[Difference, ...]


async def verify_outcomes(tx: AsyncConnection) -> Verified:
    """Recompute guideline, floor, award, split, new salary, refusals and equity of everything that is stored."""
    driver = await raw(tx)
    awards = await driver.fetch(_AWARDS)
    equity = await driver.fetch(_EQUITY)
    without_pay = await driver.fetch(_WITHOUT_PAY)
    differences = [each for row in awards for each in _check_recommendation(row)]
    pools: dict[object, list[Any]] = {}
    for row in awards:
        if row["pool_state"] == "awarded":
            pools.setdefault(row["pool_id"], []).append(row)
    for rows in pools.values():
        differences += _check_pool(rows)
    differences += [each for row in equity for each in _check_equity(row)]
    differences += [each for row in without_pay for each in _check_without_pay(row)]
    recomputed = len(awards) + len(equity) + len(without_pay)
    return Verified(recomputed=recomputed, differences=tuple(differences))


def _check_recommendation(row: Any) -> list[Difference]:  # noqa: ANN401 - a database row
    policy, _ = read_policy(row["policy_id"], row["digest"], row["document"])
    recommended = recommend_merit(thaw(row["person_id"], row["inputs"]), policy.merit)
    values = {
        "guideline": recommended.guideline,
        "floor": recommended.floor,
        "refusal": recommended.refusal,
    }
    return _differences(row, values)


def _check_pool(rows: list[Any]) -> list[Difference]:
    """The pool as it was awarded; corrections that came after it, at the pool's factor."""
    awarded = [row for row in rows if row["award"] is not None]
    first = list({row["person_id"]: row for row in reversed(awarded)}.values())
    first.sort(key=lambda row: row["person_id"])
    members = {row["outcome_id"] for row in first}
    policy, _ = read_policy(first[0]["policy_id"], first[0]["digest"], first[0]["document"])
    inputs = [thaw(row["person_id"], row["inputs"]) for row in first]
    computed = merit_pool(inputs, policy.merit, budget=first[0]["budget"])
    found: list[Difference] = []
    for row, split in zip(first, computed.splits or (), strict=True):
        values = {
            "award": split.award,
            "base_increase": split.base_increase,
            "lump_sum": split.lump_sum,
            "new_salary": split.new_salary,
        }
        found += _differences(row, values)
    for row in awarded:
        if row["outcome_id"] not in members:
            mine = thaw(row["person_id"], row["inputs"])
            recommended = recommend_merit(mine, policy.merit)
            spread = recommended.guideline - recommended.floor
            award = recommended.floor + int(Fraction(row["factor"]) * spread)
            split = split_at_range_maximum(mine, award)
            found += _differences(row, {"award": split.award, "new_salary": split.new_salary})
    return found


def _check_equity(row: Any) -> list[Difference]:  # noqa: ANN401 - a database row
    policy, _ = read_policy(row["policy_id"], row["digest"], row["document"])
    inputs, stored = json.loads(row["inputs"]), json.loads(row["result"])
    try:
        shares = equity_refresh(policy.equity, level=inputs["level"], rating=inputs["rating"])
        result: dict[str, object] = {
            "shares": shares,
            "vesting": list(vesting_parts(shares, policy.equity.parts)),
        }
    except Rejected as rejected:
        result = {"reason": rejected.code}
    if result == stored:
        return []
    found = Difference(outcome_id=str(row["outcome_id"]), field="equity", stored=stored, recomputed=result)
    return [found]


def _check_without_pay(row: Any) -> list[Difference]:  # noqa: ANN401 - a database row
    refused = refuse_merit_without_pay(json.loads(row["inputs"])["rating"])
    recomputed = (refused.state, refused.result) if row["right"] else None
    stored = (row["state"], json.loads(row["result"]))
    if recomputed == stored:
        return []
    found = Difference(outcome_id=str(row["outcome_id"]), field="merit", stored=stored, recomputed=recomputed)
    return [found]


def _differences(row: Any, values: Mapping[str, object]) -> list[Difference]:  # noqa: ANN401 - a database row
    return [
        Difference(outcome_id=str(row["outcome_id"]), field=name, stored=row[name], recomputed=value)
        for name, value in values.items()
        if row[name] != value
    ]
