"""Lets people for whom no pay record exists go on without merit, by name, so that their division need not wait."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.without_pay import PersonInCycle, require_merit, require_no_pay
from outcomes.outbound.turns import take_turn_to_decide
from outcomes.outbound.waiting import people_in_cycle, save_without_pay
from outcomes.usecases import queries
from outcomes.usecases.award_pools import announce_awards, award_complete_pools
from outcomes.usecases.decide_outcomes import decide_now
from outcomes.usecases.note_affected import note_awarded
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource
from plumbline.runtime.directory import standing
from plumbline.runtime.http import require
from plumbline.runtime.invalid_fields import FieldError
from plumbline.runtime.problems import ProblemError, not_found
from plumbline.runtime.security import across_divisions

_STATUS = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "conflict": HTTPStatus.CONFLICT,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WentOn:
    """Who was named, how many of them could be decided at once, and how many pools that completed."""

    named: Sequence[str]
    decided: int
    pools_awarded: int


async def go_without_pay(
    tx: AsyncConnection, *, cycle_id: UUID, reasons: Mapping[str, str], who: str, now: datetime
) -> WentOn:
    """Note these people (id → why) as people without pay in this cycle, all or none; decide and award what waited.

    Whose rating has not come yet is decided when it comes.

    Raises:
        ProblemError: no right, an unknown cycle, or one or more people who may not be named.
        Rejected: the cycle pays no merit.
    """
    _require(await standing(tx, who, None))
    await take_turn_to_decide(tx)
    cycle = await queries.find_cycle(tx, cycle_id)
    if cycle is None:
        raise not_found("cycle")
    found = await people_in_cycle(tx, cycle_id, list(reasons))
    people = [found[person_id] for person_id in reasons]
    for division in sorted({each.division for each in people if each.division}):
        _require(await standing(tx, who, division))
    require_merit(merit=cycle["merit"])
    _require_no_pay(people, by=who)
    await save_without_pay(tx, cycle_id, people, reasons=reasons, by=who, now=now)
    await audit.record(tx, [_entry(who, each) for each in reasons], service="outcomes", now=now)
    # What a decision follows from may stand in another division: merit of an earlier cycle, what is known of who moved.
    async with across_divisions(tx):
        decided = await decide_now(tx, cycle_id, list(reasons), now=now)
    pools = await award_complete_pools(tx, cycle_id)
    await announce_awards(tx, pools, now=now)
    await note_awarded(tx, cycle_id, pools, who=who, why="people named without pay", now=now)
    return WentOn(named=list(reasons), decided=decided, pools_awarded=len(pools))


def _require(held: Iterable[Relation]) -> None:
    require(held, action=Action.WRITE, resource=Resource.COMPLETION)


def _require_no_pay(people: Sequence[PersonInCycle], *, by: str) -> None:
    """Refuse with everybody of the list who may not be named, not with the first one alone."""
    refused: list[Rejected] = []
    for place, each in enumerate(people):
        try:
            require_no_pay(each, by=by, field=f"people.{place}.person_id")
        except Rejected as rejected:
            refused.append(rejected)
    if not refused:
        return
    first = refused[0]
    raise ProblemError(
        status=_STATUS[first.status],
        code=first.code,
        message=first.reason,
        field=first.field,
        fix=first.fix,
        errors=[
            FieldError(field=each.field or "", message=each.reason, fix=each.fix or "") for each in refused
        ],
    )


def _entry(who: str, person_id: str) -> audit.AuditEntry:
    return audit.AuditEntry(
        who=who,
        action=Action.WRITE,
        resource=Resource.COMPLETION,
        subject=person_id,
        purpose="without pay",
    )
