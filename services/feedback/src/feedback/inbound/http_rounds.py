"""Requests about 360 rounds: nominate, approve, answer, publish, read."""

from typing import Any
from uuid import UUID

from feedback.domain.identity import round_id_of
from feedback.domain.rules.forms import Response
from feedback.inbound.anonymous import AnonymousTx, Secret
from feedback.inbound.bodies import AnswersBody, ApprovalBody, ApprovalsBody, NominationsBody, PublishBody
from feedback.inbound.roles import reach_of
from feedback.inbound.views import describe_round, describe_taken
from feedback.settings import SERVICE
from feedback.usecases import queries
from feedback.usecases.answer_rounds import Form, answer_rounds
from feedback.usecases.approve_raters import Approval, approve_raters
from feedback.usecases.nominate_raters import Nomination, nominate_raters
from feedback.usecases.publish_rounds import publish_rounds, shows_anything
from feedback.usecases.read_round import read_round
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import relations_to_many
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.problems import forbidden

router = create_router(tags=["rounds"])


@router.post("/cycles/{cycle_id}/rounds")
async def nominate(cycle_id: UUID, body: NominationsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Nominate raters: employees for the own round, managers and HR for others'."""
    me = caller.person_id
    nominations = [
        Nomination(person_id=each.person_id or me, raters=tuple(each.raters)) for each in body.rounds
    ]
    subjects = [each.person_id for each in nominations]
    await _require_all(tx, me, subjects, Action.WRITE)
    rounds = await nominate_raters(tx, cycle_id=cycle_id, nominations=nominations)
    await _log(tx, me, Action.WRITE, subjects, "nominate", now)
    answer = [
        {"round_id": each.round_id, "person_id": each.person_id, "state": each.state} for each in rounds
    ]
    return {"rounds": answer}


@router.post("/cycles/{cycle_id}/rounds/approve")
async def approve(cycle_id: UUID, body: ApprovalsBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Approve raters and open the rounds; only HR overrides."""
    subjects = [each.person_id for each in body.rounds]
    related = await _require_all(tx, caller.person_id, subjects, Action.APPROVE)
    for each in body.rounds:
        if each.override is not None and Relation.HR_PARTNER not in related[each.person_id]:
            raise forbidden("Only HR overrides who rates somebody.")
    approvals = [to_approval(each) for each in body.rounds]
    opened = await approve_raters(tx, cycle_id=cycle_id, approvals=approvals, approved_by=caller.person_id)
    await _log(tx, caller.person_id, Action.APPROVE, subjects, "approve", now)
    return {
        "rounds": [
            {
                "round_id": each.round_id,
                "person_id": person,
                "state": "open",
                "raters": sorted(each.approved.raters),
                "reciprocal": each.approved.reciprocal,
                "overridden": each.approved.overridden,
            }
            for person, each in zip(subjects, opened, strict=True)
        ]
    }


@router.post("/answers")
async def answer(
    body: AnswersBody, tx: AnonymousTx, caller: Caller, secret: Secret, now: Now
) -> dict[str, Any]:
    """Answer as an approved rater; an earlier answer is replaced while the round is open."""
    forms = [
        Form(
            round_id=each.round_id,
            response=Response(
                respondent=caller.person_id,
                relationship=each.relationship,
                does_well=each.does_well,
                to_improve=each.to_improve,
                work_again=each.work_again,
                score=each.score,
            ),
        )
        for each in body.answers
    ]
    taken, rounds = await answer_rounds(tx, author=caller.person_id, forms=forms, secret=secret)
    # By the cycle alone: entries of several rounds side by side would name the one rater whom they share. Each
    # round's own entry is written when it is published.
    entries = [
        audit.AuditEntry(
            who=audit.by_round(str(cycle_id)),
            action=Action.WRITE,
            resource=Resource.PEER_ANSWER,
            subject=str(cycle_id),
            purpose="answer",
        )
        for cycle_id in sorted({each.cycle_id for each in rounds})
    ]
    await audit.record(tx, entries, service=SERVICE.name, now=now)
    return {"answers": [describe_taken(each) for each in taken]}


@router.post("/cycles/{cycle_id}/rounds/publish")
async def publish(
    cycle_id: UUID, body: PublishBody, tx: Tx, caller: Caller, secret: Secret, now: Now
) -> dict[str, Any]:
    """Close rounds and publish them, once: the coordinator everywhere, HR in its divisions."""
    reach = await reach_of(tx, caller.person_id, action=Action.DECIDE, state=State.OPEN)
    done = await publish_rounds(
        tx,
        cycle_id=cycle_id,
        divisions=None if reach.everywhere else reach.divisions,
        round_ids=body.round_ids,
        secret=secret,
        now=now,
    )
    entry = audit.AuditEntry(
        who=caller.person_id,
        action=Action.DECIDE,
        resource=Resource.FEEDBACK_ROUND,
        subject=str(cycle_id),
        purpose=f"published {len(done)} rounds",
    )
    await audit.record(tx, [entry], service=SERVICE.name, now=now)
    return {
        "rounds": [
            {
                "round_id": each.round.round_id,
                "person_id": each.round.person_id,
                "state": "shown" if shows_anything(each.result) else "suppressed",
                "responses": each.responses,
            }
            for each in done
        ]
    }


@router.get("/cycles/{cycle_id}/rounds")
async def list_rounds(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The rounds that the caller has to do with: own, reports', to answer, or by role."""
    reach = await reach_of(tx, caller.person_id, action=Action.READ, state=State.OPEN, needed=False)
    rows = await queries.list_rounds(
        tx,
        cycle_id,
        viewer=caller.person_id,
        everywhere=reach.everywhere,
        divisions=reach.divisions,
    )
    return {"rounds": rows}


@router.get("/cycles/{cycle_id}/response-counts")
async def response_counts(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """Rounds, raters asked and answers given by division; for the coordinator and HR."""
    reach = await reach_of(tx, caller.person_id, action=Action.READ, state=State.OPEN)
    counts = await queries.count_responses(
        tx, cycle_id, everywhere=reach.everywhere, divisions=reach.divisions
    )
    return {"counts": counts}


@router.get("/rounds/{round_id}")
async def show(round_id: UUID, tx: Tx, caller: Caller, secret: Secret, now: Now) -> dict[str, Any]:
    """One round, as much of it as the caller may see."""
    view = await read_round(tx, round_id=round_id, viewer=caller.person_id, secret=secret)
    if view is None:
        raise forbidden()
    if view.result is not None and view.round.person_id != caller.person_id:
        entry = audit.AuditEntry(
            who=caller.person_id,
            action=Action.READ,
            resource=Resource.PEER_ANSWERS,
            subject=view.round.person_id,
            purpose="result",
        )
        await audit.record(tx, [entry], service=SERVICE.name, now=now)
    return describe_round(view)


@router.get("/cycles/{cycle_id}/people/{person_id}/round")
async def show_of(
    cycle_id: UUID, person_id: str, tx: Tx, caller: Caller, secret: Secret, now: Now
) -> dict[str, Any]:
    """The round of a person in a cycle."""
    return await show(round_id_of(cycle_id, person_id), tx, caller, secret, now)


def to_approval(body: ApprovalBody) -> Approval:
    """The request as an approval."""
    return Approval(
        person_id=body.person_id,
        nominees=None if body.nominees is None else frozenset(body.nominees),
        added={each.rater_id: each.reason for each in body.added},
        override=frozenset(body.override.raters if body.override else ()),
        override_reason=body.override.reason if body.override else None,
    )


async def _require_all(
    tx: Tx, viewer: str, subjects: list[str], action: Action
) -> dict[str, frozenset[Relation]]:
    related = await relations_to_many(tx, viewer, subjects)
    for held in related.values():
        require(held, action=action, resource=Resource.RATER_LIST, state=State.OPEN)
    return related


async def _log(tx: Tx, who: str, action: Action, subjects: list[str], purpose: str, now: Now) -> None:
    entries = [
        audit.AuditEntry(who=who, action=action, resource=Resource.RATER_LIST, subject=each, purpose=purpose)
        for each in subjects
    ]
    await audit.record(tx, entries, service=SERVICE.name, now=now)
