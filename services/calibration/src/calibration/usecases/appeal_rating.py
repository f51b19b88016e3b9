"""Contests a released rating, names the panel, and rules on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.appeals import (
    AppealRuled,
    FinalCase,
    decide_ruling,
    is_late,
    last_day_to_rule,
    require_appealable,
    require_new_panel,
)
from calibration.domain.errors import Rejected
from calibration.outbound import appeals
from calibration.outbound.announcements import SOURCE, finals_of, ratings_finalized
from calibration.outbound.appeals import Appeal
from calibration.outbound.check_inputs import find_cycle
from calibration.outbound.sessions import find_session
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.directory import WORKING, find_people, relations, standing
from plumbline.runtime.http import require
from plumbline.runtime.outbox import announce
from plumbline.runtime.problems import not_found
from plumbline.runtime.security import ALL_DIVISIONS, limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealView:
    """An appeal with its texts."""

    appeal: Appeal
    grounds: str
    rationale: str | None
    late: bool


async def open_appeal(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    appeal_id: UUID,
    person_id: str,
    grounds: str,
    by: str,
    now: datetime,
) -> date:
    """Contest a rating; answers the day until which the panel rules.

    Raises:
        Rejected: there is no released rating, it is too late, or it was contested before.
    """
    held = await relations(tx, by, person_id)
    require(held, action=Action.WRITE, resource=Resource.APPEAL, state=State.OPEN)
    # The policy said yes to this one person, who may have been rated in another division.
    await limit_to_divisions(tx, [ALL_DIVISIONS])
    cycle = await find_cycle(tx, cycle_id)
    found = await appeals.find_final_case(tx, cycle_id, person_id)
    released_on = None if cycle is None else cycle.released_on
    case = require_appealable(found, released_on, grounds=grounds, now=now)
    rule_by = last_day_to_rule(now.date())
    kept = await appeals.add_appeal(
        tx, appeal_id, cycle_id, case, grounds=grounds.strip(), by=by, rule_by=rule_by, now=now
    )
    if not kept:
        raise Rejected(
            field="person_id",
            message="This rating was contested before.",
            fix="The panel's ruling stands.",
            status="conflict",
        )
    await _note(tx, person_id, by=by, action=Action.WRITE, purpose="appeal", now=now)
    return rule_by


async def name_panel(
    tx: AsyncConnection, appeal_id: UUID, members: Sequence[str], *, by: str, now: datetime
) -> None:
    """Name who rules on an appeal: people who had no part in the rating.

    Raises:
        Rejected: the appeal is ruled on, or somebody named may not be on its panel.
    """
    appeal = await _find(tx, appeal_id)
    held = await standing(tx, by, appeal.division)
    require(held, action=Action.DECIDE, resource=Resource.CALIBRATION_SESSION, state=State.CLOSED)
    case = await _open_case(tx, appeal)
    known = await find_people(tx, members)
    working = [name for name, person in known.items() if person.status in WORKING]
    require_new_panel(members, case, known=working)
    await appeals.save_panel(tx, appeal_id, tuple(members))
    await _note(tx, appeal.person_id, by=by, action=Action.WRITE, purpose="name panel", now=now)


async def rule_on_appeal(
    tx: AsyncConnection,
    appeal_id: UUID,
    *,
    upheld: bool,
    rating: int | None,
    rationale: str,
    by: str,
    now: datetime,
) -> AppealRuled:
    """Rule as a member of the panel; upheld, the person's next revision is announced by itself.

    Raises:
        Rejected: the appeal is ruled on, or the rating does not fit the ruling.
    """
    appeal = await _find(tx, appeal_id)
    held = await _held(tx, appeal, by)
    require(held, action=Action.DECIDE, resource=Resource.APPEAL, state=State.OPEN)
    case = await _open_case(tx, appeal)
    fact = decide_ruling(case, upheld=upheld, rating=rating, rationale=rationale, by=by)
    revision = await appeals.save_ruling(tx, appeal, fact, now=now)
    session = await find_session(tx, appeal.session_id)
    if revision is not None and session is not None and fact.rating and fact.revision:
        ratings = [(appeal.person_id, fact.revision, fact.rating)]
        events = ratings_finalized(session, finals_of(ratings, revision=revision, on=now.date()))
        await announce(tx, events, source=SOURCE, now=now)
    await _note(tx, appeal.person_id, by=by, action=Action.DECIDE, purpose="rule", now=now)
    return fact


async def read_appeal(tx: AsyncConnection, appeal_id: UUID, *, who: str, now: datetime) -> AppealView:
    """The appeal with its grounds and its ruling."""
    appeal = await _find(tx, appeal_id)
    state = State.OPEN if appeal.state == "open" else State.CLOSED
    held = await _held(tx, appeal, who)
    require(held, action=Action.READ, resource=Resource.APPEAL, state=state)
    await limit_to_divisions(tx, [appeal.division])
    grounds, rationale = await appeals.read_texts(tx, appeal_id)
    await _note(tx, appeal.person_id, by=who, action=Action.READ, purpose="read appeal", now=now)
    late = is_late(appeal.rule_by, appeal.ruled_at)
    return AppealView(appeal=appeal, grounds=grounds, rationale=rationale, late=late)


async def _find(tx: AsyncConnection, appeal_id: UUID) -> Appeal:
    appeal = await appeals.find_appeal(tx, appeal_id)
    if appeal is None:
        raise not_found("appeal")
    return appeal


async def _held(tx: AsyncConnection, appeal: Appeal, who: str) -> frozenset[Relation]:
    context = [Relation.PANEL_MEMBER] if who in appeal.panel else []
    return await relations(tx, who, appeal.person_id, in_context=context)


async def _open_case(tx: AsyncConnection, appeal: Appeal) -> FinalCase:
    """The contested rating of an appeal that nobody has ruled on; the caller's right is decided already."""
    await limit_to_divisions(tx, [appeal.division])
    case = await appeals.find_final_case(tx, appeal.cycle_id, appeal.person_id)
    if appeal.state != "open" or case is None:
        raise Rejected(
            field="appeal_id",
            message="This appeal is ruled on.",
            fix="The panel's ruling stands.",
            status="conflict",
        )
    return case


async def _note(
    tx: AsyncConnection, person_id: str, *, by: str, action: Action, purpose: str, now: datetime
) -> None:
    entry = audit.AuditEntry(
        who=by, action=action, resource=Resource.APPEAL, subject=person_id, purpose=purpose
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
