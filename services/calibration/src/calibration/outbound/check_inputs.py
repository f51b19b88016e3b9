"""What the fairness checks and the distributions look at, read in one statement for a whole group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckPolicy, EvidenceCounts, Period, RatedPerson
from calibration.domain.errors import Rejected
from calibration.domain.guideline import Guideline
from calibration.domain.own_case import Reader
from calibration.domain.rules import first_recent_day
from plumbline.contracts.policy import PolicyDocumentV1
from plumbline.runtime.database import raw

_PEOPLE = """
SELECT c.person_id, c.manager_id, c.proposed, c.rating, d.team, d.level, d.hire_date, g.gender, e.events, e.recent
FROM rated_case AS c JOIN session AS s USING (session_id)
LEFT JOIN directory AS d USING (person_id) LEFT JOIN demographics AS g USING (person_id),
LATERAL (SELECT count(*) AS events, count(*) FILTER (WHERE e.occurred_on >= $5) AS recent FROM evidence AS e
         WHERE e.person_id = c.person_id AND e.occurred_on BETWEEN $3 AND $4) AS e
WHERE c.session_id = ANY($1::uuid[]) AND c.cycle_id = $2
  AND s.state IN ('open', 'final')
  AND NOT (c.person_id IS NOT DISTINCT FROM $6::text AND NOT ($7::bool AND s.state = 'final'))
ORDER BY c.person_id
"""
_POLICIES = """
SELECT f.division, f.policy_id, f.digest, p.digest AS published, p.document
FROM cycle_policy AS f LEFT JOIN policy AS p USING (policy_id)
WHERE f.cycle_id = $1 AND f.division = ANY($2::text[])
"""
_CYCLE = """
SELECT c.period_start, c.period_end, c.released_on,
       array(SELECT DISTINCT s.division FROM session AS s
             WHERE s.cycle_id = c.cycle_id AND s.division IS NOT NULL ORDER BY 1) AS divisions
FROM cycle AS c WHERE c.cycle_id = $1
"""
_JUSTIFICATIONS = "SELECT check_name, subject, justified_by FROM justification WHERE session_id = $1"
_STORED = "SELECT answer FROM check_result WHERE session_id = $1 ORDER BY check_name, subject"
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rated people of a group; ``unknown`` have no record in the directory yet."""

    people: Sequence[RatedPerson]
    unknown: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleView:
    """A cycle's period and the divisions with a planned session."""

    cycle_id: UUID
    period: Period
    released_on: date | None
    divisions: Sequence[str]


async def find_cycle(tx: AsyncConnection, cycle_id: UUID) -> CycleView | None:
    """The cycle, or None when it has not arrived."""
    row = await (await raw(tx)).fetchrow(_CYCLE, cycle_id)
    if row is None:
        return None
    return CycleView(
        cycle_id=cycle_id,
        period=Period(start=row["period_start"], end=row["period_end"]),
        released_on=row["released_on"],
        divisions=list(row["divisions"]),
    )


async def load_group(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    period: Period,
    sessions: Sequence[UUID],
    reader: Reader | None = None,
) -> Group:
    """The people of these sessions of a cycle that are open or final, with tenure at the period's end.

    Without the own case of ``reader``, if there is one, until its release.
    """
    recent = first_recent_day(period.end)
    rows = await (await raw(tx)).fetch(
        _PEOPLE,
        list(sessions),
        cycle_id,
        period.start,
        period.end,
        recent,
        reader.person_id if reader else None,
        reader is not None and reader.released,
    )
    people = [
        RatedPerson(
            employee_id=row["person_id"],
            manager_id=row["manager_id"],
            team=row["team"] or "",
            level=row["level"] or "",
            gender=row["gender"] or "",
            tenure_months=tenure_months(row["hire_date"], period.end),
            rating=row["rating"],
            proposed_rating=row["proposed"],
            evidence_counts=EvidenceCounts(row["events"], row["recent"]),
        )
        for row in rows
    ]
    return Group(people=people, unknown=[row["person_id"] for row in rows if row["hire_date"] is None])


@lru_cache(maxsize=16_384)
def tenure_months(hired_on: date | None, at: date) -> Fraction | None:
    """Months of service, a month being a twelfth of 365 days; 0 before the hire, None when it is not known."""
    if hired_on is None:
        return None
    return Fraction(max(0, (at - hired_on).days) * 12, DAYS_A_YEAR)


async def load_policies(
    tx: AsyncConnection, cycle_id: UUID, divisions: Sequence[str]
) -> dict[str, CheckPolicy]:
    """The policy that the cycle froze for each division; the default for a division without one.

    Raises:
        Rejected: a frozen policy has not arrived yet, or another document stands under its id.
    """
    found = {division: CheckPolicy() for division in divisions}
    for row in await (await raw(tx)).fetch(_POLICIES, cycle_id, list(divisions)):
        if row["document"] is None or row["published"] != row["digest"]:
            raise Rejected(
                field="policy",
                message="The policy that the cycle froze has not arrived yet.",
                fix="Repeat this shortly.",
                status="conflict",
            )
        found[row["division"]] = read_policy(row["policy_id"], row["document"], digest=row["digest"])
    return found


def read_policy(policy_id: str, document: str, *, digest: str) -> CheckPolicy:
    """What the checks need of a published policy (its JSON text)."""
    published = PolicyDocumentV1.model_validate_json(document)
    shares = {
        int(rating): (Fraction(low) / 100, Fraction(high) / 100)
        for rating, (low, high) in published.guideline.items()
    }
    return CheckPolicy(
        version=policy_id,
        digest=digest,
        guideline=Guideline(version=policy_id, shares=shares),
        exceeds=(4,) if published.checks.concentration_counts_only_4 else (4, 5),
        minimum_service_days=published.checks.minimum_service_days,
    )


async def load_justifications(tx: AsyncConnection, session_id: UUID) -> dict[tuple[str, str], str]:
    """Who justified which (check, subject) of a session."""
    rows = await (await raw(tx)).fetch(_JUSTIFICATIONS, session_id)
    return {(row["check_name"], row["subject"]): row["justified_by"] for row in rows}


async def load_stored_checks(tx: AsyncConnection, session_id: UUID) -> list[str]:
    """The checks on which a session was finalized, as JSON texts."""
    return [row["answer"] for row in await (await raw(tx)).fetch(_STORED, session_id)]
