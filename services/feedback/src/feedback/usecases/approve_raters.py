"""Approve the raters of rounds and open them, with their thresholds fixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.errors import Rejected
from feedback.domain.identity import round_id_of
from feedback.domain.rules import approve_raters as approve
from feedback.domain.rules import override_raters
from feedback.domain.rules.anonymity import DEFAULT_ANONYMITY
from feedback.domain.rules.raters import ApprovedRaters
from feedback.outbound.cycles import require_running_cycle
from feedback.outbound.rounds import (
    OpenedRound,
    Round,
    load_rounds,
    nominations_of,
    open_rounds,
    save_nominations,
)
from feedback.usecases.known_people import require_known, require_one_each
from feedback.usecases.nominate_raters import Nomination, nominated_round
from plumbline.runtime.directory import find_people
from plumbline.runtime.problems import ProblemError
from plumbline.runtime.security import across_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What the approver says about one round; ``override`` replaces the raters, for HR, with a reason.

    ``nominees`` are those that the approver read; None only with an override, which takes none of them.
    """

    person_id: str
    nominees: frozenset[str] | None
    added: Mapping[str, str] = field(default_factory=dict[str, str])
    override: frozenset[str] = frozenset()
    override_reason: str | None = None


async def approve_raters(
    tx: AsyncConnection, *, cycle_id: UUID, approvals: Sequence[Approval], approved_by: str
) -> tuple[OpenedRound, ...]:
    """Open these rounds with the approved raters; all or none. A round that nobody nominated for is made here.

    Raises:
        Rejected: an addition has no reason, a set is not 3 to 8 people, or a round has opened already.
        ProblemError: somebody nominated others after the approver read (409, with who came and who went).
    """
    rounds = await load_or_make(tx, cycle_id, approvals)
    raters = {rater for each in rounds for rater in each.nominees}
    raters |= {rater for each in approvals for rater in (*each.added, *each.override)}
    # Whom they nominated in turn counts wherever they work.
    async with across_divisions(tx):
        nominations = await nominations_of(tx, cycle_id, raters)
    for place, each in enumerate(rounds):
        if each.state != "nominated":
            raise Rejected(
                field=f"rounds.{place}", message="the round has opened", fix="leave it out", status="conflict"
            )
    require_nominees_as_read(rounds, approvals)
    opened = [
        OpenedRound(
            round_id=each.round_id,
            approved=decide(each, approval, approved_by=approved_by, nominations=nominations, place=place),
            overridden_because=approval.override_reason,
        )
        for place, (each, approval) in enumerate(zip(rounds, approvals, strict=True))
    ]
    await open_rounds(tx, opened, anonymity=DEFAULT_ANONYMITY)
    return tuple(opened)


def require_nominees_as_read(rounds: Sequence[Round], approvals: Sequence[Approval]) -> None:
    """409 unless every round still has the nominees that its approval names.

    Raises:
        ProblemError: with the rounds that changed, and who came and who went.
    """
    changed = [
        {
            "person_id": each.person_id,
            "added": sorted(each.nominees - approval.nominees),
            "removed": sorted(approval.nominees - each.nominees),
        }
        for each, approval in zip(rounds, approvals, strict=True)
        if approval.nominees is not None and approval.nominees != each.nominees
    ]
    if changed:
        raise ProblemError(
            status=HTTPStatus.CONFLICT,
            code="stale_nominees",
            message="Others were nominated after you read it.",
            fix="Read the rounds again, and approve the nominees that stand there.",
            more={"changed": changed},
        )


async def load_or_make(tx: AsyncConnection, cycle_id: UUID, approvals: Sequence[Approval]) -> list[Round]:
    """The rounds in the approvals' order, locked; those that do not exist yet are created without nominees."""
    cycle = await require_running_cycle(tx, cycle_id)
    require_one_each("rounds", [each.person_id for each in approvals])
    named = {rater for each in approvals for rater in (*each.added, *each.override)}
    people = await find_people(tx, named | {each.person_id for each in approvals})
    for place, each in enumerate(approvals):
        require_known(f"rounds.{place}.added", each.added, people)
        require_known(f"rounds.{place}.override", each.override, people)
    ids = [round_id_of(cycle_id, each.person_id) for each in approvals]
    known = await load_rounds(tx, ids, lock=True)
    missing = [
        nominated_round(
            cycle_id,
            Nomination(person_id=each.person_id, raters=()),
            people=people,
            divisions=cycle.divisions,
            place=place,
        )
        for place, each in enumerate(approvals)
        if ids[place] not in known
    ]
    past = await save_nominations(tx, cycle_id, missing) if missing else frozenset[UUID]()
    made = {each.round_id: replace(each, state="open") if each.round_id in past else each for each in missing}
    return [known.get(round_id) or made[round_id] for round_id in ids]


def decide(
    each: Round,
    approval: Approval,
    *,
    approved_by: str,
    nominations: Mapping[str, frozenset[str]],
    place: int,
) -> ApprovedRaters:
    """The raters that the rules let through.

    Raises:
        Rejected: the rules refuse them; it names the place in the list.
    """
    try:
        if approval.override_reason is not None:
            return override_raters(
                each.person_id,
                approval.override,
                hr_partner=approved_by,
                reason=approval.override_reason,
                nominations=nominations,
            )
        return approve(
            each.person_id,
            each.nominees,
            manager=approved_by,
            added=approval.added,
            nominations=nominations,
        )
    except Rejected as refusal:
        raise refusal.inside(f"rounds.{place}") from None
