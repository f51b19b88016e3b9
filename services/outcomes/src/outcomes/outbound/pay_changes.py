"""What payroll was told: kept beside the announcement, and read again when everything is verified."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.recheck_pay import StoredPay
from outcomes.domain.rules.pay_changes import Pay
from outcomes.outbound.signable import SignableAward
from plumbline.runtime.database import raw

AT_ONCE = 2000

_TOLD = """
SELECT DISTINCT ON (person_id) person_id, salary, lump_sum FROM pay_change
WHERE cycle_id = $1 AND person_id = ANY($2::text[]) ORDER BY person_id, revision DESC
"""
_TELL = """
INSERT INTO pay_change (outcome_id, cycle_id, person_id, division, revision, salary, lump_sum)
SELECT outcome_id, cycle_id, person_id, division, revision, new_salary, lump_sum
FROM award WHERE outcome_id = ANY($1::uuid[])
"""
# Also what payroll was told of an award that is not there, or not of this person, cycle and revision.
_STORED = """
SELECT cycle_id, person_id, outcome_id::text, a.state, a.salary, a.new_salary, a.lump_sum,
       t.salary, t.lump_sum, o.outcome_id IS NOT NULL, s.steps
FROM award AS a FULL JOIN pay_change AS t USING (cycle_id, person_id, revision, outcome_id)
LEFT JOIN over_budget AS o USING (outcome_id)
LEFT JOIN (
    SELECT outcome_id, revision, array_agg(step) AS steps FROM signature GROUP BY outcome_id, revision
) AS s USING (outcome_id, revision)
WHERE a.award IS NOT NULL OR t.salary IS NOT NULL
ORDER BY cycle_id, person_id, revision
"""


def pay_of(award: SignableAward) -> Pay:
    """What an award makes of the person's pay."""
    return Pay(salary=award.new_salary, lump_sum=award.lump_sum)


async def load_told(tx: AsyncConnection, cycle_id: UUID, people: Sequence[str]) -> dict[str, Pay]:
    """What payroll was told last in a cycle, of those of these people of whom it was told anything."""
    rows = await (await raw(tx)).fetch(_TOLD, cycle_id, people)
    return {row["person_id"]: Pay(row["salary"], row["lump_sum"]) for row in rows}


async def save_told(tx: AsyncConnection, told: Sequence[SignableAward]) -> None:
    """Note that payroll is told of these awards."""
    await (await raw(tx)).execute(_TELL, [award.outcome_id for award in told])


async def read_pay(tx: AsyncConnection) -> AsyncGenerator[list[StoredPay]]:
    """Every computed award with its signatures and what payroll was told of it: one person's of a cycle at a time, by revision."""
    found: list[StoredPay] = []
    async for cycle_id, person_id, outcome_id, *rest in (await raw(tx)).cursor(_STORED, prefetch=AT_ONCE):
        each = _stored(cycle_id, person_id, outcome_id, *rest)
        if found and (found[-1].cycle_id, found[-1].person_id) != (cycle_id, person_id):
            yield found
            found = []
        found.append(each)
    if found:
        yield found


def _stored(
    cycle_id: UUID,
    person_id: str,
    outcome_id: str,
    state: str | None,
    salary: int | None,
    new_salary: int | None,
    lump_sum: int | None,
    told_salary: int | None,
    told_lump_sum: int | None,
    over_budget: bool,
    signed: Sequence[str] | None,
) -> StoredPay:
    return StoredPay(
        cycle_id=cycle_id,
        person_id=person_id,
        outcome_id=outcome_id,
        state=state,
        salary=salary,
        pay=None if new_salary is None or lump_sum is None else Pay(new_salary, lump_sum),
        told=None if told_salary is None or told_lump_sum is None else Pay(told_salary, told_lump_sum),
        signed=frozenset(signed or ()),
        over_budget=over_budget,
    )
