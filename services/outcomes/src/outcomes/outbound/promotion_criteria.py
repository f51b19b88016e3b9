"""Keeps what levels ask for, each change as a version of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw

_NEWEST = """
SELECT p.division, p.level, p.version, p.criterion, p.text FROM promotion_criterion AS p
JOIN (
    SELECT division, level, max(version) AS version FROM promotion_criterion
    WHERE division = ANY($1::text[]) GROUP BY division, level
) AS newest USING (division, level, version)
ORDER BY p.division, p.level, p.position
"""
_NEXT = "SELECT coalesce(max(version), 0) + 1 FROM promotion_criterion WHERE division = $1 AND level = $2"
_SAVE = """
INSERT INTO promotion_criterion (division, level, version, criterion, position, text, set_by, set_at)
SELECT $1, $2, $3, criterion, position, text, $6, $7
FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS n (criterion, text, position)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCriteria:
    """What a level of a division asks for: criterion → text, in order."""

    division: str
    level: str
    version: int
    criteria: Mapping[str, str]


async def newest_criteria(tx: AsyncConnection, divisions: Sequence[str]) -> list[LevelCriteria]:
    """The criteria in force of every level of these divisions."""
    found: dict[tuple[str, str, int], dict[str, str]] = {}
    for row in await (await raw(tx)).fetch(_NEWEST, list(divisions)):
        key = (row["division"], row["level"], row["version"])
        found.setdefault(key, {})[row["criterion"]] = row["text"]
    return [
        LevelCriteria(division=division, level=level, version=version, criteria=criteria)
        for (division, level, version), criteria in found.items()
    ]


async def save_criteria(
    tx: AsyncConnection, *, division: str, level: str, criteria: Mapping[str, str], by: str, now: datetime
) -> int:
    """Store them as the next version; returns its number."""
    driver = await raw(tx)
    version: int = await driver.fetchval(_NEXT, division, level)
    names, texts = list(criteria), list(criteria.values())
    await driver.execute(_SAVE, division, level, version, names, texts, by, now)
    return version
