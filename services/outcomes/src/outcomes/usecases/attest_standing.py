"""HR attests that no accommodation, leave or complaint stands against proposing a PIP to somebody."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_ATTEST = """
INSERT INTO attestation (cycle_id, person_id, attestation_id, attested_by, attested_at)
SELECT $1, person_id, attestation_id, $4, $5
FROM unnest($2::text[], $3::uuid[]) AS n (person_id, attestation_id)
ON CONFLICT (cycle_id, person_id) DO UPDATE
SET attested_by = excluded.attested_by, attested_at = excluded.attested_at
"""


async def attest_standing(
    tx: AsyncConnection, *, cycle_id: UUID, person_ids: Sequence[str], by: str, now: datetime
) -> None:
    """Store one attestation a person; a later one renews it, for what is proposed after it."""
    ids = [uuid5(cycle_id, f"attestation/{person_id}") for person_id in person_ids]
    await (await raw(tx)).execute(_ATTEST, cycle_id, list(person_ids), ids, by, now)
