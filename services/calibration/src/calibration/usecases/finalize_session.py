"""Makes a session's ratings final, once, and announces them in chunks with one summary."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckResult
from calibration.domain.decisions import Obstacles, decide_finalizing, find_obstacles, summarize_states
from calibration.domain.rules import State
from calibration.outbound.announcements import SOURCE, digest_of, ratings_finalized, session_finalized
from calibration.outbound.changes import StoredCheck, save_finalized
from calibration.outbound.sessions import load_cases, load_waiting
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.judge_session import judge_session
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.outbox import announce
from plumbline.runtime.problems import ProblemError

MOST_LISTED = 100
"""How many of what is missing an answer lists; the counts beside them are always complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalized:
    """What became final."""

    revision: int
    version: int
    people: int
    digest: str
    checks: dict[str, State]


async def finalize_session(
    tx: AsyncConnection,
    session_id: UUID,
    *,
    by: str,
    expected: int | None,
    describe: Callable[[CheckResult], str],
    now: datetime,
) -> Finalized:
    """Finalize in a number of statements that does not grow with the people; ``describe`` gives a check's JSON.

    Raises:
        Rejected: the session is not open.
        ProblemError: 409 with what is missing.
    """
    room = await enter_to_change(
        tx,
        session_id,
        who=by,
        action=Action.DECIDE,
        resource=Resource.CALIBRATION_SESSION,
        expected=expected,
    )
    group, results = await judge_session(tx, room.session, on="final")
    obstacles = find_obstacles(
        await load_cases(tx, session_id),
        results,
        waiting=await load_waiting(tx, session_id),
        unknown=group.unknown,
    )
    if obstacles:
        raise not_ready(obstacles)
    fact = decide_finalizing(room.session, obstacles, by=by)
    stored = [store(each, describe) for each in results]
    version, ratings = await save_finalized(tx, room.session, fact, stored, now=now)
    checks, on = summarize_states(results), now.date()
    events = ratings_finalized(room.session, ratings, revision=fact.revision, on=on)
    events.append(session_finalized(room.session, ratings, revision=fact.revision, on=on, checks=checks))
    await announce(tx, events, source=SOURCE, now=now)
    await note(
        tx,
        room,
        [str(session_id)],
        action=Action.DECIDE,
        purpose="finalize",
        now=now,
        resource=Resource.CALIBRATION_SESSION,
    )
    return Finalized(
        revision=fact.revision,
        version=version,
        people=len(ratings),
        digest=digest_of(ratings),
        checks=checks,
    )


def store(result: CheckResult, describe: Callable[[CheckResult], str]) -> StoredCheck:
    """A check's result as it is kept beside the final ratings."""
    return StoredCheck(
        check=result.check,
        subject=result.subject,
        state=result.state,
        method_version=result.method_version,
        policy_version=result.policy_version,
        justified_by=result.justified_by,
        answer=describe(result),
    )


def not_ready(obstacles: Obstacles) -> ProblemError:
    """409 that lists what is missing, for each kind its count and the first hundred."""
    listed: dict[str, Sequence[object]] = {
        "undecided_cases": obstacles.undecided,
        "unsupported_adjustments": [str(each) for each in obstacles.unsupported],
        "unknown_people": obstacles.unknown,
        "unjustified_flags": [{"check": check, "subject": subject} for check, subject in obstacles.flags],
    }
    missing = {
        kind: {"count": len(each), "first": list(each[:MOST_LISTED])} for kind, each in listed.items() if each
    }
    return ProblemError(
        status=HTTPStatus.CONFLICT,
        code="not_ready",
        message="Something is missing before this session can be final.",
        fix="Discuss or confirm every case, support or replace every waiting move, justify every flag.",
        more={"missing": missing},
    )
