"""Who stands how to a session: every command and read of one begins here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.decisions import require_open
from calibration.domain.session import Session
from calibration.outbound.announcements import SOURCE
from calibration.outbound.reading import list_changes_after
from calibration.outbound.sessions import find_session, participates
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.directory import standing
from plumbline.runtime.http import check_version, require
from plumbline.runtime.problems import not_found
from plumbline.runtime.security import limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A session and how somebody stands to it."""

    session: Session
    who: str
    held: frozenset[Relation]

    def may_read(self, resource: Resource) -> bool:
        """Whether this may be read as the session stands now."""
        state = State.CLOSED if self.session.state == "final" else State.OPEN
        return may(self.held, action=Action.READ, resource=resource, state=state)


async def enter_to_read(tx: AsyncConnection, session_id: UUID, *, who: str, resource: Resource) -> Room:
    """The session for somebody who may read this of it; 404 when there is none, else 403."""
    room = await _enter(tx, session_id, who=who, lock=False)
    if not room.may_read(resource):
        require((), action=Action.READ, resource=resource)
    return room


async def enter_to_change(
    tx: AsyncConnection,
    session_id: UUID,
    *,
    who: str,
    action: Action,
    resource: Resource,
    expected: int | None,
) -> Room:
    """The session, locked until the transaction ends, for somebody who may change it while it is open.

    Raises:
        Rejected: it is not open.
    """
    room = await _enter(tx, session_id, who=who, lock=True)
    require(room.held, action=action, resource=resource, state=State.OPEN)
    require_open(room.session)
    if expected is not None and expected != room.session.version:
        changed = await list_changes_after(tx, room.session, expected, viewer=who)
        check_version(expected=expected, current=room.session.version, changed=changed)
    return room


async def note(
    tx: AsyncConnection,
    room: Room,
    subjects: Sequence[str],
    *,
    action: Action,
    purpose: str,
    now: datetime,
    resource: Resource = Resource.CALIBRATION_CASE,
) -> None:
    """Write into the audit log who read or changed which cases; the own one is nobody else's."""
    entries = [
        audit.AuditEntry(who=room.who, action=action, resource=resource, subject=subject, purpose=purpose)
        for subject in subjects
        if subject != room.who
    ]
    await audit.record(tx, entries, service=SOURCE, now=now)


async def _enter(tx: AsyncConnection, session_id: UUID, *, who: str, lock: bool) -> Room:
    session = await find_session(tx, session_id, lock=lock)
    if session is None:
        raise not_found("session")
    # A facilitator may come from another division; whether this person has any right here is decided next.
    await limit_to_divisions(tx, [session.division])
    context: set[Relation] = set()
    if session.facilitator_id == who:
        context.add(Relation.FACILITATOR)
    if await participates(tx, session, who):
        context.add(Relation.PARTICIPANT)
    held = await standing(tx, who, session.division, in_context=context)
    return Room(session=session, who=who, held=held)
