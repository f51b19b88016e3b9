"""What the ratings of one session's revision share: read once for all of them, instead of once with each row."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from outcomes.domain.cases import DivisionPolicy
from outcomes.domain.policy import SalaryRange
from outcomes.domain.rules.position import RangeKey
from outcomes.outbound.policies import read_policy

_FRAMES = """
SELECT n.cycle_id, n.session_id, n.revision, n.division, c.period_start, c.period_end, c.merit,
       k.finalized_at, k.traceparent, p.policy_id, p.digest, p.document
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) AS n (cycle_id, session_id, revision, division)
JOIN cycle AS c ON c.cycle_id = n.cycle_id
JOIN rating_chunk AS k ON k.session_id = n.session_id AND k.revision = n.revision AND k.chunk = 1
JOIN cycle_policy AS cp ON cp.cycle_id = n.cycle_id AND cp.division = n.division
JOIN policy AS p ON p.policy_id = cp.policy_id AND p.digest = cp.digest
"""

# Cycle, session, the session's revision, division.
FrameKey = tuple[UUID, UUID, int, str]


class Frame(NamedTuple):
    """A cycle's period and whether it runs merit, the policy that it froze for the division, and when the ratings were
    announced and in which trace."""

    period_start: date
    period_end: date
    merit: bool
    policy: DivisionPolicy
    ranges: Mapping[RangeKey, SalaryRange]
    finalized_at: datetime | None
    traceparent: str | None


async def load_frames(driver: asyncpg.Connection, keys: Iterable[FrameKey]) -> dict[FrameKey, Frame]:
    """The frames of ratings that can be decided; no statement when there are none."""
    columns = [*zip(*keys, strict=True)]
    rows = await driver.fetch(_FRAMES, *columns) if columns else []
    return {
        (row["cycle_id"], row["session_id"], row["revision"], row["division"]): _frame(row) for row in rows
    }


def _frame(row: Any) -> Frame:  # noqa: ANN401 - a database row
    policy, ranges = read_policy(row["policy_id"], row["digest"], row["document"])
    return Frame(
        period_start=row["period_start"],
        period_end=row["period_end"],
        merit=row["merit"],
        policy=policy,
        ranges=ranges,
        finalized_at=row["finalized_at"],
        traceparent=row["traceparent"],
    )
