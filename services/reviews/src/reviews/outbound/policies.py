"""Keeps policy versions; a version that stands is never written again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.policy import PolicyDocumentV1
from reviews.domain.policies import StoredPolicy
from reviews.outbound.tables import policies


async def insert_policy(
    tx: AsyncConnection,
    policy: StoredPolicy,
    *,
    document: Mapping[str, Any],
    published_by: str,
    now: datetime,
) -> bool:
    """Store a new version; False when that version stands already, whoever wrote it and whenever."""
    statement = (
        pg.insert(policies)
        .values(
            division=policy.division,
            version=policy.version,
            effective_from=policy.effective_from,
            document=dict(document),
            digest=policy.digest,
            published_by=published_by,
            published_at=now,
        )
        .on_conflict_do_nothing()
        .returning(policies.c.version)
    )
    return (await tx.execute(statement)).one_or_none() is not None


async def list_policies(
    tx: AsyncConnection, *, divisions: Sequence[str] | None = None
) -> tuple[StoredPolicy, ...]:
    """Every version (of these divisions), by division and day of effect."""
    query = sa.select(policies).order_by(policies.c.division, policies.c.effective_from, policies.c.version)
    if divisions is not None:
        query = query.where(policies.c.division.in_(divisions))
    return tuple(read_policy(row) for row in (await tx.execute(query)).mappings())


async def find_policy(
    tx: AsyncConnection, *, division: str, version: str
) -> tuple[StoredPolicy, PolicyDocumentV1] | None:
    """One version with its document, or None."""
    query = sa.select(policies).where(policies.c.division == division, policies.c.version == version)
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else (read_policy(row), PolicyDocumentV1.model_validate(row["document"]))


def read_policy(row: sa.RowMapping) -> StoredPolicy:
    """A version from its row."""
    return StoredPolicy(
        division=row["division"],
        version=row["version"],
        effective_from=row["effective_from"],
        digest=row["digest"],
    )
