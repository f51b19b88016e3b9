"""One person's review, with the parts that the viewer may see and no trace of the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.directory import find_person, relations
from plumbline.runtime.problems import forbidden, not_found
from plumbline.runtime.security import limit_to_divisions
from reviews.domain.visibility import (
    PartState,
    Progress,
    state_of_final_rating,
    state_of_ratings,
    state_of_self_assessment,
    state_of_text,
    undocumented_discrepancy,
)
from reviews.outbound.announcements import SOURCE
from reviews.outbound.cycle_reader import is_released
from reviews.outbound.participants import Placed, find_participants
from reviews.outbound.review_reader import Evidence, FullReview, is_in_the_room, read_full_review

Held = frozenset[Relation]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """What one viewer sees; a part that is None is missing, or not the viewer's to see: both look the same."""

    review_id: UUID
    cycle_id: UUID
    person_id: str
    released: bool
    self_assessment: Mapping[str, Any] | None
    written_assessment: Mapping[str, Any] | None
    proposed_rating: int | None
    promotion: Mapping[str, Any] | None
    discrepancy_evidence: str | None
    discrepancy_undocumented: bool | None
    final_rating: int | None
    revision: int | None
    acknowledged_at: datetime | None
    evidence: tuple[Evidence, ...]


async def read_review(
    tx: AsyncConnection, cycle_id: UUID, person_id: str, *, viewer: str, now: datetime
) -> ReviewView:
    """The review as the viewer may see it; a read of somebody else's is logged.

    Raises:
        ProblemError: the viewer may see nothing of it (403), whether or not it exists.
    """
    released = await is_released(tx, cycle_id)
    if released is None:
        raise not_found("cycle")
    placed = (await find_participants(tx, cycle_id, [person_id])).get(person_id)
    if placed is None:
        raise forbidden()
    held = await _relations(tx, placed, viewer=viewer)
    await _see_division_of(tx, placed)
    full = await read_full_review(tx, cycle_id, person_id)
    progress = _progress(full, released=released)
    seen = _readable(held, progress)
    if not seen and Relation.SELF not in held:
        raise forbidden()
    if viewer != person_id:
        entries = [_entry(viewer, person_id, resource) for resource in sorted(seen)]
        await audit.record(tx, entries, service=SOURCE, now=now)
    return _view(placed, full, cycle_id=cycle_id, progress=progress, seen=seen)


async def _relations(tx: AsyncConnection, placed: Placed, *, viewer: str) -> Held:
    facilitates, takes_part = await is_in_the_room(tx, placed.participant.session_id, viewer=viewer)
    room = [
        relation
        for relation, holds in ((Relation.FACILITATOR, facilitates), (Relation.PARTICIPANT, takes_part))
        if holds
    ]
    return await relations(tx, viewer, placed.participant.person_id, in_context=room)


async def _see_division_of(tx: AsyncConnection, placed: Placed) -> None:
    """Let this transaction see the division of the review, and the one in which the person is today."""
    today = await find_person(tx, placed.participant.person_id)
    divisions = {placed.participant.division} | ({today.division} if today else set[str]())
    await limit_to_divisions(tx, divisions)


def _progress(full: FullReview, *, released: bool) -> Progress:
    manager = full.manager
    return Progress(
        self_submitted=full.own is not None and full.own["submitted_at"] is not None,
        manager_draft_complete=manager is not None and manager["complete"],
        manager_submitted=manager is not None and manager["submitted_at"] is not None,
        shared=manager is not None and manager["shared_at"] is not None,
        released=released,
    )


def _readable(held: Held, progress: Progress) -> frozenset[Resource]:
    """The parts that these relations may read in the state that each part is in."""
    states: dict[Resource, PartState] = {
        Resource.SELF_ASSESSMENT: state_of_self_assessment(progress),
        Resource.MANAGER_ASSESSMENT_TEXT: state_of_text(progress),
        Resource.PROPOSED_RATING: state_of_ratings(progress),
        Resource.PROMOTION_RECOMMENDATION: state_of_ratings(progress),
        Resource.FINAL_RATING: state_of_final_rating(progress),
    }
    seen = {
        resource
        for resource, state in states.items()
        if may(held, action=Action.READ, resource=resource, state=State(state.value))
    }
    if may(held, action=Action.READ, resource=Resource.GOAL_GRADE):
        seen.add(Resource.GOAL_GRADE)
    return frozenset(seen)


def _view(
    placed: Placed, full: FullReview, *, cycle_id: UUID, progress: Progress, seen: frozenset[Resource]
) -> ReviewView:
    manager, own = full.manager, full.own
    sees_rating = manager is not None and Resource.PROPOSED_RATING in seen
    return ReviewView(
        review_id=placed.participant.review_id,
        cycle_id=cycle_id,
        person_id=placed.participant.person_id,
        released=progress.released,
        self_assessment=_without_keys(own) if Resource.SELF_ASSESSMENT in seen else None,
        written_assessment=_written(manager) if Resource.MANAGER_ASSESSMENT_TEXT in seen else None,
        proposed_rating=manager["proposed_rating"] if manager is not None and sees_rating else None,
        discrepancy_evidence=manager["discrepancy_evidence"] if manager is not None and sees_rating else None,
        promotion=_promotion(manager) if Resource.PROMOTION_RECOMMENDATION in seen else None,
        discrepancy_undocumented=_discrepancy(full)
        if sees_rating and Resource.SELF_ASSESSMENT in seen
        else None,
        final_rating=full.final_rating if Resource.FINAL_RATING in seen else None,
        revision=full.revision if Resource.FINAL_RATING in seen else None,
        acknowledged_at=full.acknowledged_at,
        evidence=full.evidence if Resource.GOAL_GRADE in seen else (),
    )


def _discrepancy(full: FullReview) -> bool:
    own, manager = full.own, full.manager
    return undocumented_discrepancy(
        self_rating=own["overall"] if own is not None and own["submitted_at"] is not None else None,
        manager_rating=manager["proposed_rating"] if manager is not None else None,
        evidence=manager["discrepancy_evidence"] if manager is not None else "",
    )


def _without_keys(row: sa.RowMapping | None) -> Mapping[str, Any] | None:
    hidden = {"cycle_id", "person_id", "division"}
    return None if row is None else {name: value for name, value in row.items() if name not in hidden}


def _written(row: sa.RowMapping | None) -> Mapping[str, Any] | None:
    """The text and its links; the evidence of a discrepancy speaks of the rating, so it goes with that."""
    names = ("author_id", "strengths", "development_areas", "evidence_links", "submitted_at", "on_time")
    return None if row is None else {name: row[name] for name in names}


def _promotion(row: sa.RowMapping | None) -> Mapping[str, Any] | None:
    if row is None:
        return None
    return {
        "recommended": row["promotion_recommended"],
        "target_level": row["promotion_target_level"],
    }


def _entry(viewer: str, person_id: str, resource: Resource) -> audit.AuditEntry:
    return audit.AuditEntry(
        who=viewer, action=Action.READ, resource=resource, subject=person_id, purpose="read review"
    )
