"""Opens promotion cases, plans and PIPs for a command: rights, then the revision that the caller saw; and saves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PIP, PLAN, PROMOTION_CASE, Change, FollowUp
from outcomes.outbound.follow_up_changes import save_changes
from outcomes.outbound.follow_ups import BeingReplaced, load_follow_ups, take_turn_to_follow_up
from outcomes.usecases.refuse_changed import refuse_changed
from outcomes.usecases.rights import RESOURCES, reads_final_rating, state_of
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, State, may
from plumbline.runtime.directory import relations_to_many
from plumbline.runtime.http import require
from plumbline.runtime.problems import ProblemError, not_found

NAMES = {PROMOTION_CASE: "promotion case", PLAN: "development plan", PIP: "PIP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who asks for what: an action that the policy grants ``at`` a state of the thing's life.

    ``listed``: the list of the body that names the things; None when the address names the one.
    """

    who: str
    action: Action
    at: State
    component: str
    listed: str | None = None


class Seen(Protocol):
    """What a command names, as the caller saw it: the rating's revision, and the version (None for any)."""

    @property
    def outcome_id(self) -> UUID: ...
    @property
    def revision(self) -> int: ...
    @property
    def version(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    """One that the address names."""

    outcome_id: UUID
    revision: int
    version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A follow-up, locked until the transaction ends, and how the caller stands to its person."""

    follow_up: FollowUp
    relations: frozenset[Relation]


async def enter(
    tx: AsyncConnection,
    named: Sequence[Seen],
    entry: Entry,
) -> list[Entered]:
    """Those follow-ups, in the order in which they are named.

    Raises:
        ProblemError: 404 for what does not exist or the caller may not see, 403 without the right to do this,
            409 when another revision of the rating replaced the one that was seen, or another version stands there.
    """
    seen = {each.outcome_id: each for each in named}
    await take_turn_to_follow_up(tx)
    try:
        found = await load_follow_ups(tx, list(seen), component=entry.component)
    except BeingReplaced as busy:
        raise _busy(entry.component) from busy
    people = sorted({each.person_id for each in found.values()})
    related = await relations_to_many(tx, entry.who, people)
    if len(found) < len(seen) or not all(_seen_by(each, related[each.person_id]) for each in found.values()):
        raise not_found(NAMES[entry.component])
    entered = [
        Entered(follow_up=found[outcome_id], relations=related[found[outcome_id].person_id])
        for outcome_id in seen
    ]
    for each in entered:
        resource = RESOURCES[entry.component]
        require(each.relations, action=entry.action, resource=resource, state=entry.at)
    for each in entered:
        _still_current(each, seen[each.follow_up.outcome_id].revision)
    versions = {outcome_id: each.version for outcome_id, each in seen.items()}
    await refuse_changed(tx, [each.follow_up for each in entered], versions, listed=entry.listed)
    return entered


async def enter_one(
    tx: AsyncConnection, outcome_id: UUID, *, revision: int, version: int | None, entry: Entry
) -> Entered:
    """``enter`` for one."""
    one = _One(outcome_id=outcome_id, revision=revision, version=version)
    (entered,) = await enter(tx, [one], entry)
    return entered


async def save(
    tx: AsyncConnection, changes: Sequence[Change], entry: Entry, *, purpose: str, now: datetime
) -> None:
    """Store and announce the changes, and note each in the audit log."""
    await save_changes(tx, changes, by=entry.who, now=now)
    await note(tx, [each.after for each in changes], entry, purpose=purpose, now=now)


async def note(
    tx: AsyncConnection, follow_ups: Sequence[FollowUp], entry: Entry, *, purpose: str, now: datetime
) -> None:
    """Who did what about whom, without content."""
    resource = RESOURCES[entry.component]
    entries = [
        audit.AuditEntry(
            who=entry.who,
            action=entry.action,
            resource=resource,
            subject=each.person_id,
            purpose=purpose,
        )
        for each in follow_ups
    ]
    await audit.record(tx, entries, service="outcomes", now=now)


def must_be_released(follow_up: FollowUp) -> None:
    """Nothing begins, and no promotion is decided, before the employee can have heard the result.

    Raises:
        Rejected: ``not_released``.
    """
    if not follow_up.released:
        raise Rejected(
            "not_released",
            "the results of this cycle are not released yet",
            status="conflict",
            fix="Repeat it after the release.",
        )


def _busy(component: str) -> ProblemError:
    return ProblemError(
        status=HTTPStatus.CONFLICT,
        code="being_replaced",
        message=f"Another revision of the rating is being recorded, and with it another {NAMES[component]}.",
        fix="Read the cycle's outcomes again in a moment.",
    )


def _seen_by(follow_up: FollowUp, relations: frozenset[Relation]) -> bool:
    resource = RESOURCES[follow_up.component]
    started = follow_up.starts_on is not None
    state = state_of(resource, follow_up.state, released=follow_up.released, started=started)
    return may(relations, action=Action.READ, resource=resource, state=state)


def _still_current(entered: Entered, seen: int) -> None:
    follow_up = entered.follow_up
    current = follow_up.newest_revision if follow_up.superseded else follow_up.revision
    if seen == current and not follow_up.superseded:
        return
    name = NAMES[follow_up.component]
    rating: dict[str, str | int] = {"what": "rating"}
    if reads_final_rating(entered.relations, released=follow_up.released):
        rating |= {"from": follow_up.rating, "to": follow_up.newest_rating}
    raise ProblemError(
        status=HTTPStatus.CONFLICT,
        code="superseded" if follow_up.superseded else "stale_revision",
        message=f"Revision {current} of the rating replaced revision {follow_up.revision} of this {name}."
        if follow_up.superseded
        else f"This {name} belongs to revision {current} of the rating.",
        fix=f"Read the cycle's outcomes again and work with those of revision {current}.",
        field="revision",
        more={
            "seen_revision": seen,
            "current_revision": current,
            "changed": [rating] if follow_up.superseded else [],
        },
    )
