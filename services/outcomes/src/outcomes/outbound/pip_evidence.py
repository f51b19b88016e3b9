"""What a PIP's gate asks for about one person: documented concerns, offered help, HR's attestation."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.follow_ups import FollowUp
from outcomes.domain.rules.pip_gate import Concern, GateProposal, ResourceOffer
from plumbline.runtime.database import raw

# A plan runs on into later cycles, and so does what is documented meanwhile.
_CONCERNS = (
    "SELECT * FROM concern WHERE person_id = $1 AND occurred_on >= $2 ORDER BY occurred_on, concern_id"
)
# What HR attested before the plan began says nothing about the day on which it ends.
_ATTESTATION = """
SELECT attestation_id FROM attestation
WHERE cycle_id = $1 AND person_id = $2 AND (attested_at AT TIME ZONE 'UTC')::date >= $3
"""


async def load_gate_proposal(tx: AsyncConnection, plan: FollowUp, *, proposed_on: date) -> GateProposal:
    """The evidence since the beginning of the plan's cycle, for a PIP that would be proposed on a day."""
    driver = await raw(tx)
    rows = await driver.fetch(_CONCERNS, plan.person_id, plan.period_start)
    attestation: UUID | None = await driver.fetchval(
        _ATTESTATION, plan.cycle_id, plan.person_id, plan.starts_on
    )
    return GateProposal(
        concerns=tuple(concern_of(row) for row in rows),
        resources=tuple(resource_of(row) for row in rows if row["resource_offered_on"]),
        proposed_on=proposed_on,
        hr_attestation=None if attestation is None else str(attestation),
        cycle_start=plan.period_start,
    )


def concern_of(row: Any) -> Concern:  # noqa: ANN401 - a database row
    """A row of ``concern``."""
    return Concern(
        event_id=str(row["concern_id"]),
        gap=row["gap"],
        occurred_on=row["occurred_on"],
        recorded_on=row["recorded_on"],
        delivered_on=row["delivered_on"],
        acknowledged_on=row["acknowledged_on"],
        refusal_witnessed_on=row["refusal_witnessed_on"],
    )


def resource_of(row: Any) -> ResourceOffer:  # noqa: ANN401 - a database row
    """The help that a row of ``concern`` says was offered with it."""
    return ResourceOffer(
        event_id=str(row["concern_id"]), gap=row["gap"], offered_on=row["resource_offered_on"]
    )
