"""Loads outcomes with where they stand by now, any number in a fixed number of statements."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.follow_ups import FollowUp
from outcomes.domain.rules.checks import Schedule
from outcomes.domain.rules.plans import Timetable
from plumbline.runtime.database import raw

_TURN = "SELECT pg_advisory_xact_lock($1)"
_FOLLOWING_UP = 0x504C554D46  # any number that nothing else in this database locks
# Deciding marks replaced outcomes in an order of its own; who waited for one while holding another could wait
# in a ring with it.
_LOCK = "SELECT FROM outcome WHERE outcome_id = ANY($1::uuid[]) FOR NO KEY UPDATE NOWAIT"
# A manager or a skip-level who left holds no step.
_FOLLOW_UPS = """
SELECT o.outcome_id, o.cycle_id, o.session_id, o.person_id, o.division, o.revision, o.rating, o.component,
       o.policy_id, o.policy_digest, o.result, o.superseded, c.period_start, c.period_end,
       c.released_on IS NOT NULL AS released, m.person_id AS manager_id, s.person_id AS skip_level_id,
       n.revision AS newest_revision, n.rating AS newest_rating,
       coalesce(f.state, o.state) AS state, coalesce(f.version, 0) AS version, f.content, f.schedule,
       f.starts_on, f.suspended_on, f.resumes_as, f.acknowledged_at, f.panel
FROM outcome AS o
JOIN cycle AS c USING (cycle_id)
LEFT JOIN follow_up AS f USING (outcome_id)
LEFT JOIN directory AS d ON d.person_id = o.person_id
LEFT JOIN directory AS m ON m.person_id = d.manager_id AND m.status <> 'left'
LEFT JOIN directory AS s ON s.person_id = m.manager_id AND s.status <> 'left'
LEFT JOIN LATERAL (
    SELECT r.revision, r.rating FROM rating AS r
    WHERE r.cycle_id = o.cycle_id AND r.person_id = o.person_id
    ORDER BY r.revision DESC LIMIT 1
) AS n ON true
WHERE o.outcome_id = ANY($1::uuid[]) AND o.component = $2
"""
_CHECKS = "SELECT outcome_id, day, met FROM follow_up_check WHERE outcome_id = ANY($1::uuid[]) ORDER BY day"
_APPROVALS = """
SELECT a.outcome_id, a.step, a.person_id FROM follow_up_approval AS a
JOIN follow_up AS f ON f.outcome_id = a.outcome_id AND f.version = a.version
WHERE a.outcome_id = ANY($1::uuid[])
"""


class BeingReplaced(Exception):
    """A later revision of a rating is being decided, which replaces one of these outcomes."""


async def take_turn_to_follow_up(tx: AsyncConnection) -> None:
    """Let one command at a time change follow-ups, until this transaction ends; the next one sees what it did."""
    await (await raw(tx)).execute(_TURN, _FOLLOWING_UP)


async def load_follow_ups(
    tx: AsyncConnection, outcome_ids: Sequence[UUID], *, component: str
) -> dict[UUID, FollowUp]:
    """Those of these outcomes that exist, are of this component, and stand in a division that the role sees.

    Until the transaction ends no later revision replaces them.

    Raises:
        BeingReplaced: one does so now.
    """
    driver = await raw(tx)
    try:
        await driver.execute(_LOCK, list(outcome_ids))
    except asyncpg.LockNotAvailableError as held:
        raise BeingReplaced from held
    rows = await driver.fetch(_FOLLOW_UPS, list(outcome_ids), component)
    checks: dict[UUID, dict[int, bool]] = {}
    for row in await driver.fetch(_CHECKS, list(outcome_ids)):
        checks.setdefault(row["outcome_id"], {})[row["day"]] = row["met"]
    approvals: dict[UUID, dict[str, str]] = {}
    for row in await driver.fetch(_APPROVALS, list(outcome_ids)):
        approvals.setdefault(row["outcome_id"], {})[row["step"]] = row["person_id"]
    return {
        row["outcome_id"]: _read(row, checks.get(row["outcome_id"], {}), approvals.get(row["outcome_id"], {}))
        for row in rows
    }


def _read(row: Any, checks: Mapping[int, bool], approvals: Mapping[str, str]) -> FollowUp:  # noqa: ANN401 - a row
    values = {name: row[name] for name in _AS_THEY_ARE}
    return FollowUp(
        **values,
        result=json.loads(row["result"]),
        newest_revision=row["newest_revision"] or row["revision"],
        newest_rating=row["newest_rating"] or row["rating"],
        content=json.loads(row["content"] or "{}"),
        schedule=thaw_schedule(row["schedule"]),
        panel=tuple(row["panel"] or ()),
        checks=checks,
        approvals=approvals,
    )


_AS_THEY_ARE = (
    "outcome_id",
    "cycle_id",
    "session_id",
    "person_id",
    "division",
    "revision",
    "rating",
    "component",
    "policy_id",
    "policy_digest",
    "period_start",
    "period_end",
    "released",
    "superseded",
    "manager_id",
    "skip_level_id",
    "state",
    "version",
    "starts_on",
    "suspended_on",
    "resumes_as",
    "acknowledged_at",
)


def freeze_schedule(schedule: Schedule | None) -> str | None:
    """A schedule as JSON text."""
    if schedule is None:
        return None
    dates = schedule.timetable
    extension = dates.extension_end
    return json.dumps(
        {
            "days": list(schedule.days),
            "checkpoints": [day.isoformat() for day in dates.checkpoints],
            "ends_on": dates.end.isoformat(),
            "extension_ends_on": None if extension is None else extension.isoformat(),
        }
    )


def thaw_schedule(text: str | None) -> Schedule | None:
    """The schedule that ``freeze_schedule`` wrote."""
    if text is None:
        return None
    stored = json.loads(text)
    extension = cast("str | None", stored["extension_ends_on"])
    timetable = Timetable(
        checkpoints=tuple(date.fromisoformat(day) for day in stored["checkpoints"]),
        end=date.fromisoformat(stored["ends_on"]),
        extension_end=None if extension is None else date.fromisoformat(extension),
    )
    return Schedule(days=tuple(stored["days"]), timetable=timetable)
