"""Loads the awards that somebody may sign with those who stand in their chains, and what replaced an award."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.approval import ApprovalStep, Signature
from plumbline.runtime.database import raw
from plumbline.runtime.directory import HR_PARTNER

# Who holds a role is found once for all.
_HOLDERS = f"""
holder AS MATERIALIZED (
    SELECT person_id, role FROM directory, unnest(roles) AS role
    WHERE roles <> '{{}}' AND status <> 'left' AND (role = 'finance' OR starts_with(role, '{HR_PARTNER}'))
), partners AS MATERIALIZED (
    SELECT substr(role, {len(HR_PARTNER) + 1}) AS division, array_agg(DISTINCT person_id) AS people
    FROM holder WHERE starts_with(role, '{HR_PARTNER}') GROUP BY role
), finance AS MATERIALIZED (
    SELECT coalesce(array_agg(DISTINCT person_id), '{{}}') AS people FROM holder WHERE role = 'finance'
), partner_of AS (
    SELECT division FROM partners WHERE $2 = ANY(people)
)
"""
# A manager or a skip-level who left holds no step; who leads a manager that left still holds the own. A later
# revision of the rating has an award of its own as soon as it is decided, before its pool is awarded.
_AWARDS = """
SELECT a.outcome_id, a.person_id, a.division, a.revision, a.currency, a.salary, a.award, a.base_increase,
       a.lump_sum, a.new_salary, a.state, c.cycle_id, c.period_end, o.excess,
       CASE WHEN m.status <> 'left' THEN m.person_id END AS manager_id,
       CASE WHEN s.status <> 'left' THEN s.person_id END AS skip_level_id,
       coalesce(p.people, '{}') AS hr_partners, f.people AS finance,
       (SELECT max(n.revision) FROM award AS n WHERE n.cycle_id = a.cycle_id AND n.person_id = a.person_id
       ) AS newest_revision
FROM award AS a
JOIN cycle AS c USING (cycle_id)
JOIN directory AS d ON d.person_id = a.person_id
CROSS JOIN finance AS f
LEFT JOIN directory AS m ON m.person_id = d.manager_id
LEFT JOIN directory AS s ON s.person_id = m.manager_id
LEFT JOIN partners AS p ON p.division = a.division
LEFT JOIN over_budget AS o ON o.outcome_id = a.outcome_id
"""
# In whose chain somebody may stand comes first, a set for each index, so that whoever signs for nobody reads
# nobody's award.
_SIGNABLE = f"""
WITH {_HOLDERS}, reports AS (
    SELECT person_id FROM directory WHERE manager_id = $2
    UNION SELECT report.person_id
          FROM directory AS direct JOIN directory AS report ON report.manager_id = direct.person_id
          WHERE direct.manager_id = $2
), candidate AS (
    SELECT outcome_id FROM award JOIN reports USING (person_id) WHERE cycle_id = $1 AND state = 'awarded'
    UNION SELECT outcome_id FROM award JOIN partner_of USING (division) WHERE cycle_id = $1 AND state = 'awarded'
    UNION SELECT outcome_id FROM over_budget, finance WHERE $2 = ANY(people)
)
{_AWARDS}
WHERE a.outcome_id IN (SELECT outcome_id FROM candidate) AND a.cycle_id = $1 AND a.state = 'awarded'
ORDER BY a.outcome_id
"""
# Nothing but what is named is locked, in the order of the ids.
_NAMED = f"""
WITH {_HOLDERS}
{_AWARDS}
WHERE a.outcome_id = ANY($3::uuid[]) AND a.cycle_id = $1 AND a.award IS NOT NULL
  AND ($2 IN (d.manager_id, m.manager_id) OR a.division IN (SELECT division FROM partner_of)
       OR (o.excess IS NOT NULL AND $2 = ANY(f.people)))
ORDER BY a.outcome_id FOR UPDATE OF a
"""
_SIGNATURES = "SELECT * FROM signature WHERE outcome_id = ANY($1::uuid[])"
_REPLACEMENTS = """
SELECT DISTINCT ON (o.outcome_id) o.outcome_id AS seen_id, n.outcome_id, n.revision, n.award, n.currency, n.state,
       was.rating AS seen_rating, now.rating
FROM award AS o
JOIN award AS n ON n.cycle_id = o.cycle_id AND n.person_id = o.person_id
JOIN rating AS was
    ON was.cycle_id = o.cycle_id AND was.person_id = o.person_id AND was.revision = o.revision
JOIN rating AS now
    ON now.cycle_id = n.cycle_id AND now.person_id = n.person_id AND now.revision = n.revision
WHERE o.outcome_id = ANY($1::uuid[])
ORDER BY o.outcome_id, n.revision DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignableAward:
    """An award with those who stand in its approval chain, and the signatures it has; minor units.

    ``newest_revision``: of the person's awards in the cycle. ``excess``: by how much a correction left its pool over
    budget, None when it did not.
    """

    outcome_id: UUID
    cycle_id: UUID
    person_id: str
    division: str
    revision: int
    newest_revision: int
    state: str
    currency: str
    salary: int
    new_salary: int
    award: int
    base_increase: int
    lump_sum: int
    manager_id: str | None
    skip_level_id: str | None
    hr_partners: tuple[str, ...]
    finance: tuple[str, ...]
    excess: int | None
    effective_from: date
    signatures: tuple[Signature, ...]

    @property
    def replaced(self) -> bool:
        """Whether a later revision of the rating has an award."""
        return self.state == "superseded" or self.newest_revision > self.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The newest award of a person beside the one that was seen; ``award`` in minor units, None until it is awarded."""

    outcome_id: UUID
    revision: int
    award: int | None
    rating: int
    seen_rating: int


async def load_signable(tx: AsyncConnection, *, cycle_id: UUID, person_id: str) -> list[SignableAward]:
    """The awards of a cycle that wait for signatures and in whose chain this person may stand; none is locked."""
    return await _read(tx, await (await raw(tx)).fetch(_SIGNABLE, cycle_id, person_id))


async def lock_named(
    tx: AsyncConnection, outcome_ids: Collection[UUID], *, cycle_id: UUID, person_id: str
) -> list[SignableAward]:
    """Those of these awards of a cycle, computed and in any state, in whose chain this person may stand; locked."""
    rows = await (await raw(tx)).fetch(_NAMED, cycle_id, person_id, list(outcome_ids))
    return await _read(tx, rows)


async def load_replacements(tx: AsyncConnection, outcome_ids: Sequence[UUID]) -> dict[UUID, Replacement]:
    """What stands in the place of each of these awards by now: itself, or what a later revision led to."""
    rows = await (await raw(tx)).fetch(_REPLACEMENTS, list(outcome_ids))
    return {
        row["seen_id"]: Replacement(
            outcome_id=row["outcome_id"],
            revision=row["revision"],
            award=row["award"],
            rating=row["rating"],
            seen_rating=row["seen_rating"],
        )
        for row in rows
    }


async def _read(tx: AsyncConnection, rows: Sequence[Any]) -> list[SignableAward]:
    if not rows:
        return []
    signed: dict[UUID, list[Signature]] = {}
    for row in await (await raw(tx)).fetch(_SIGNATURES, [row["outcome_id"] for row in rows]):
        signature = Signature(
            step=ApprovalStep(row["step"]),
            person=row["person_id"],
            revision=row["revision"],
            at=row["signed_at"],
        )
        signed.setdefault(row["outcome_id"], []).append(signature)
    return [_signable(row, tuple(signed.get(row["outcome_id"], ()))) for row in rows]


_COMPUTED = frozenset({"hr_partners", "finance", "effective_from", "signatures"})
_AS_THEY_ARE = tuple(name for name in SignableAward.__slots__ if name not in _COMPUTED)


def _signable(row: Any, signatures: tuple[Signature, ...]) -> SignableAward:  # noqa: ANN401 - a database row
    return SignableAward(
        **{name: row[name] for name in _AS_THEY_ARE},
        hr_partners=tuple(row["hr_partners"]),
        finance=tuple(row["finance"]),
        effective_from=row["period_end"] + timedelta(days=1),
        signatures=signatures,
    )
