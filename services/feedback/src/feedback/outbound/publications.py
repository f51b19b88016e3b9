"""Saves what rounds published, once, and what later rounds must respect."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules.forms import Published, PublishedGroup, PublishedResult
from feedback.outbound.rounds import Round
from plumbline.runtime.database import raw
from plumbline.runtime.directory import HR_PARTNER

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1718773857)"
_OPEN = """
SELECT round_id FROM feedback_round
WHERE cycle_id = $1 AND state = 'open' AND ($2::text[] IS NULL OR division = ANY($2))
  AND ($3::uuid[] IS NULL OR round_id = ANY($3))
ORDER BY round_id
"""
_READERS = f"""
SELECT person_id, substr(role, {len(HR_PARTNER) + 1}) AS division FROM directory, unnest(roles) AS role
WHERE starts_with(role, '{HR_PARTNER}')
"""
_SUMS = "SELECT person_id, sums FROM published_sums WHERE person_id = ANY($1::text[])"
_SAVE_SUMS = """
INSERT INTO published_sums (person_id, sums) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (person_id) DO UPDATE SET sums = excluded.sums
"""
_SAVE_RESULTS = """
INSERT INTO round_result (round_id, division, result) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
"""
_CLOSE = """
UPDATE feedback_round AS r SET state = 'published', responses = n.responses, published_on = $3
FROM unnest($1::uuid[], $2::int[]) AS n (round_id, responses) WHERE r.round_id = n.round_id
"""
_RESULT = "SELECT result FROM round_result WHERE round_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A round and what it publishes; ``responses`` counts its forms."""

    round: Round
    result: PublishedResult
    responses: int


async def find_open_rounds(
    tx: AsyncConnection,
    cycle_id: UUID,
    *,
    divisions: Collection[str] | None,
    round_ids: Collection[UUID] | None,
) -> list[UUID]:
    """The open rounds of a cycle, in these divisions and of these ids (None: all); one publisher at a time."""
    driver = await raw(tx)
    await driver.execute(_ONE_AT_A_TIME)
    wanted = None if divisions is None else list(divisions)
    named = None if round_ids is None else list(round_ids)
    return [row["round_id"] for row in await driver.fetch(_OPEN, cycle_id, wanted, named)]


async def hr_partners(tx: AsyncConnection) -> Mapping[str, frozenset[str]]:
    """The HR partners of each division."""
    found: dict[str, set[str]] = {}
    for row in await (await raw(tx)).fetch(_READERS):
        found.setdefault(row["division"], set()).add(row["person_id"])
    return {division: frozenset(people) for division, people in found.items()}


async def published_before(tx: AsyncConnection, people: Collection[str]) -> dict[str, Published]:
    """What was ever published about these people."""
    rows = await (await raw(tx)).fetch(_SUMS, list(people))
    return {row["person_id"]: _read_sums(row["sums"]) for row in rows}


async def save_publications(
    tx: AsyncConnection, publications: Sequence[Publication], *, published_on: date
) -> None:
    """Store results and close their rounds; a result that stands already is an error, never replaced."""
    driver = await raw(tx)
    ids = [each.round.round_id for each in publications]
    results = [json.dumps(result_document(each.result)) for each in publications]
    await driver.execute(_SAVE_RESULTS, ids, [each.round.division for each in publications], results)
    await driver.execute(_CLOSE, ids, [each.responses for each in publications], published_on)
    await driver.execute(
        _SAVE_SUMS,
        [each.round.person_id for each in publications],
        [_write_sums(each.result.memberships) for each in publications],
    )


async def find_result(tx: AsyncConnection, round_id: UUID) -> dict[str, Any] | None:
    """A published round's document, or None."""
    text = await (await raw(tx)).fetchval(_RESULT, round_id)
    return None if text is None else json.loads(text)


def result_document(result: PublishedResult) -> dict[str, Any]:
    """What readers see; who is in a group is left out."""
    return {
        "groups": [_group(each) for each in result.groups],
        "does_well": list(result.does_well),
        "to_improve": list(result.to_improve),
        "manager": [
            {
                "author": each.author,
                "does_well": each.does_well,
                "to_improve": each.to_improve,
                "work_again": each.work_again.value,
            }
            for each in result.manager
        ],
    }


def band_text(band: tuple[Fraction, Fraction]) -> dict[str, str]:
    """A band of half a point as decimal text."""
    low, high = (f"{int(2 * end) // 2}.{int(2 * end) % 2 * 5}" for end in band)
    return {"low": low, "high": high}


def _group(group: PublishedGroup) -> dict[str, Any]:
    counts = group.work_again
    return {
        "group": group.group,
        "scores": group.scores,
        "band": None if group.band is None else band_text(group.band),
        "band_suppressed": group.band_suppressed,
        "work_again": None if counts is None else {each.value: counts[each] for each in counts},
        "work_again_suppressed": group.work_again_suppressed,
    }


def _write_sums(published: Published) -> str:
    # Sorted, because a set's own order could follow the order in which people answered.
    return json.dumps({"scores": _lists(published.scores), "distributions": _lists(published.distributions)})


def _lists(sets: Iterable[frozenset[str]]) -> list[list[str]]:
    return [sorted(each) for each in sets]


def _read_sums(text: str) -> Published:
    found = json.loads(text)
    return Published(
        scores=tuple(frozenset(each) for each in found["scores"]),
        distributions=tuple(frozenset(each) for each in found["distributions"]),
    )
