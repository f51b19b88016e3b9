"""Loads and saves 360 rounds and their raters, any number in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules.anonymity import AnonymityPolicy
from feedback.domain.rules.raters import ApprovedRaters
from plumbline.runtime.database import raw

_LOAD = """
SELECT r.*, COALESCE(array_agg(a.rater_id ORDER BY a.rater_id) FILTER (WHERE a.nominated), '{}') AS nominees,
       COALESCE(array_agg(a.rater_id ORDER BY a.rater_id) FILTER (WHERE a.approved), '{}') AS raters
FROM feedback_round AS r LEFT JOIN rater AS a USING (round_id)
WHERE r.round_id = ANY($1::uuid[]) GROUP BY r.round_id
"""
_LOCK = "SELECT round_id FROM feedback_round WHERE round_id = ANY($1::uuid[]) ORDER BY round_id FOR UPDATE"
_KEEP = "SELECT round_id FROM feedback_round WHERE round_id = ANY($1::uuid[]) ORDER BY round_id FOR SHARE"
_SAVE = """
INSERT INTO feedback_round (round_id, cycle_id, person_id, division, state)
SELECT round_id, $2, person_id, division, 'nominated'
FROM unnest($1::uuid[], $3::text[], $4::text[]) AS n (round_id, person_id, division)
ORDER BY round_id
ON CONFLICT (round_id) DO UPDATE SET division = excluded.division
RETURNING round_id, state
"""
_FORGET_RATERS = "DELETE FROM rater WHERE round_id = ANY($1::uuid[])"
_NAME_RATERS = """
INSERT INTO rater (round_id, rater_id, nominated, approved)
SELECT *, true, false FROM unnest($1::uuid[], $2::text[])
"""
_NOMINATED_BY = """
SELECT r.person_id, a.rater_id FROM feedback_round AS r JOIN rater AS a USING (round_id)
WHERE r.cycle_id = $1 AND r.person_id = ANY($2::text[]) AND a.nominated
"""
_OPEN = """
UPDATE feedback_round AS r
SET state = 'open', approved_by = n.approved_by, reciprocal = n.reciprocal, overridden_because = n.overridden_because,
    scores_from = $5, verbatims_from = $6, distribution_from = $7
FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::text[])
    AS n (round_id, approved_by, reciprocal, overridden_because)
WHERE r.round_id = n.round_id
"""
_APPROVE = """
INSERT INTO rater (round_id, rater_id, nominated, approved, added_because)
SELECT round_id, rater_id, false, true, added_because
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (round_id, rater_id, added_because)
ON CONFLICT (round_id, rater_id) DO UPDATE SET approved = true, added_because = excluded.added_because
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A person's 360 round; ``anonymity`` is None until it opens, ``responses`` until it is published."""

    round_id: UUID
    cycle_id: UUID
    person_id: str
    division: str
    state: str
    nominees: frozenset[str]
    raters: frozenset[str]
    reciprocal: bool = False
    anonymity: AnonymityPolicy | None = None
    responses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRound:
    """A round whose raters were just approved."""

    round_id: UUID
    approved: ApprovedRaters
    overridden_because: str | None


async def load_rounds(
    tx: AsyncConnection, round_ids: Collection[UUID], *, lock: bool = False, keep: bool = False
) -> dict[UUID, Round]:
    """Those of these rounds that exist, by id.

    ``lock`` keeps others from changing them until the end; ``keep`` does too, but lets others keep them as well,
    so that the raters of one round do not wait for each other.
    """
    driver = await raw(tx)
    if lock or keep:
        await driver.execute(_LOCK if lock else _KEEP, list(round_ids))
    return {row["round_id"]: _read(row) for row in await driver.fetch(_LOAD, list(round_ids))}


async def save_nominations(tx: AsyncConnection, cycle_id: UUID, rounds: Sequence[Round]) -> frozenset[UUID]:
    """Create these rounds or replace whom they nominate; returns those that are past that and stay as they are."""
    driver = await raw(tx)
    saved = await driver.fetch(
        _SAVE,
        [each.round_id for each in rounds],
        cycle_id,
        [each.person_id for each in rounds],
        [each.division for each in rounds],
    )
    past = frozenset(row["round_id"] for row in saved if row["state"] != "nominated")
    open_ones = [each for each in rounds if each.round_id not in past]
    await driver.execute(_FORGET_RATERS, [each.round_id for each in open_ones])
    pairs = [(each.round_id, rater) for each in open_ones for rater in sorted(each.nominees)]
    await driver.execute(_NAME_RATERS, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return past


async def nominations_of(
    tx: AsyncConnection, cycle_id: UUID, people: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Whom each of these people nominated for the own round of the cycle."""
    found: dict[str, set[str]] = {}
    for row in await (await raw(tx)).fetch(_NOMINATED_BY, cycle_id, list(people)):
        found.setdefault(row["person_id"], set()).add(row["rater_id"])
    return {person: frozenset(raters) for person, raters in found.items()}


async def open_rounds(
    tx: AsyncConnection, opened: Sequence[OpenedRound], *, anonymity: AnonymityPolicy
) -> None:
    """Store approved raters, and fix the thresholds of these rounds for good."""
    driver = await raw(tx)
    await driver.execute(
        _OPEN,
        [each.round_id for each in opened],
        [each.approved.approved_by for each in opened],
        [each.approved.reciprocal for each in opened],
        [each.overridden_because for each in opened],
        anonymity.scores_from,
        anonymity.verbatims_from,
        anonymity.distribution_from,
    )
    named = [
        (each.round_id, rater, each.approved.added.get(rater))
        for each in opened
        for rater in sorted(each.approved.raters)
    ]
    await driver.execute(
        _APPROVE, [row[0] for row in named], [row[1] for row in named], [row[2] for row in named]
    )


def _read(row: Any) -> Round:  # noqa: ANN401 - a database row
    anonymity = None
    if row["scores_from"] is not None:
        anonymity = AnonymityPolicy(
            scores_from=row["scores_from"],
            verbatims_from=row["verbatims_from"],
            distribution_from=row["distribution_from"],
        )
    return Round(
        round_id=row["round_id"],
        cycle_id=row["cycle_id"],
        person_id=row["person_id"],
        division=row["division"],
        state=row["state"],
        nominees=frozenset(row["nominees"]),
        raters=frozenset(row["raters"]),
        reciprocal=row["reciprocal"],
        anonymity=anonymity,
        responses=row["responses"],
    )
