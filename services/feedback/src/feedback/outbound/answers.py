"""Loads, saves and deletes the answers of open rounds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules.forms import Relationship, Response, WorkAgain
from plumbline.runtime.database import raw

_SAVE = """
INSERT INTO answer (round_id, respondent, division, relationship, does_well, to_improve, work_again, score)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[])
ON CONFLICT (round_id, respondent) DO UPDATE
SET relationship = excluded.relationship, does_well = excluded.does_well, to_improve = excluded.to_improve,
    work_again = excluded.work_again, score = excluded.score
"""
# Sorted by the pseudonym, so that nothing downstream can depend on who came first.
_LOAD = "SELECT * FROM answer WHERE round_id = ANY($1::uuid[]) ORDER BY round_id, respondent"
_LOAD_ONE = "SELECT * FROM answer WHERE round_id = $1 AND respondent = $2"
_DESTROY = "DELETE FROM answer WHERE round_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """A form in its round; ``response.respondent`` is a pseudonym, or a manager's id."""

    round_id: UUID
    division: str
    response: Response


async def save_answers(tx: AsyncConnection, answers: Sequence[StoredAnswer]) -> None:
    """Store these forms; a respondent's later form replaces the earlier one."""
    await (await raw(tx)).execute(
        _SAVE,
        [each.round_id for each in answers],
        [each.response.respondent for each in answers],
        [each.division for each in answers],
        [each.response.relationship.value for each in answers],
        [each.response.does_well for each in answers],
        [each.response.to_improve for each in answers],
        [each.response.work_again.value for each in answers],
        [each.response.score for each in answers],
    )


async def load_answers(tx: AsyncConnection, round_ids: Collection[UUID]) -> dict[UUID, list[Response]]:
    """The forms of these rounds."""
    found: dict[UUID, list[Response]] = {}
    for row in await (await raw(tx)).fetch(_LOAD, list(round_ids)):
        found.setdefault(row["round_id"], []).append(_read({**row}))
    return found


async def find_answer(tx: AsyncConnection, round_id: UUID, respondent: str) -> Response | None:
    """One respondent's form, if there is one."""
    row = await (await raw(tx)).fetchrow(_LOAD_ONE, round_id, respondent)
    return None if row is None else _read({**row})


async def destroy_answers(tx: AsyncConnection, round_ids: Collection[UUID]) -> None:
    """Delete the forms of these rounds."""
    await (await raw(tx)).execute(_DESTROY, list(round_ids))


def _read(row: dict[str, object]) -> Response:
    score = row["score"]
    return Response(
        respondent=str(row["respondent"]),
        relationship=Relationship(str(row["relationship"])),
        work_again=WorkAgain(str(row["work_again"])),
        does_well=str(row["does_well"]),
        to_improve=str(row["to_improve"]),
        score=score if isinstance(score, int) else None,
    )
