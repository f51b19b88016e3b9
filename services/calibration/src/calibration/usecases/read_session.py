"""What somebody may see of a session."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckResult, On
from calibration.domain.own_case import Reader, is_released
from calibration.domain.session import Session
from calibration.domain.small_groups import leave_small_out, may_be_counted, states_only
from calibration.outbound.check_inputs import load_policies, load_stored_checks
from calibration.outbound.reading import BusinessResults, list_case_rows, list_moves, read_business_results
from calibration.outbound.sessions import SessionSummary, list_sessions, load_cases
from calibration.outbound.tallies import count_ratings
from calibration.usecases.enter_session import Room, enter_to_read, note
from calibration.usecases.judge_session import load_session_checks
from calibration.usecases.read_distribution import Distribution, distribute_both, known_sessions
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.directory import standing
from plumbline.runtime.http import require


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session for one viewer; ``cases`` and ``moves`` are None where the viewer may not see them."""

    session: Session
    cases: Sequence[Mapping[str, Any]] | None
    moves: Sequence[Mapping[str, Any]] | None
    distribution: Mapping[str, Distribution]
    division: Mapping[str, Distribution]
    business: BusinessResults | None


async def read_session(tx: AsyncConnection, session_id: UUID, *, who: str, now: datetime) -> SessionView:
    """The session with its cases, of which the viewer's own is never one, and its distributions.

    The counts of a small session are for those who may read its cases, and in nobody else's total.
    Were the own case counted in them before its release, it could be told from the other cases by subtraction.
    """
    room = await enter_to_read(tx, session_id, who=who, resource=Resource.CALIBRATION_SESSION)
    session = room.session
    reader = Reader(person_id=who, released=is_released(session.released_on, on=now.date()))
    sees_cases = room.may_read(Resource.CALIBRATION_CASE) and session.state != "awaiting_inputs"
    tallies = await count_ratings(tx, session.cycle_id, divisions=[session.division], reader=reader)
    counted = leave_small_out(tallies, known=await _known(tx, room))
    policies = await load_policies(tx, session.cycle_id, [session.division])
    guideline = policies[session.division].guideline
    cases = await list_case_rows(tx, session, leave_out=who) if sees_cases else None
    moves = await list_moves(tx, session_id, leave_out=who) if sees_cases else None
    await _note_reading(tx, room, cases, now=now)
    own = [tally for key, tally in counted.items() if key == session_id]
    hidden = session_id in tallies and session_id not in counted
    return SessionView(
        session=session,
        cases=cases,
        moves=moves,
        # The exact tails of a team of 20,000 take a quarter of a second, for which other requests shall not wait.
        distribution=await asyncio.to_thread(distribute_both, own, guideline, team=True, left_out=hidden),
        division=distribute_both(counted.values(), guideline, left_out=len(tallies) - len(counted)),
        business=await read_business_results(tx, session, reader=reader, counted=list(counted))
        if sees_cases
        else None,
    )


async def _known(tx: AsyncConnection, room: Room) -> set[UUID]:
    """The division's sessions whose cases the viewer may read; in others they have the part of a stranger."""
    session = room.session
    held = {session.division: room.held - {Relation.FACILITATOR, Relation.PARTICIPANT}}
    listed = [each for each in await list_sessions(tx, session.cycle_id) if each.division == session.division]
    here = {session.session_id} if room.may_read(Resource.CALIBRATION_CASE) else set[UUID]()
    return here | known_sessions(listed, room.who, held)


async def _note_reading(
    tx: AsyncConnection, room: Room, cases: Sequence[Mapping[str, Any]] | None, *, now: datetime
) -> None:
    """Who read which cases; of a session without its cases, who read its counts."""
    if cases is not None:
        subjects = [case["person_id"] for case in cases]
        await note(tx, room, subjects, action=Action.READ, purpose="read session", now=now)
        return
    await note(
        tx,
        room,
        [str(room.session.session_id)],
        action=Action.READ,
        purpose="read distribution",
        now=now,
        resource=Resource.CALIBRATION_SESSION,
    )


async def read_session_checks(
    tx: AsyncConnection, session_id: UUID, *, who: str, on: On, now: datetime
) -> Sequence[CheckResult] | Sequence[str]:
    """The checks as they stand, or, of a final session's final ratings, those on which it was finalized (JSON).

    Until the release whoever is rated in the session reads what says nothing of the own rating, and whoever may not
    read its cases reads states only, and of a small session nothing.
    """
    room = await enter_to_read(tx, session_id, who=who, resource=Resource.CALIBRATION_CHECKS)
    purpose = f"read checks on {on}"
    await note(
        tx,
        room,
        [str(session_id)],
        action=Action.READ,
        purpose=purpose,
        now=now,
        resource=Resource.CALIBRATION_CHECKS,
    )
    sees_cases = room.may_read(Resource.CALIBRATION_CASE)
    final = room.session.state == "final"
    told = final and is_released(room.session.released_on, on=now.date())
    rated = bool(await load_cases(tx, session_id, only=[who]))
    if sees_cases and final and on == "final" and (told or not rated):
        return await load_stored_checks(tx, session_id)
    checks = await load_session_checks(tx, room.session, on=on)
    results = await (checks.judge() if told else checks.judge_for(who))
    if sees_cases:
        return results
    others = Counter((each.proposed_rating or each.rating, each.rating) for each in checks.others_than(who))
    return states_only(results) if may_be_counted(others) else []


async def read_sessions(tx: AsyncConnection, cycle_id: UUID, *, who: str) -> list[SessionSummary]:
    """The cycle's sessions and their states, for everybody who works here; they say nothing of people."""
    held = await standing(tx, who, None)
    require(held, action=Action.READ, resource=Resource.CYCLE, state=State.OPEN)
    return await list_sessions(tx, cycle_id)
