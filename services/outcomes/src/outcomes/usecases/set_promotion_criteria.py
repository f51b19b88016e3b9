"""An HR partner says what a level asks for; cases keep the version under which their evidence was given."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.outbound.follow_ups import take_turn_to_follow_up
from outcomes.outbound.promotion_criteria import LevelCriteria, newest_criteria, save_criteria
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.directory import standing
from plumbline.runtime.http import check_version, require


async def set_promotion_criteria(
    tx: AsyncConnection,
    *,
    division: str,
    level: str,
    criteria: Mapping[str, str],
    seen: int | None,
    who: str,
    now: datetime,
) -> int:
    """Set the criteria (name → text) of a division's level; returns the number of this version.

    ``seen``: the version that the caller saw, 0 of a level without any; None for any.

    Raises:
        ProblemError: 403 without the right, 409 when another version is in force.
    """
    held = await standing(tx, who, division)
    require(held, action=Action.WRITE, resource=Resource.PROMOTION_CRITERIA)
    await take_turn_to_follow_up(tx)
    if seen is not None:
        newest = {each.level: each.version for each in await newest_criteria(tx, [division])}
        current = newest.get(level, 0)
        check_version(expected=seen, current=current, changed=[{"version": current, "what": "criteria"}])
    version = await save_criteria(tx, division=division, level=level, criteria=criteria, by=who, now=now)
    entry = audit.AuditEntry(
        who=who,
        action=Action.WRITE,
        resource=Resource.PROMOTION_CRITERIA,
        subject=f"{division}/{level}",
        purpose=f"version {version}",
    )
    await audit.record(tx, [entry], service="outcomes", now=now)
    return version


async def list_promotion_criteria(tx: AsyncConnection, *, division: str, who: str) -> list[LevelCriteria]:
    """The criteria in force of a division's levels."""
    require(await standing(tx, who, division), action=Action.READ, resource=Resource.PROMOTION_CRITERIA)
    return await newest_criteria(tx, [division])
