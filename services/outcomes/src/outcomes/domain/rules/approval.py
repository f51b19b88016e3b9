"""The approval chain: who signs in which order, and what counts as a signature."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from outcomes.domain.errors import Rejected


class ApprovalStep(StrEnum):
    """The steps in their order; finance only when the award is over budget."""

    MANAGER = "manager"
    SKIP_LEVEL = "skip_level"
    HR_PARTNER = "hr_partner"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Who may sign a step, any one of them; ``stands_in`` when that is an HR partner for a step that is not theirs."""

    step: ApprovalStep
    people: frozenset[str]
    stands_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A step that somebody signed, at a time, for one revision of the award."""

    step: ApprovalStep
    person: str
    revision: int
    at: datetime


def approval_chain(
    *,
    employee: str,
    manager: str | None,
    skip_level: str | None,
    hr_partners: Collection[str],
    finance: Collection[str],
    over_budget: bool,
) -> tuple[Approver, ...]:
    """Manager → skip-level → HR partner → finance when over budget.

    A step that nobody holds who still works here, or nobody but the employee, goes to the HR partner, who is any one
    of the division's but the employee.

    Raises:
        Rejected: ``no_hr_partner``, or ``own_hr_partner`` when the employee is the only one.
    """
    partners = frozenset(hr_partners) - {employee}
    if not partners and employee in hr_partners:
        raise Rejected("own_hr_partner", "nobody approves an own award; name another HR partner")
    if not partners:
        raise Rejected("no_hr_partner", "the division needs an HR partner")
    holders: list[tuple[ApprovalStep, Iterable[str | None]]] = [
        (ApprovalStep.MANAGER, (manager,)),
        (ApprovalStep.SKIP_LEVEL, (skip_level,)),
        (ApprovalStep.HR_PARTNER, partners),
    ]
    if over_budget:
        holders.append((ApprovalStep.FINANCE, finance))
    held = [(step, frozenset(each for each in holds if each) - {employee}) for step, holds in holders]
    return tuple(
        Approver(step=step, people=people or partners, stands_in=not people) for step, people in held
    )


def next_approval(
    chain: Sequence[Approver], signatures: Iterable[Signature], *, revision: int
) -> Approver | None:
    """The first step that this revision still lacks, with those who may sign it now; None when it is approved.

    A signature counts for the revision that it names, and a signed step stays signed whoever holds it by now: who
    signed held it then. Whoever signed a step of the own does not sign a second one, which goes to another holder,
    or to an HR partner; only where there is no other HR partner, to the same person.
    """
    signed = {each.step: each.person for each in signatures if each.revision == revision}
    turn = next((each for each in chain if each.step not in signed), None)
    if turn is None:
        return None
    partners = next(each.people for each in chain if each.step is ApprovalStep.HR_PARTNER)
    in_line = {
        signed.get(each.step)
        for each in chain
        if each.step is not ApprovalStep.HR_PARTNER and not each.stands_in
    }
    if others := turn.people - in_line:
        return replace(turn, people=others)
    return replace(
        turn, people=partners - in_line or partners, stands_in=turn.step is not ApprovalStep.HR_PARTNER
    )


def may_sign(
    chain: Sequence[Approver], signatures: Iterable[Signature], *, person: str, revision: int
) -> bool:
    """Whether it is this person's turn."""
    turn = next_approval(chain, signatures, revision=revision)
    return turn is not None and person in turn.people
