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
from outcomes.outbound.approvals import (
    SignableAward,
    load_signable,
    save_approved,
    save_signatures,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """How many awards were signed, how many of them are approved by it, and which could not be signed."""

    signed: int
    approved: int
    refused: Mapping[UUID, str]


async def sign_awards(
    tx: AsyncConnection,
    *,
    cycle_id: UUID,
    person_id: str,
    revisions: Mapping[UUID, int] | None,
    now: datetime,
) -> Signed:
    """Sign the named awards (outcome → revision), or with None every award whose turn it is.

    Consecutive steps that fall to the same person are signed together.
    """
    awards = await load_signable(
        tx, cycle_id=cycle_id, person_id=person_id, named=None if revisions is None else revisions.keys()
    )
    by_id = {award.outcome_id: award for award in awards}
    refused: dict[UUID, str] = {}
    chosen: list[tuple[SignableAward, Sequence[ApprovalStep]]] = []
    for outcome_id in revisions if revisions is not None else by_id:
        award = by_id.get(outcome_id)
        reason = _why_not(award, person_id, None if revisions is None else revisions[outcome_id])
        if award is None or reason is not None:
            if revisions is not None:
                refused[outcome_id] = reason or "not_found"
            continue
        chosen.append((award, steps_of(award, person_id, now)))
    await save_signatures(tx, chosen, person_id=person_id, now=now)
    approved = [award for award, steps in chosen if _complete(award, person_id, steps, now)]
    await save_approved(tx, approved, now=now)
    return Signed(signed=len(chosen), approved=len(approved), refused=refused)


def _why_not(award: SignableAward | None, person_id: str, revision: int | None) -> str | None:
    if award is None:
        return "not_found_or_not_awarded"
    if revision is not None and revision != award.revision:
        return "stale_revision"
    try:
        turn = next_approval(chain_of(award), award.signatures, revision=award.revision)
    except Rejected as rejected:
        return rejected.code
    return None if turn is not None and turn.person == person_id else "not_your_turn"


def chain_of(award: SignableAward) -> tuple[Approver, ...]:
    """The award's approval chain; awards of a pool are inside its budget, so finance has no step."""
    if award.hr_partner_id is None:
        raise Rejected("no_hr_partner", "the division needs an HR partner other than the employee")
    return approval_chain(
        employee=award.person_id,
        manager=award.manager_id,
        skip_level=award.skip_level_id,
        hr_partner=award.hr_partner_id,
        finance=None,
        over_budget=False,
    )


def steps_of(award: SignableAward, person_id: str, now: datetime) -> Sequence[ApprovalStep]:
    """The steps that fall to this person now: the next one, and those right behind it."""
    signatures, steps = list(award.signatures), list[ApprovalStep]()
    while turn := next_approval(chain_of(award), signatures, revision=award.revision):
        if turn.person != person_id:
            break
        steps.append(turn.step)
        signatures.append(_signature(award, person_id, turn.step, now))
    return steps


def _complete(award: SignableAward, person_id: str, steps: Sequence[ApprovalStep], now: datetime) -> bool:
    signatures = [*award.signatures, *(_signature(award, person_id, step, now) for step in steps)]
    return next_approval(chain_of(award), signatures, revision=award.revision) is None


def _signature(award: SignableAward, person_id: str, step: ApprovalStep, now: datetime) -> Signature:
    return Signature(step=step, person=person_id, revision=award.revision, at=now)
