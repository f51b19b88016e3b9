"""Loads the cases that a command names."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.errors import Rejected
from calibration.domain.session import Case
from calibration.outbound.sessions import load_cases


async def load_named_cases(
    tx: AsyncConnection, session_id: UUID, person_ids: Sequence[str], *, field: str = "person_id"
) -> dict[str, Case]:
    """The cases of these people, by person, in this order.

    ``field`` is where a request names one, with ``{place}`` for its place in a list.

    Raises:
        Rejected: a person has no case in this session.
    """
    cases = {case.person_id: case for case in await load_cases(tx, session_id, only=person_ids)}
    for place, person_id in enumerate(person_ids):
        if person_id not in cases:
            raise Rejected(
                field=field.format(place=place),
                message="Somebody named has no case in this session.",
                fix="Read the session for its cases.",
                status="not_found",
            )
    return {person_id: cases[person_id] for person_id in person_ids}
