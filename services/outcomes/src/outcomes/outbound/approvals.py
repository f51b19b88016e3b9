"""Saves signatures, and the pay changes that they complete."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.money import decimal_text
from outcomes.domain.rules.pay_changes import pay_changes
from outcomes.outbound.pay_changes import load_told, pay_of, save_told
from outcomes.outbound.signable import SignableAward
from plumbline.contracts.outcomes import PayChangedV1
from plumbline.runtime.database import raw
from plumbline.runtime.outbox import Announcement, announce

_SIGN = """
INSERT INTO signature (outcome_id, revision, step, person_id, signed_at)
SELECT outcome_id, revision, step, $4, $5
FROM unnest($1::uuid[], $2::int[], $3::text[]) AS n (outcome_id, revision, step)
"""
_APPROVED = "UPDATE award SET state = 'approved' WHERE outcome_id = ANY($1::uuid[])"


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
    """Mark awards of one cycle as approved, and announce a pay change for each of which payroll holds something else."""
    if not approved:
        return
    await (await raw(tx)).execute(_APPROVED, [award.outcome_id for award in approved])
    told = await load_told(tx, approved[0].cycle_id, [award.person_id for award in approved])
    changed = [
        award
        for award in approved
        if pay_changes(pay_of(award), salary=award.salary, told=told.get(award.person_id))
    ]
    await save_told(tx, changed)
    announcements = [
        Announcement(event=_pay_change(award), division=award.division, correlation_id=str(award.cycle_id))
        for award in changed
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
