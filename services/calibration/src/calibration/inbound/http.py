"""Requests about calibration sessions and cycles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic_core import to_json
from uuid_utils import uuid7

from calibration.domain.checks import On
from calibration.domain.decisions import Move
from calibration.inbound.bodies import (
    AdjustmentsBody,
    AppealBody,
    ConfirmationsBody,
    ContextsBody,
    JustificationsBody,
    PanelBody,
    RulingBody,
    check_json,
    describe_appeal,
    describe_cycle,
    describe_session,
    describe_summary,
    write_checks,
)
from calibration.outbound.changes import CaseContext, Justification
from calibration.usecases import appeal_rating, read_cycle, read_session
from calibration.usecases.adjust_ratings import adjust_ratings
from calibration.usecases.confirm_ratings import confirm_ratings
from calibration.usecases.finalize_session import finalize_session
from calibration.usecases.justify_flags import justify_flags
from calibration.usecases.record_contexts import record_contexts
from calibration.usecases.support_adjustment import support_adjustment
from plumbline.runtime.clock import Now
from plumbline.runtime.http import (
    Caller,
    ExpectedVersion,
    Tx,
    create_router,
    etag,
    require_idempotency_key,
)

router = create_router(tags=["calibration"])
Division = Annotated[str | None, Query(description="One division; without it the whole organization.")]


def _json(body: bytes, *, version: int | None = None) -> Response:
    """Written already: FastAPI would copy a company's answer several times on its way to text."""
    headers = None if version is None else {"ETag": etag(version)}
    return Response(body, media_type="application/json", headers=headers)


@router.get("/sessions")
async def list_sessions(cycle_id: UUID, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The sessions of a cycle and where they stand."""
    found = await read_session.read_sessions(tx, cycle_id, who=caller.person_id)
    return {"sessions": [describe_summary(each) for each in found]}


@router.get("/sessions/{session_id}")
async def show(session_id: UUID, tx: Tx, caller: Caller, now: Now) -> Response:
    """A session with its cases, moves and distributions, as far as the caller may see them."""
    view = await read_session.read_session(tx, session_id, who=caller.person_id, now=now)
    return _json(to_json(describe_session(view)), version=view.session.version)


@router.get("/sessions/{session_id}/checks")
async def show_checks(session_id: UUID, tx: Tx, caller: Caller, now: Now, on: On = "final") -> Response:
    """The fairness checks on proposed ratings, on those that stand now, or on the change."""
    results = await read_session.read_session_checks(tx, session_id, who=caller.person_id, on=on, now=now)
    return _json(write_checks(results, on=on))


@router.get("/cycles/{cycle_id}/distribution")
async def show_cycle(
    cycle_id: UUID, tx: Tx, caller: Caller, now: Now, division: Division = None
) -> dict[str, Any]:
    """The distribution against the guideline where it is judged: over a division or the organization."""
    found = await read_cycle.read_cycle_distribution(
        tx, cycle_id, division=division, who=caller.person_id, now=now
    )
    return describe_cycle(found)


@router.get("/cycles/{cycle_id}/checks")
async def show_cycle_checks(
    cycle_id: UUID, tx: Tx, caller: Caller, now: Now, division: Division = None, on: On = "final"
) -> Response:
    """The fairness checks over a division or the organization."""
    results = await read_cycle.read_cycle_checks(
        tx, cycle_id, division=division, on=on, who=caller.person_id, now=now
    )
    return _json(write_checks(results, on=on))


@router.post("/sessions/{session_id}/adjustments")
async def adjust(
    session_id: UUID,
    body: AdjustmentsBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Move ratings; a move that needs a second supporter waits for one."""
    moves = [
        Move(
            adjustment_id=UUID(str(uuid7())),
            person_id=each.person_id,
            to=each.to,
            rationale=each.rationale,
            evidence=each.evidence,
        )
        for each in body.adjustments
    ]
    done = await adjust_ratings(tx, session_id, moves, by=caller.person_id, expected=expected, now=now)
    response.headers["ETag"] = etag(done.version)
    return {
        "version": done.version,
        "adjustments": [
            {
                "adjustment_id": str(fact.adjustment_id),
                "person_id": fact.person_id,
                "from": fact.rating_from,
                "to": fact.rating_to,
                "state": fact.state,
            }
            for fact in done.facts
        ],
    }


@router.post("/sessions/{session_id}/adjustments/{adjustment_id}/support")
async def support(
    session_id: UUID,
    adjustment_id: UUID,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Support somebody else's move."""
    version = await support_adjustment(
        tx, session_id, adjustment_id, by=caller.person_id, expected=expected, now=now
    )
    response.headers["ETag"] = etag(version)
    return {"version": version, "adjustment_id": str(adjustment_id), "state": "applied"}


@router.post("/sessions/{session_id}/confirmations")
async def confirm(
    session_id: UUID,
    body: ConfirmationsBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Leave ratings as they are."""
    people = None if body.all_remaining else body.person_ids
    done = await confirm_ratings(tx, session_id, people, by=caller.person_id, expected=expected, now=now)
    response.headers["ETag"] = etag(done.version)
    # One's own id among those left out would tell nothing that one does not know.
    return {
        "version": done.version,
        "confirmed": len(done.fact.person_ids),
        "left_out": list(done.fact.left_out),
    }


@router.post("/sessions/{session_id}/justifications")
async def justify(
    session_id: UUID,
    body: JustificationsBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Justify flags in the caller's name."""
    given = [
        Justification(check=each.check, subject=each.subject, text=each.text) for each in body.justifications
    ]
    version = await justify_flags(tx, session_id, given, by=caller.person_id, expected=expected, now=now)
    response.headers["ETag"] = etag(version)
    return {"version": version, "justified": len(given)}


@router.post("/sessions/{session_id}/contexts")
async def record(
    session_id: UUID,
    body: ContextsBody,
    tx: Tx,
    caller: Caller,
    now: Now,
    expected: ExpectedVersion,
    response: Response,
) -> dict[str, Any]:
    """Record the difficulty of the role, the team's maturity and the conditions of own reports."""
    given = [
        CaseContext(
            person_id=each.person_id,
            difficulty=each.difficulty,
            team_maturity=each.team_maturity,
            conditions=each.conditions,
        )
        for each in body.contexts
    ]
    version = await record_contexts(tx, session_id, given, by=caller.person_id, expected=expected, now=now)
    response.headers["ETag"] = etag(version)
    return {"version": version, "recorded": len(given)}


@router.post("/sessions/{session_id}/finalize", dependencies=[Depends(require_idempotency_key)])
async def finalize(
    session_id: UUID, tx: Tx, caller: Caller, now: Now, expected: ExpectedVersion, response: Response
) -> dict[str, Any]:
    """Make the ratings final, once."""
    done = await finalize_session(
        tx, session_id, by=caller.person_id, expected=expected, describe=check_json, now=now
    )
    response.headers["ETag"] = etag(done.version)
    return {
        "session_id": str(session_id),
        "state": "final",
        "revision": done.revision,
        "version": done.version,
        "people": done.people,
        "digest": done.digest,
        "checks": done.checks,
    }


@router.post("/cycles/{cycle_id}/appeals")
async def appeal(cycle_id: UUID, body: AppealBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Contest one's own or a report's released rating."""
    appeal_id = UUID(str(uuid7()))
    rule_by = await appeal_rating.open_appeal(
        tx,
        cycle_id,
        appeal_id=appeal_id,
        person_id=body.person_id,
        grounds=body.grounds,
        by=caller.person_id,
        now=now,
    )
    return {"appeal_id": str(appeal_id), "state": "open", "rule_by": rule_by.isoformat()}


@router.get("/appeals/{appeal_id}")
async def show_appeal(appeal_id: UUID, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """An appeal with its grounds and its ruling."""
    return describe_appeal(await appeal_rating.read_appeal(tx, appeal_id, who=caller.person_id, now=now))


@router.post("/appeals/{appeal_id}/panel")
async def panel(appeal_id: UUID, body: PanelBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Name who rules on an appeal."""
    await appeal_rating.name_panel(tx, appeal_id, body.members, by=caller.person_id, now=now)
    return {"appeal_id": str(appeal_id), "panel": list(body.members)}


@router.post("/appeals/{appeal_id}/ruling")
async def rule(appeal_id: UUID, body: RulingBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Rule on an appeal as a member of its panel."""
    fact = await appeal_rating.rule_on_appeal(
        tx,
        appeal_id,
        upheld=body.upheld,
        rating=body.rating,
        rationale=body.rationale,
        by=caller.person_id,
        now=now,
    )
    state = "upheld" if fact.upheld else "dismissed"
    return {
        "appeal_id": str(appeal_id),
        "state": state,
        "rating": fact.rating,
        "revision": fact.revision,
    }
