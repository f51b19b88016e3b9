"""Loads and saves appeals and the ratings that they are about."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.appeals import AppealRuled, FinalCase
from calibration.outbound.sessions import uuid_of
from plumbline.runtime.database import raw

# Everybody who had a part: the manager, the facilitator, who settled or finalized it, who moved or supported.
_CASE = """
SELECT c.session_id, c.person_id, c.division, c.final, c.revision,
       array_remove(ARRAY[c.manager_id, c.settled_by, s.facilitator_id, s.finalized_by], NULL)
       || coalesce((SELECT array_agg(a.proposed_by) || array_remove(array_agg(a.supported_by), NULL)
                    FROM adjustment AS a WHERE a.session_id = c.session_id AND a.person_id = c.person_id), '{}')
       AS deciders
FROM rated_case AS c JOIN session AS s USING (session_id)
WHERE c.cycle_id = $1 AND c.person_id = $2 AND s.state = 'final' AND c.final IS NOT NULL
"""
_OPEN = """
INSERT INTO appeal (appeal_id, cycle_id, session_id, person_id, division, opened_by, opened_at, rule_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (cycle_id, person_id) DO NOTHING RETURNING appeal_id
"""
_GROUNDS = "INSERT INTO appeal_text (appeal_id, division, grounds) VALUES ($1, $2, $3)"
_FIND = """
SELECT a.appeal_id, a.cycle_id, a.session_id, a.person_id, a.division, a.state, a.rule_by, a.panel, a.ruled_at
FROM appeal AS a WHERE a.appeal_id = $1 FOR UPDATE
"""
_TEXT = "SELECT grounds, rationale FROM appeal_text WHERE appeal_id = $1"
_PANEL = "UPDATE appeal SET panel = $2::text[] WHERE appeal_id = $1"
_RULE = "UPDATE appeal SET state = $2, ruled_by = $3, ruled_at = $4 WHERE appeal_id = $1"
_RATIONALE = "UPDATE appeal_text SET rationale = $2 WHERE appeal_id = $1"
_RATE = """
UPDATE rated_case SET final = $3, rating = $3, revision = $4 WHERE session_id = $1 AND person_id = $2
"""
_REVISE = """
UPDATE session SET revision = revision + 1, version = version + 1 WHERE session_id = $1 RETURNING revision
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An appeal and who rules on it."""

    appeal_id: UUID
    cycle_id: UUID
    session_id: UUID
    person_id: str
    division: str
    state: str
    rule_by: date
    panel: tuple[str, ...]
    ruled_at: datetime | None


async def find_final_case(tx: AsyncConnection, cycle_id: UUID, person_id: str) -> FinalCase | None:
    """The person's final rating in that cycle, if there is one."""
    row = await (await raw(tx)).fetchrow(_CASE, cycle_id, person_id)
    if row is None:
        return None
    return FinalCase(
        session_id=uuid_of(row["session_id"]),
        person_id=row["person_id"],
        division=row["division"],
        rating=row["final"],
        revision=row["revision"],
        deciders=frozenset(row["deciders"]),
    )


async def add_appeal(
    tx: AsyncConnection,
    appeal_id: UUID,
    cycle_id: UUID,
    case: FinalCase,
    *,
    grounds: str,
    by: str,
    rule_by: date,
    now: datetime,
) -> bool:
    """Keep an appeal; False when this rating was contested before."""
    driver = await raw(tx)
    made = await driver.fetchval(
        _OPEN, appeal_id, cycle_id, case.session_id, case.person_id, case.division, by, now, rule_by
    )
    if made is None:
        return False
    await driver.execute(_GROUNDS, appeal_id, case.division, grounds)
    return True


async def find_appeal(tx: AsyncConnection, appeal_id: UUID) -> Appeal | None:
    """The appeal, locked until the transaction ends."""
    row = await (await raw(tx)).fetchrow(_FIND, appeal_id)
    if row is None:
        return None
    return Appeal(
        appeal_id=appeal_id,
        cycle_id=uuid_of(row["cycle_id"]),
        session_id=uuid_of(row["session_id"]),
        person_id=row["person_id"],
        division=row["division"],
        state=row["state"],
        rule_by=row["rule_by"],
        panel=tuple(row["panel"]),
        ruled_at=row["ruled_at"],
    )


async def read_texts(tx: AsyncConnection, appeal_id: UUID) -> tuple[str, str | None]:
    """The grounds, and the ruling's rationale once there is one."""
    row = await (await raw(tx)).fetchrow(_TEXT, appeal_id)
    return ("", None) if row is None else (row["grounds"], row["rationale"])


async def save_panel(tx: AsyncConnection, appeal_id: UUID, members: tuple[str, ...]) -> None:
    """Name who rules."""
    await (await raw(tx)).execute(_PANEL, appeal_id, list(members))


async def save_ruling(tx: AsyncConnection, appeal: Appeal, fact: AppealRuled, *, now: datetime) -> int | None:
    """Keep the ruling; an upheld one changes the rating, and the answer is the session's next revision."""
    driver = await raw(tx)
    state = "upheld" if fact.upheld else "dismissed"
    await driver.execute(_RULE, appeal.appeal_id, state, fact.ruled_by, now)
    await driver.execute(_RATIONALE, appeal.appeal_id, fact.rationale)
    if not fact.upheld:
        return None
    # The session's row first: two rulings in one session take their revisions one after the other.
    revision = await driver.fetchval(_REVISE, appeal.session_id)
    await driver.execute(_RATE, appeal.session_id, appeal.person_id, fact.rating, fact.revision)
    return int(revision or 0)
