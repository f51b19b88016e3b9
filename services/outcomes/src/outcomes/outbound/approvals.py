"""Loads the awards that somebody may sign, and saves signatures and the pay changes that they complete."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.approval import ApprovalStep, Signature
from outcomes.domain.rules.money import decimal_text
from outcomes.outbound.policies import thaw
from plumbline.contracts.outcomes import PayChangedV1
from plumbline.runtime.database import raw
from plumbline.runtime.directory import HR_PARTNER
from plumbline.runtime.outbox import Announcement, announce

# The awards in whose approval chain somebody may stand, locked in the order of their ids. Who that is comes first,
# a set for each index, so that whoever signs for nobody reads nobody's award; HR partners are found once for all.
_SIGNABLE = f"""
WITH reports AS (
    SELECT person_id FROM directory WHERE manager_id = $2
    UNION SELECT report.person_id
          FROM directory AS direct JOIN directory AS report ON report.manager_id = direct.person_id
          WHERE direct.manager_id = $2
), partner AS MATERIALIZED (
    SELECT person_id, status, substr(role, {len(HR_PARTNER) + 1}) AS division
    FROM directory, unnest(roles) AS role WHERE roles <> '{{}}' AND starts_with(role, '{HR_PARTNER}')
), partner_of AS (
    SELECT substr(role, {len(HR_PARTNER) + 1}) AS division
    FROM directory, unnest(roles) AS role WHERE person_id = $2 AND starts_with(role, '{HR_PARTNER}')
), candidate AS (
    SELECT outcome_id FROM award JOIN reports USING (person_id) WHERE cycle_id = $1 AND state = 'awarded'
    UNION SELECT outcome_id FROM award JOIN partner_of USING (division) WHERE cycle_id = $1 AND state = 'awarded'
)
SELECT a.outcome_id, a.person_id, a.division, a.revision, a.currency, a.inputs, a.award, a.base_increase,
       a.lump_sum, a.new_salary, a.state, d.manager_id, m.manager_id AS skip_level_id, c.cycle_id, c.period_end,
       (SELECT min(partner.person_id) FROM partner
        WHERE partner.division = a.division AND partner.status <> 'left' AND partner.person_id <> a.person_id
       ) AS hr_partner_id
FROM award AS a
JOIN cycle AS c USING (cycle_id)
JOIN directory AS d ON d.person_id = a.person_id
LEFT JOIN directory AS m ON m.person_id = d.manager_id
WHERE a.outcome_id IN (SELECT outcome_id FROM candidate) AND a.state = 'awarded'
  AND ($3::uuid[] IS NULL OR a.outcome_id = ANY($3))
ORDER BY a.outcome_id FOR UPDATE OF a
"""
_SIGNATURES = "SELECT * FROM signature WHERE outcome_id = ANY($1::uuid[])"
_SIGN = """
INSERT INTO signature (outcome_id, revision, step, person_id, signed_at)
SELECT outcome_id, revision, step, $4, $5
FROM unnest($1::uuid[], $2::int[], $3::text[]) AS n (outcome_id, revision, step)
"""
_APPROVED = "UPDATE award SET state = 'approved' WHERE outcome_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignableAward:
    """An award with those who stand in its approval chain, and the signatures it has; minor units."""

    outcome_id: UUID
    cycle_id: UUID
    person_id: str
    division: str
    revision: int
    currency: str
    salary: int
    new_salary: int
    award: int
    base_increase: int
    lump_sum: int
    manager_id: str | None
    skip_level_id: str | None
    hr_partner_id: str | None
    effective_from: date
    signatures: tuple[Signature, ...]


async def load_signable(
    tx: AsyncConnection, *, cycle_id: UUID, person_id: str, named: Collection[UUID] | None = None
) -> list[SignableAward]:
    """The awards of a cycle in whose chain this person may stand; of the ``named`` ones, or with None of all."""
    driver = await raw(tx)
    rows = await driver.fetch(_SIGNABLE, cycle_id, person_id, None if named is None else list(named))
    if not rows:
        return []
    signed: dict[UUID, list[Signature]] = {}
    for row in await driver.fetch(_SIGNATURES, [row["outcome_id"] for row in rows]):
        signature = Signature(
            step=ApprovalStep(row["step"]),
            person=row["person_id"],
            revision=row["revision"],
            at=row["signed_at"],
        )
        signed.setdefault(row["outcome_id"], []).append(signature)
    return [_signable(row, tuple(signed.get(row["outcome_id"], ()))) for row in rows]


def _signable(row: Any, signatures: tuple[Signature, ...]) -> SignableAward:  # noqa: ANN401 - a database row
    return SignableAward(
        outcome_id=row["outcome_id"],
        cycle_id=row["cycle_id"],
        person_id=row["person_id"],
        division=row["division"],
        revision=row["revision"],
        currency=row["currency"],
        salary=thaw(row["person_id"], row["inputs"]).salary,
        new_salary=row["new_salary"],
        award=row["award"],
        base_increase=row["base_increase"],
        lump_sum=row["lump_sum"],
        manager_id=row["manager_id"],
        skip_level_id=row["skip_level_id"],
        hr_partner_id=row["hr_partner_id"],
        effective_from=row["period_end"] + timedelta(days=1),
        signatures=signatures,
    )


async def save_signatures(
    tx: AsyncConnection,
    signed: Sequence[tuple[SignableAward, Sequence[ApprovalStep]]],
    *,
    person_id: str,
    now: datetime,
) -> None:
    """Store one person's signatures, each for the revision that was seen."""
    pairs = [(award, step) for award, steps in signed for step in steps]
    if not pairs:
        return
    await (await raw(tx)).execute(
        _SIGN,
        [award.outcome_id for award, _ in pairs],
        [award.revision for award, _ in pairs],
        [str(step) for _, step in pairs],
        person_id,
        now,
    )


async def save_approved(tx: AsyncConnection, approved: Sequence[SignableAward], *, now: datetime) -> None:
    """Mark awards as approved, and announce a pay change for each that changes pay."""
    if not approved:
        return
    await (await raw(tx)).execute(_APPROVED, [award.outcome_id for award in approved])
    announcements = [
        Announcement(event=_pay_change(award), division=award.division, correlation_id=str(award.cycle_id))
        for award in approved
        if award.award > 0
    ]
    await announce(tx, announcements, source="outcomes", now=now)


def _pay_change(award: SignableAward) -> PayChangedV1:
    return PayChangedV1(
        person_id=award.person_id,
        change_id=uuid5(award.outcome_id, "pay-change"),
        cycle_id=award.cycle_id,
        outcome_id=award.outcome_id,
        revision=award.revision,
        effective_from=award.effective_from,
        salary=Decimal(decimal_text(award.new_salary, award.currency)),
        previous_salary=Decimal(decimal_text(award.salary, award.currency)),
        lump_sum=Decimal(decimal_text(award.lump_sum, award.currency)),
        currency=award.currency,
        reason="merit" if award.revision == 1 else "correction",
    )
