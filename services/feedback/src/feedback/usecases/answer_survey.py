"""Take one person's answer to a survey, without keeping which one it was."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.errors import Rejected
from feedback.domain.rules.surveys import SurveyKind
from feedback.domain.survey_closing import is_invited
from feedback.outbound.cycles import require_cycle
from feedback.outbound.surveys import add_answer, leads_somebody, lock_survey
from plumbline.runtime.directory import WORKING, find_person


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The survey, and whether this person had answered it before, so that the answer at hand is not counted."""

    survey_id: UUID
    repeated: bool


async def is_asked(tx: AsyncConnection, *, cycle_id: UUID, subject: SurveyKind, person_id: str) -> bool:
    """Whether the survey asks this person now.

    Raises:
        Rejected: the cycle is not known.
    """
    cycle = await require_cycle(tx, cycle_id)
    person = await find_person(tx, person_id)
    if person is None or person.status not in WORKING:
        return False
    return is_invited(
        subject,
        in_cycle=person.division in cycle.divisions,
        leads_somebody=await leads_somebody(tx, person_id),
    )


async def answer_survey(
    tx: AsyncConnection, *, cycle_id: UUID, subject: SurveyKind, person_id: str, score: int
) -> Answered:
    """Count the answer, unless this person answered before: then the first answer stands.

    Whoever sends it again because the reply was lost is told that they have answered. Whether both said the same cannot
    be told: what was answered is kept apart from who answered.

    Raises:
        Rejected: the survey is closed.
    """
    survey = await lock_survey(tx, cycle_id, subject)
    if not survey.is_open:
        raise Rejected(field="subject", message="the survey is closed", fix="leave it out", status="conflict")
    counted = await add_answer(tx, survey.survey_id, person_id=person_id, score=score)
    return Answered(survey_id=survey.survey_id, repeated=not counted)
