"""Says what an offered assignment is about, for example which domain somebody will own the architecture of."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_WRITE = """
INSERT INTO assignment_text (outcome_id, division, text, written_by, written_at)
SELECT o.outcome_id, o.division, n.text, $4, $5
FROM unnest($2::text[], $3::text[]) AS n (person_id, text)
JOIN outcome AS o ON o.person_id = n.person_id AND o.cycle_id = $1
WHERE o.component = 'assignment' AND NOT o.superseded
ON CONFLICT (outcome_id) DO UPDATE
SET text = excluded.text, written_by = excluded.written_by, written_at = excluded.written_at
RETURNING (SELECT w.person_id FROM outcome AS w WHERE w.outcome_id = assignment_text.outcome_id)
"""


async def write_assignments(
    tx: AsyncConnection, *, cycle_id: UUID, texts: Mapping[str, str], by: str, now: datetime
) -> frozenset[str]:
    """Keep one text a person, in place of an earlier one; answers those who have an assignment in this cycle."""
    rows = await (await raw(tx)).fetch(_WRITE, cycle_id, list(texts), list(texts.values()), by, now)
    return frozenset(row["person_id"] for row in rows)
