"""Reads who goes on without pay in a cycle: whom HR named, who did it, why and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.outbound.waiting import list_named
from outcomes.usecases import queries
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, may
from plumbline.runtime.directory import standing, standing_in_each
from plumbline.runtime.http import require
from plumbline.runtime.problems import not_found


async def read_without_pay(
    tx: AsyncConnection, cycle_id: UUID, *, who: str, now: datetime
) -> Sequence[Mapping[str, object]]:
    """Those whom the reader may name, but not the reader; the log notes whose entry was read.

    Raises:
        ProblemError: no right to name anybody, or an unknown cycle.
    """
    require(await standing(tx, who, None), action=Action.WRITE, resource=Resource.COMPLETION)
    if await queries.find_cycle(tx, cycle_id) is None:
        raise not_found("cycle")
    named = await list_named(tx, cycle_id)
    held = await standing_in_each(tx, who, {each["division"] for each in named})
    shown = [
        each
        for each in named
        if each["person_id"] != who
        and may(held[each["division"]], action=Action.WRITE, resource=Resource.COMPLETION)
    ]
    entries = [
        audit.AuditEntry(
            who=who,
            action=Action.READ,
            resource=Resource.COMPLETION,
            subject=each["person_id"],
            purpose="without pay",
        )
        for each in shown
    ]
    await audit.record(tx, entries, service="outcomes", now=now)
    return shown
