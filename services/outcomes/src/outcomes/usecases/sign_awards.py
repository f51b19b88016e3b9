"""Signs awards: each step of the approval chain in its turn, tied to the revision that the signer saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.approval import (
    ApprovalStep,
    Approver,
    Signature,
    approval_chain,
    next_approval,
)
from outcomes.outbound.approvals import save_approved, save_signatures
from outcomes.outbound.signable import SignableAward, load_signable, lock_named
from outcomes.usecases.refuse_replaced import Seen, refuse_replaced
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource

Turn = tuple[SignableAward, Sequence[ApprovalStep]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """How many awards were signed, how many of them are approved by it, and which could not be signed."""

    signed: int
    approved: int
    refused: Mapping[UUID, Rejected]


async def awards_to_sign(tx: AsyncConnection, *, cycle_id: UUID, person_id: str, now: datetime) -> list[Turn]:
    """The awards that wait for this person's signature, each with the steps that it would sign; the log notes whose."""
    awards = await load_signable(tx, cycle_id=cycle_id, person_id=person_id)
    turns = [(each, steps_of(each, person_id, now)) for each in awards if _is_turn(each, person_id)]
    await _note(tx, turns, who=person_id, action=Action.READ, now=now)
    return turns


async def sign_awards(
    tx: AsyncConnection,
    *,
    cycle_id: UUID,
    person_id: str,
    revisions: Mapping[UUID, int],
    released: bool,
    now: datetime,
) -> Signed:
    """Sign the named awards (outcome → the revision that the signer saw) whose turn it is; nothing else is locked.

    Consecutive steps that fall to the same person are signed together. ``released``: the cycle's results are.

    Raises:
        ProblemError: 409, and nothing is signed, when an award is not at the revision that was seen.
    """
    awards = await lock_named(tx, revisions.keys(), cycle_id=cycle_id, person_id=person_id)
    found = {award.outcome_id: award for award in awards}
    seen = [
        Seen(place=place, award=found[outcome_id], revision=revision)
        for place, (outcome_id, revision) in enumerate(revisions.items())
        if outcome_id in found
    ]
    await refuse_replaced(tx, seen, who=person_id, released=released)
    refused = {
        outcome_id: why
        for outcome_id in revisions
        if (why := _why_not(found.get(outcome_id), person_id)) is not None
    }
    turns = [
        (each.award, steps_of(each.award, person_id, now))
        for each in seen
        if each.award.outcome_id not in refused
    ]
    await save_signatures(tx, turns, person_id=person_id, now=now)
    approved = [award for award, steps in turns if _complete(award, person_id, steps, now)]
    await save_approved(tx, approved, now=now)
    await _note(tx, turns, who=person_id, action=Action.APPROVE, now=now)
    return Signed(signed=len(turns), approved=len(approved), refused=refused)


def _is_turn(award: SignableAward, person_id: str) -> bool:
    return not award.replaced and _why_not(award, person_id) is None


def _why_not(award: SignableAward | None, person_id: str) -> Rejected | None:
    if award is None or award.state == "ineligible":
        return Rejected(
            "not_found_or_not_awarded", "name awards that GET /cycles/{cycle_id}/approvals shows you"
        )
    if award.state == "approved":
        return Rejected("approved_already", "nothing is left to sign; leave it out")
    try:
        turn = next_approval(chain_of(award), award.signatures, revision=award.revision)
    except Rejected as rejected:
        return rejected
    if turn is not None and person_id in turn.people:
        return None
    return Rejected("not_your_turn", "sign it when GET /cycles/{cycle_id}/approvals shows it to you")


def chain_of(award: SignableAward) -> tuple[Approver, ...]:
    """The award's approval chain; finance has a step only in a correction that left its pool over budget."""
    return approval_chain(
        employee=award.person_id,
        manager=award.manager_id,
        skip_level=award.skip_level_id,
        hr_partners=award.hr_partners,
        finance=award.finance,
        over_budget=award.excess is not None,
    )


def steps_of(award: SignableAward, person_id: str, now: datetime) -> Sequence[ApprovalStep]:
    """The steps that fall to this person now: the next one, and those right behind it."""
    chain, signatures, steps = chain_of(award), list(award.signatures), list[ApprovalStep]()
    while turn := next_approval(chain, signatures, revision=award.revision):
        if person_id not in turn.people:
            break
        steps.append(turn.step)
        signatures.append(_signature(award, person_id, turn.step, now))
    return steps


def _complete(award: SignableAward, person_id: str, steps: Sequence[ApprovalStep], now: datetime) -> bool:
    signatures = [*award.signatures, *(_signature(award, person_id, step, now) for step in steps)]
    return next_approval(chain_of(award), signatures, revision=award.revision) is None


def _signature(award: SignableAward, person_id: str, step: ApprovalStep, now: datetime) -> Signature:
    return Signature(step=step, person=person_id, revision=award.revision, at=now)


async def _note(
    tx: AsyncConnection, turns: Sequence[Turn], *, who: str, action: Action, now: datetime
) -> None:
    """Whose award somebody read or signed, at which revision and as whom; one entry a person."""
    did = "signed" if action is Action.APPROVE else "to sign"
    entries = [
        audit.AuditEntry(
            who=who,
            action=action,
            resource=Resource.AWARD,
            subject=award.person_id,
            purpose=f"{did} revision {award.revision} as {', '.join(steps)}",
        )
        for award, steps in turns
    ]
    await audit.record(tx, entries, service="outcomes", now=now)
