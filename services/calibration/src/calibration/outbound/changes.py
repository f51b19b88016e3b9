"""Saves what happened in a session, each kind of fact in a fixed number of statements."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.events import AdjustmentSupported, CasesConfirmed, RatingAdjusted, SessionFinalized
from calibration.domain.session import Session
from plumbline.runtime.database import raw

# A new word on a case takes the place of a move that still waited for its supporter.
_SUPERSEDE = """
UPDATE adjustment SET state = 'superseded'
WHERE session_id = $1 AND person_id = ANY($2::text[]) AND state = 'awaiting_support'
"""
_ADJUST = """
INSERT INTO adjustment (session_id, division, proposed_at, adjustment_id, person_id, rating_from, rating_to,
                        rationale, evidence, own_report, proposed_by, state)
SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::text[], $6::smallint[], $7::smallint[], $8::text[], $9::text[],
                                 $10::bool[], $11::text[], $12::text[])
"""
_RATE = """
UPDATE rated_case AS c SET rating = n.rating, state = 'discussed', settled_by = n.by
FROM unnest($2::text[], $3::smallint[], $4::text[]) AS n (person_id, rating, by)
WHERE c.session_id = $1 AND c.person_id = n.person_id
"""
# A case whose move now waits for support is open again: it was discussed, but nothing was settled.
_REOPEN = "UPDATE rated_case SET state = 'open' WHERE session_id = $1 AND person_id = ANY($2::text[])"
_SUPPORT = "UPDATE adjustment SET state = 'applied', supported_by = $2 WHERE adjustment_id = $1"
_CONFIRM = """
UPDATE rated_case SET state = CASE state WHEN 'open' THEN 'confirmed' ELSE state END, settled_by = $3
WHERE session_id = $1 AND person_id = ANY($2::text[])
"""
_NOTE = """
INSERT INTO session_change (session_id, version, division, what, people, changed_by, changed_at)
SELECT touched.session_id, touched.version, touched.division, $2, $3::text[], $4, $5 FROM touched RETURNING version
"""
_TOUCH = f"""
WITH touched AS (UPDATE session SET version = version + 1 WHERE session_id = $1 RETURNING session_id, version, division)
{_NOTE}
"""
_JUSTIFY = """
INSERT INTO justification (session_id, justified_by, at, check_name, subject, text)
SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[], $6::text[])
ON CONFLICT (session_id, check_name, subject) DO UPDATE
SET justified_by = excluded.justified_by, text = excluded.text, at = excluded.at
"""
_CONTEXT = """
INSERT INTO context (session_id, division, recorded_by, recorded_at, person_id, difficulty, team_maturity, conditions)
SELECT $1, $2, $3, $4, * FROM unnest($5::text[], $6::text[], $7::text[], $8::text[])
ON CONFLICT (session_id, person_id) DO UPDATE
SET difficulty = excluded.difficulty, team_maturity = excluded.team_maturity, conditions = excluded.conditions,
    recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at
"""
_FINAL_CASES = """
UPDATE rated_case SET final = rating, revision = 1 WHERE session_id = $1 RETURNING person_id, revision, final
"""
_FINAL_SESSION = f"""
WITH touched AS (
    UPDATE session SET state = 'final', version = version + 1, revision = $6, finalized_at = $5, finalized_by = $4
    WHERE session_id = $1 RETURNING session_id, version, division
)
{_NOTE}
"""
# Not by COPY, which PostgreSQL refuses on a table under row-level security. The text around the subjects is sent
# once for all of whom the same holds.
_CHECKS = """
INSERT INTO check_result (session_id, division, policy_digest, check_name, state, method_version, policy_version,
                          justified_by, subject, answer)
SELECT $1, $2, $12, r.check_name, r.state, r.method_version, r.policy_version, r.justified_by,
       s.subject, r.before || to_json(s.subject)::text || r.after
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) WITH ORDINALITY
  AS r (check_name, state, method_version, policy_version, justified_by, before, after, place)
JOIN unnest($10::bigint[], $11::text[]) AS s (place, subject) USING (place)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """Why a named person accepts a flag of a check about a subject."""

    check: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContext:
    """What a manager records beside a rating: the role's difficulty, the team's maturity, the conditions."""

    person_id: str
    difficulty: str
    team_maturity: str
    conditions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheck:
    """A result as it is kept for each of its subjects: its state, versions, and the whole answer as JSON text.

    ``before`` and ``after`` are the text around the subject.
    """

    check: str
    subjects: Sequence[str]
    state: str
    method_version: str
    policy_version: str
    justified_by: str | None
    before: str
    after: str


async def save_adjustments(
    tx: AsyncConnection, session: Session, facts: Sequence[RatingAdjusted], *, now: datetime
) -> int:
    """Log these moves and apply those that need no supporter; answers the session's new version."""
    driver = await raw(tx)
    session_id = session.session_id
    await driver.execute(_SUPERSEDE, session_id, [fact.person_id for fact in facts])
    await driver.execute(
        _ADJUST,
        session_id,
        session.division,
        now,
        [fact.adjustment_id for fact in facts],
        [fact.person_id for fact in facts],
        [fact.rating_from for fact in facts],
        [fact.rating_to for fact in facts],
        [fact.rationale for fact in facts],
        [json.dumps(fact.evidence) for fact in facts],
        [fact.own_report for fact in facts],
        [fact.proposed_by for fact in facts],
        [fact.state for fact in facts],
    )
    applied = [fact for fact in facts if fact.state == "applied"]
    waiting = [fact.person_id for fact in facts if fact.state == "awaiting_support"]
    await driver.execute(_REOPEN, session_id, waiting)
    await driver.execute(
        _RATE,
        session_id,
        [fact.person_id for fact in applied],
        [fact.rating_to for fact in applied],
        [fact.proposed_by for fact in applied],
    )
    people = [fact.person_id for fact in facts]
    return await _touch(tx, session_id, "ratings moved", people, by=facts[0].proposed_by, now=now)


async def save_support(
    tx: AsyncConnection, session: Session, fact: AdjustmentSupported, *, now: datetime
) -> int:
    """Apply a move that has its supporter now; answers the session's new version."""
    driver = await raw(tx)
    await driver.execute(_SUPPORT, fact.adjustment_id, fact.supported_by)
    await driver.execute(_RATE, session.session_id, [fact.person_id], [fact.rating_to], [fact.supported_by])
    return await _touch(
        tx, session.session_id, "move supported", [fact.person_id], by=fact.supported_by, now=now
    )


async def save_confirmations(
    tx: AsyncConnection, session: Session, fact: CasesConfirmed, *, now: datetime
) -> int:
    """Settle these cases as they are; answers the session's new version."""
    driver = await raw(tx)
    people = list(fact.person_ids)
    await driver.execute(_SUPERSEDE, session.session_id, people)
    await driver.execute(_CONFIRM, session.session_id, people, fact.confirmed_by)
    return await _touch(tx, session.session_id, "ratings confirmed", people, by=fact.confirmed_by, now=now)


async def save_justifications(
    tx: AsyncConnection, session: Session, given: Sequence[Justification], *, by: str, now: datetime
) -> int:
    """Keep these justifications, the newest a check and subject; answers the session's new version."""
    await (await raw(tx)).execute(
        _JUSTIFY,
        session.session_id,
        by,
        now,
        [each.check for each in given],
        [each.subject for each in given],
        [each.text for each in given],
    )
    return await _touch(tx, session.session_id, "flags justified", [], by=by, now=now)


async def save_contexts(
    tx: AsyncConnection, session: Session, given: Sequence[CaseContext], *, by: str, now: datetime
) -> int:
    """Keep these contexts, the newest a person; answers the session's new version."""
    await (await raw(tx)).execute(
        _CONTEXT,
        session.session_id,
        session.division,
        by,
        now,
        [each.person_id for each in given],
        [each.difficulty for each in given],
        [each.team_maturity for each in given],
        [each.conditions for each in given],
    )
    people = [each.person_id for each in given]
    return await _touch(tx, session.session_id, "contexts recorded", people, by=by, now=now)


async def save_finalized(
    tx: AsyncConnection, session: Session, fact: SessionFinalized, *, now: datetime
) -> tuple[int, list[tuple[str, int, int]]]:
    """Make the ratings final; answers the session's new version and (person, revision, rating)."""
    driver = await raw(tx)
    rows = await driver.fetch(_FINAL_CASES, session.session_id)
    version = await driver.fetchval(
        _FINAL_SESSION, session.session_id, "finalized", [], fact.finalized_by, now, fact.revision
    )
    return int(version or 0), [(row["person_id"], row["revision"], row["final"]) for row in rows]


async def save_checks(
    tx: AsyncConnection, session: Session, checks: Sequence[StoredCheck], *, policy_digest: str | None
) -> None:
    """Keep the checks on which a session is finalized, with the digest of the policy that they used."""
    await (await raw(tx)).execute(
        _CHECKS,
        session.session_id,
        session.division,
        [each.check for each in checks],
        [each.state for each in checks],
        [each.method_version for each in checks],
        [each.policy_version for each in checks],
        [each.justified_by for each in checks],
        [each.before for each in checks],
        [each.after for each in checks],
        [place for place, each in enumerate(checks, start=1) for _ in each.subjects],
        [subject for each in checks for subject in each.subjects],
        policy_digest,
    )


async def _touch(
    tx: AsyncConnection, session_id: UUID, what: str, people: Sequence[str], *, by: str, now: datetime
) -> int:
    version = await (await raw(tx)).fetchval(_TOUCH, session_id, what, list(people), by, now)
    return int(version or 0)
