"""Loads and saves recorded leave in bulk."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from people.domain.leave import Span
from plumbline.runtime.database import raw

_LOAD = (
    "SELECT person_id, starts_on, ends_on, unpaid, protected FROM leave_span ORDER BY person_id, starts_on"
)
_FORGET = "DELETE FROM leave_span WHERE person_id = ANY($1::text[])"
# Not by COPY, which PostgreSQL refuses on a table under row-level security.
_SAVE = """
INSERT INTO leave_span (person_id, starts_on, ends_on, unpaid, protected)
SELECT * FROM unnest($1::text[], $2::date[], $3::date[], $4::bool[], $5::bool[])
"""
_DIVISIONS = "SELECT person_id, division FROM person"


async def load_leave(tx: AsyncConnection) -> dict[str, tuple[Span, ...]]:
    """Each person's spans in the order of their first days."""
    found: dict[str, list[Span]] = {}
    for row in await (await raw(tx)).fetch(_LOAD):
        span = Span(
            starts_on=row["starts_on"],
            ends_on=row["ends_on"],
            unpaid=row["unpaid"],
            protected=row["protected"],
        )
        found.setdefault(row["person_id"], []).append(span)
    return {person_id: tuple(spans) for person_id, spans in found.items()}


async def load_divisions(tx: AsyncConnection) -> dict[str, str]:
    """Everybody's division."""
    rows = await (await raw(tx)).fetch(_DIVISIONS)
    return {row["person_id"]: cast("str", row["division"]) for row in rows}


async def save_leave(tx: AsyncConnection, changed: Mapping[str, tuple[Span, ...]]) -> None:
    """Replace the leave of these people."""
    driver = await raw(tx)
    await driver.execute(_FORGET, list(changed))
    rows = [(person_id, span) for person_id, spans in changed.items() for span in spans]
    await driver.execute(
        _SAVE,
        [person_id for person_id, _ in rows],
        [span.starts_on for _, span in rows],
        [span.ends_on for _, span in rows],
        [span.unpaid for _, span in rows],
        [span.protected for _, span in rows],
    )
