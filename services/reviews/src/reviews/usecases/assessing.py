"""What both kinds of assessments do first: check the writer's rights, then load the reviews at hand."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.directory import relations_to_many
from plumbline.runtime.http import require
from plumbline.runtime.problems import not_found
from plumbline.runtime.security import limit_to_divisions
from reviews.domain.assessments import Assessment, Review
from reviews.domain.errors import Rejected
from reviews.domain.templates import TemplateSet, templates_of
from reviews.outbound.participants import Placed, find_participants, load_reviews
from reviews.outbound.tables import cycles


async def require_right(
    tx: AsyncConnection,
    *,
    viewer: str,
    person_ids: Collection[str],
    action: Action,
    resource: Resource,
    state: State = State.ALWAYS,
) -> None:
    """403 unless the policy allows it for every one of these people."""
    for held in (await relations_to_many(tx, viewer, person_ids)).values():
        require(held, action=action, resource=resource, state=state)


async def place_people(tx: AsyncConnection, cycle_id: UUID, person_ids: Collection[str]) -> dict[str, Placed]:
    """These participants, and from now on the transaction sees their divisions; 404 when one takes no part."""
    placed = await find_participants(tx, cycle_id, person_ids)
    if set(placed) != set(person_ids):
        raise not_found("review")
    await limit_to_divisions(tx, {each.participant.division for each in placed.values()})
    return placed


async def reviews_to_write(
    tx: AsyncConnection, cycle_id: UUID, person_ids: Collection[str], *, assessment: Assessment
) -> dict[str, Review]:
    """The reviews at hand; the cycle's phases and exclusions stay as they are until the transaction ends."""
    await tx.execute(
        sa.select(cycles.c.cycle_id).where(cycles.c.cycle_id == cycle_id).with_for_update(read=True)
    )
    return await load_reviews(tx, cycle_id, person_ids, assessment=assessment)


async def templates_in(tx: AsyncConnection, cycle_id: UUID) -> TemplateSet:
    """The forms with which the cycle opened."""
    query = sa.select(cycles.c.template_version).where(cycles.c.cycle_id == cycle_id)
    return templates_of((await tx.execute(query)).scalar_one())


def require_each_once(person_ids: list[str]) -> None:
    """A list names nobody twice, so that what counts does not depend on its order.

    Raises:
        Rejected: it is empty or names somebody twice.
    """
    if not person_ids or len(set(person_ids)) != len(person_ids):
        raise Rejected(
            field="assessments", message="it is empty or names somebody twice", fix="name each person once"
        )
