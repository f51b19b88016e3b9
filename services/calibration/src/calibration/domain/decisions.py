"""What a session decides: adjustments, support, confirmations and finalizing; decisions return facts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from calibration.domain.checks import CheckResult, each_subject
from calibration.domain.errors import Rejected
from calibration.domain.events import (
    AdjustmentSupported,
    CasesConfirmed,
    RatingAdjusted,
    SessionFinalized,
)
from calibration.domain.rules import State
from calibration.domain.session import Adjustment, Case, Session

TWO_SUPPORTERS_FROM = 2
RATINGS = (1, 2, 3, 4, 5)
WORST_FIRST: tuple[State, ...] = ("flag", "justified", "clear", "insufficient_data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A move that somebody asks for."""

    adjustment_id: UUID
    person_id: str
    to: int
    rationale: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """What keeps a session from being finalized; empty when nothing does.

    ``undecided`` cases are neither discussed nor confirmed, ``unsupported`` moves wait for a supporter,
    ``unknown`` people have no record in the directory yet, ``flags`` are (check, subject) without justification.
    """

    undecided: Sequence[str] = ()
    unsupported: Sequence[UUID] = ()
    unknown: Sequence[str] = ()
    flags: Sequence[tuple[str, str]] = ()

    def __bool__(self) -> bool:
        return bool(self.undecided or self.unsupported or self.unknown or self.flags)


def require_open(session: Session) -> None:
    """A session changes only between its opening and its finalizing."""
    if session.state != "open":
        waits = session.state == "awaiting_inputs"
        raise Rejected(
            field="session",
            message="Not all proposed ratings are in yet." if waits else "The session is final.",
            fix="Wait until it opens." if waits else "A final rating changes through an appeal only.",
            status="conflict",
        )


def require_not_own(person_id: str, by: str) -> None:
    """Nobody is in the room for the own case: it stays in its session, and the others there decide it."""
    if person_id == by:
        raise Rejected(
            field="person_id",
            message="Your own case is not yours to decide.",
            fix="Another participant or the facilitator, whoever is not you, moves or confirms it: ask one of them.",
            status="forbidden",
        )


def require_not_about_oneself(subject: str, by: str) -> None:
    """A flag about oneself, as a case or as a manager, is justified by somebody else."""
    if subject == by:
        raise Rejected(
            field="person_id",
            message="A flag about yourself is not yours to justify.",
            fix="Ask the facilitator or the HR partner, whoever is not you, to justify it.",
            status="forbidden",
        )


def needs_second_supporter(case: Case, *, to: int, by: str) -> bool:
    """A move of 2 or more, from where it stands or from what was proposed, or one by the person's own manager.

    Counting from the proposal too keeps two moves of 1 by one person from doing what one of 2 may not.
    """
    far = max(abs(to - case.rating), abs(to - case.proposed)) >= TWO_SUPPORTERS_FROM
    return far or by == case.manager_id


def decide_adjustment(case: Case, move: Move, *, by: str) -> RatingAdjusted:
    """Move a case; it counts at once, or waits for a second supporter.

    Raises:
        Rejected: the own case, no rationale, no rating from 1 to 5, or no move at all.
    """
    require_not_own(case.person_id, by)
    if not move.rationale.strip():
        raise Rejected(field="rationale", message="A move needs its rationale.", fix="Say what it rests on.")
    if move.to not in RATINGS:
        raise Rejected(field="to", message="A rating is 1 to 5.", fix="Send a whole number from 1 to 5.")
    if move.to == case.rating:
        raise Rejected(
            field="to",
            message="The rating is that already.",
            fix="Confirm the case instead.",
            status="conflict",
        )
    return RatingAdjusted(
        adjustment_id=move.adjustment_id,
        person_id=case.person_id,
        rating_from=case.rating,
        rating_to=move.to,
        rationale=move.rationale.strip(),
        evidence=move.evidence,
        own_report=by == case.manager_id,
        proposed_by=by,
        state="awaiting_support" if needs_second_supporter(case, to=move.to, by=by) else "applied",
    )


def decide_support(case: Case, waiting: Adjustment, *, by: str) -> AdjustmentSupported:
    """Support somebody else's move, which then counts.

    Raises:
        Rejected: the own case, the own move, or the rating changed since it was proposed.
    """
    require_not_own(case.person_id, by)
    if waiting.proposed_by == by:
        raise Rejected(
            field="adjustment_id",
            message="The one who proposed a move cannot be its second supporter.",
            fix="Ask another participant.",
            status="forbidden",
        )
    if waiting.rating_from != case.rating:
        raise Rejected(
            field="adjustment_id",
            message="The rating changed after this move was proposed.",
            fix="Propose it again.",
            status="conflict",
        )
    return AdjustmentSupported(
        adjustment_id=waiting.adjustment_id,
        person_id=case.person_id,
        rating_to=waiting.rating_to,
        supported_by=by,
    )


def may_confirm(case: Case, by: str) -> bool:
    """Nobody confirms the own case, and a manager does not decide alone on an own report."""
    return by not in {case.person_id, case.manager_id}


def decide_confirmation(
    cases: Iterable[Case], *, by: str, all_remaining: bool, waiting: Collection[str] = ()
) -> CasesConfirmed:
    """Leave ratings as they are; with ``all_remaining`` what one may not confirm is left out, else refused.

    ``waiting`` are people with an unsupported move: "all remaining" does not pass over those, naming one does.

    Raises:
        Rejected: one of the named cases is the own or an own report's.
    """
    listed = [case for case in cases if not (all_remaining and case.state != "open")]
    left_out = [
        case.person_id
        for case in listed
        if not may_confirm(case, by) or (all_remaining and case.person_id in waiting)
    ]
    if left_out and not all_remaining:
        place = next(place for place, case in enumerate(listed) if case.person_id == left_out[0])
        raise Rejected(
            field=f"person_ids.{place}",
            message="Neither the own case nor an own report's is yours to confirm alone.",
            fix="Ask the facilitator or another participant.",
            status="forbidden",
        )
    passed = set(left_out)
    confirmed = [case.person_id for case in listed if case.person_id not in passed]
    return CasesConfirmed(person_ids=confirmed, left_out=left_out, confirmed_by=by)


def require_own_report(case: Case, by: str) -> None:
    """The context of a case is its manager's to record."""
    if case.manager_id != by:
        raise Rejected(
            field="person_id",
            message="The context of a case is recorded by the manager who proposed its rating.",
            fix="Ask that manager.",
            status="forbidden",
        )


def require_justifiable(
    target: tuple[str, str], *, text: str, flagged: Collection[tuple[str, str]], by: str
) -> None:
    """A justification is a text about a (check, subject) that is flagged now, and not about oneself."""
    require_not_about_oneself(target[1], by)
    if not text.strip():
        raise Rejected(field="text", message="A justification says why.", fix="Write what explains the flag.")
    if target not in flagged:
        raise Rejected(
            field="subject",
            message="This check does not flag this subject.",
            fix="Read the checks on the final ratings.",
            status="conflict",
        )


def find_obstacles(
    cases: Sequence[Case],
    checks: Sequence[CheckResult],
    *,
    waiting: Sequence[Adjustment],
    unknown: Sequence[str],
    by: str,
) -> Obstacles:
    """Every case discussed or confirmed, no move unsupported, everybody known, no flag without justification.

    A move of the case of ``by`` is not named to them: while it waits the case is undecided, which is said already.
    """
    return Obstacles(
        undecided=[case.person_id for case in cases if case.state == "open"],
        unsupported=[each.adjustment_id for each in waiting if each.person_id != by],
        unknown=unknown,
        flags=[(each.check, subject) for subject, each in each_subject(checks) if each.state == "flag"],
    )


def decide_finalizing(session: Session, obstacles: Obstacles, *, by: str) -> SessionFinalized:
    """Make the ratings final, once.

    Raises:
        Rejected: the session is not open, or something is missing.
    """
    require_open(session)
    if obstacles:
        raise Rejected(
            field="session",
            message="Something is missing before this session can be final.",
            fix="Settle what is listed as missing.",
            status="conflict",
        )
    return SessionFinalized(revision=session.revision + 1, finalized_by=by)


def summarize_states(checks: Iterable[CheckResult]) -> dict[str, State]:
    """One state a check: the worst of its subjects; no data only when none of them has data."""
    found: dict[str, set[State]] = {}
    for each in checks:
        found.setdefault(each.check, set()).add(each.state)
    return {check: next(state for state in WORST_FIRST if state in states) for check, states in found.items()}
