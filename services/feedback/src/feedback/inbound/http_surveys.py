"""Requests about the two surveys of a cycle."""

from typing import Any
from uuid import UUID

from feedback.domain.rules.surveys import SurveyKind
from feedback.inbound.anonymous import AnonymousTx
from feedback.inbound.bodies import CloseSurveysBody, SurveyAnswerBody
from feedback.outbound.cycles import require_cycle
from feedback.outbound.publications import band_text
from feedback.outbound.surveys import list_surveys
from feedback.settings import SERVICE
from feedback.usecases.answer_survey import answer_survey, is_asked
from feedback.usecases.close_surveys import SurveyResult, close_surveys
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import standing
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.security import across_divisions

router = create_router(prefix="/cycles/{cycle_id}/surveys", tags=["surveys"])


@router.post("/close")
async def close(cycle_id: UUID, body: CloseSurveysBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Close the surveys, once; for the coordinator and HR."""
    held = await standing(tx, caller.person_id, None)
    require(held, action=Action.DECIDE, resource=Resource.FEEDBACK_ROUND, state=State.OPEN)
    subjects = tuple(SurveyKind) if body.subjects is None else tuple(body.subjects)
    results = await close_surveys(tx, cycle_id=cycle_id, subjects=subjects, now=now)
    entries = [
        audit.AuditEntry(
            who=caller.person_id,
            action=Action.DECIDE,
            resource=Resource.SURVEY_RESULT,
            subject=str(each.survey_id),
            purpose="close",
        )
        for each in results
    ]
    await audit.record(tx, entries, service=SERVICE.name, now=now)
    return {"surveys": [describe(each) for each in results]}


@router.post("/{subject}/answers")
async def answer(
    cycle_id: UUID, subject: SurveyKind, body: SurveyAnswerBody, tx: AnonymousTx, caller: Caller, now: Now
) -> dict[str, Any]:
    """Answer once; which answer was whose is not kept, so a second one only hears that the first stands."""
    asked = await is_asked(tx, cycle_id=cycle_id, subject=subject, person_id=caller.person_id)
    held = await standing(tx, caller.person_id, None, in_context=[Relation.AUTHOR] if asked else [])
    require(held, action=Action.WRITE, resource=Resource.SURVEY_ANSWER, state=State.OPEN)
    answered = await answer_survey(
        tx, cycle_id=cycle_id, subject=subject, person_id=caller.person_id, score=body.score
    )
    if not answered.repeated:
        survey = str(answered.survey_id)
        entry = audit.AuditEntry(
            who=audit.by_round(survey),
            action=Action.WRITE,
            resource=Resource.SURVEY_ANSWER,
            subject=survey,
            purpose="answer",
        )
        await audit.record(tx, [entry], service=SERVICE.name, now=now)
    return {
        "survey_id": answered.survey_id,
        "subject": subject,
        "recorded": True,
        "repeated": answered.repeated,
    }


@router.get("")
async def show_all(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The surveys' states; results for those who may read them."""
    await require_cycle(tx, cycle_id)
    held = await standing(tx, caller.person_id, None)
    require(held, action=Action.READ, resource=Resource.CYCLE, state=State.OPEN)
    reads = may(held, action=Action.READ, resource=Resource.SURVEY_RESULT, state=State.CLOSED)
    # How many answered is the organization's number.
    async with across_divisions(tx):
        rows = await list_surveys(tx, cycle_id, viewer=caller.person_id)
    return {"surveys": [describe_row(row, with_result=reads) for row in rows]}


def describe(result: SurveyResult) -> dict[str, Any]:
    """A survey that was just closed."""
    closed = result.closed
    return {
        "survey_id": result.survey_id,
        "subject": result.subject,
        "state": "suppressed" if closed.band is None else "shown",
        "responses": closed.responses,
        "band": None if closed.band is None else band_text(closed.band),
        "target_met": closed.target_met,
    }


def describe_row(row: dict[str, Any], *, with_result: bool) -> dict[str, Any]:
    """A stored survey: while it is open whether the viewer answered, afterwards its result for its readers."""
    answer: dict[str, Any] = {name: row[name] for name in ("survey_id", "subject", "state")}
    if row["state"] == "open":
        answer["answered"] = row["answered"]
    if with_result:
        shown = row["state"] == "shown"
        answer |= {
            "invited": row["invited"],
            "responses": row["given"] if row["state"] == "open" else row["responses"],
            "band": {"low": str(row["band_low"]), "high": str(row["band_high"])} if shown else None,
            "target_met": row["target_met"],
        }
    return answer
