"""The first answers to commands, kept for who asks the same again; apart from HTTP, so that workers need none of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import runtime_metadata
from plumbline.runtime.security import is_caller

answers = sa.Table(
    "idempotency",
    runtime_metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),  # method and path; the query is in the digest only
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("headers", pg.JSONB),
    sa.Column("body", sa.LargeBinary),
    sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("idempotency_answered_at", "answered_at"),
)


def protect_answers() -> tuple[str, ...]:
    """The statements that show everybody's answers to nobody else; the worker's role passes by them."""
    mine = is_caller("person_id")
    return (
        "ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY idempotency_own ON idempotency USING ({mine}) WITH CHECK ({mine})",
    )


async def forget_answers(tx: AsyncConnection, *, before: datetime) -> int:
    """Delete the answers given before that time; returns how many."""
    return (await tx.execute(sa.delete(answers).where(answers.c.answered_at < before))).rowcount
