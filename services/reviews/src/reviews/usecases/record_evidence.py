"""Prefills reviews with links to graded goals and published feedback rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.feedback import RoundPublishedV1
from plumbline.contracts.goals import ObjectiveGradedV1
from plumbline.runtime.database import raw
from plumbline.runtime.message import Received

# Of several events of one aggregate in a batch the last counts; between batches the inbox keeps their order.
_STORE = """
INSERT INTO evidence (cycle_id, person_id, kind, aggregate, event_id, division, occurred_on, score, shown)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[],
                     $8::numeric[], $9::bool[])
ON CONFLICT (cycle_id, person_id, kind, aggregate) DO UPDATE
SET event_id = excluded.event_id, division = excluded.division, occurred_on = excluded.occurred_on,
    score = excluded.score, shown = excluded.shown
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    cycle_id: UUID
    person_id: str
    kind: str
    occurred_on: date
    score: Decimal | None
    shown: bool
    received: Received[Any]


async def record_graded_goals(tx: AsyncConnection, batch: Sequence[Received[ObjectiveGradedV1]]) -> None:
    """Link each graded objective to its owner's review."""
    links = [
        _Link(
            cycle_id=each.event.cycle_id,
            person_id=each.event.person_id,
            kind="goal_graded",
            occurred_on=each.event.graded_on,
            score=each.event.score,
            shown=True,
            received=each,
        )
        for each in batch
    ]
    await _store(tx, links)


async def record_published_rounds(tx: AsyncConnection, batch: Sequence[Received[RoundPublishedV1]]) -> None:
    """Link each published round to the review of the person it is about, also when nothing of it is shown."""
    links = [
        _Link(
            cycle_id=each.event.cycle_id,
            person_id=each.event.person_id,
            kind="feedback_published",
            occurred_on=each.event.published_on,
            score=None,
            shown=each.event.state == "shown",
            received=each,
        )
        for each in batch
    ]
    await _store(tx, links)


async def _store(tx: AsyncConnection, links: Sequence[_Link]) -> None:
    last = {(each.cycle_id, each.person_id, each.kind, each.received.aggregate): each for each in links}
    ordered = [last[key] for key in sorted(last, key=lambda key: (str(key[0]), *key[1:]))]
    await (await raw(tx)).execute(
        _STORE,
        [each.cycle_id for each in ordered],
        [each.person_id for each in ordered],
        [each.kind for each in ordered],
        [each.received.aggregate for each in ordered],
        [each.received.event_id for each in ordered],
        [each.received.division for each in ordered],
        [each.occurred_on for each in ordered],
        [each.score for each in ordered],
        [each.shown for each in ordered],
    )
