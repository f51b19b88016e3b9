"""Loads the cases that a command names."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.errors import Rejected
from calibration.domain.session import Case
from calibration.outbound.sessions import load_cases


async def load_named_cases(
    tx: AsyncConnection, session_id: UUID, person_ids: Sequence[str]
) -> dict[str, Case]:
    """The cases of these people, by person.

    Raises:
        Rejected: a person is named twice, or has no case in this session.
    """
    if len(set(person_ids)) != len(person_ids):
        raise Rejected(field="person_id", message="A person is named twice.", fix="Name each person once.")
    cases = {case.person_id: case for case in await load_cases(tx, session_id, only=person_ids)}
    if len(cases) != len(person_ids):
        raise Rejected(
            field="person_id",
            message="Somebody named has no case in this session.",
            fix="Read the session for its cases.",
            status="not_found",
        )
    return cases
