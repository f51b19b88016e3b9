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
from calibration.domain.session import Session
from calibration.outbound.announcements import SOURCE, Finals, finals_of, ratings_finalized, session_finalized
from calibration.outbound.changes import StoredCheck, save_checks, save_finalized
from calibration.outbound.sessions import load_cases, load_waiting
from calibration.usecases.enter_session import enter_to_change, note
from calibration.usecases.judge_session import load_session_checks
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.outbox import announce
from plumbline.runtime.problems import ProblemError

_SESSION = Resource.CALIBRATION_SESSION
MOST_LISTED = 100
"""How many of what is missing an answer lists; the counts beside them are always complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalized:
    """What became final.

    To somebody who is rated in the session ``checks`` say nothing of the own rating, and ``digest`` is None: with
    everybody else's rating at hand, trying five would tell the own one.
    """

    revision: int
    version: int
    people: int
    digest: str | None
    checks: dict[str, State]


async def finalize_session(
    tx: AsyncConnection,
    session_id: UUID,
    *,
    by: str,
    expected: int | None,
    describe: Callable[[CheckResult], tuple[str, str]],
    now: datetime,
) -> Finalized:
    """Finalize in a number of statements that does not grow with the people.

    ``describe`` gives a check's JSON text before and after its subject.

    Raises:
        Rejected: the session is not open.
        ProblemError: 409 with what is missing.
    """
    room = await enter_to_change(
        tx, session_id, who=by, action=Action.DECIDE, resource=_SESSION, expected=expected
    )
    session = room.session
    ready = await judge_readiness(tx, session, by=by)
    if ready.obstacles:
        raise not_ready(ready.obstacles)
    fact = decide_finalizing(session, ready.obstacles, by=by)
    version, ratings = await save_finalized(tx, session, fact, now=now)
    stored = [store(each, describe) for each in ready.results]
    await save_checks(tx, session, stored, policy_digest=ready.policy_digest)
    finals = finals_of(ratings, revision=fact.revision, on=now.date())
    checks = summarize_states(ready.results)
    events = [*ratings_finalized(session, finals), session_finalized(session, finals, checks=checks)]
    await announce(tx, events, source=SOURCE, now=now)
    subjects = [str(session_id)]
    await note(tx, room, subjects, action=Action.DECIDE, purpose="finalize", now=now, resource=_SESSION)
    return describe_finalized(finals, version=version, ready=ready)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The checks over everybody, which are kept with the digest of their policy; those that ``by`` may know; and what is
    still missing.
    """

    results: Sequence[CheckResult]
    known: Sequence[CheckResult]
    obstacles: Obstacles
    rated: bool
    policy_digest: str | None


async def judge_readiness(tx: AsyncConnection, session: Session, *, by: str) -> Readiness:
    """The checks on the ratings as they stand under the session's lock, and what is still missing.

    They are run again, never taken from an earlier answer: gender, tenure and evidence change without the session.
    Were a facilitator who is rated here asked for the real flags alone, the asking would tell the own rating.
    """
    checks = await load_session_checks(tx, session, on="final")
    results, rated = await checks.judge(), checks.is_rated(by)
    known = await checks.judge_for(by) if rated else results
    obstacles = find_obstacles(
        await load_cases(tx, session.session_id, state="open"),
        known,
        waiting=await load_waiting(tx, session.session_id),
        unknown=checks.group.unknown,
        by=by,
    )
    return Readiness(
        results=results, known=known, obstacles=obstacles, rated=rated, policy_digest=checks.policy.digest
    )


def describe_finalized(finals: Finals, *, version: int, ready: Readiness) -> Finalized:
    """What the facilitator hears."""
    return Finalized(
        revision=finals.revision,
        version=version,
        people=len(finals.ratings),
        digest=None if ready.rated else finals.digest,
        checks=summarize_states(ready.known),
    )


def store(result: CheckResult, describe: Callable[[CheckResult], tuple[str, str]]) -> StoredCheck:
    """A check's result as it is kept beside the final ratings."""
    before, after = describe(result)
    return StoredCheck(
        check=result.check,
        subjects=result.subjects,
        state=result.state,
        method_version=result.method_version,
        policy_version=result.policy_version,
        justified_by=result.justified_by,
        before=before,
        after=after,
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
