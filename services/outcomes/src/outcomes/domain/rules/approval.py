"""The approval chain: who signs in which order, and what counts as a signature."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    """Who signs a step; ``stands_in`` when the HR partner takes a step that is missing or the person's own."""

    step: ApprovalStep
    person: str
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
    hr_partner: str,
    finance: str | None,
    over_budget: bool,
) -> tuple[Approver, ...]:
    """Manager → skip-level → HR partner → finance when over budget.

    A step that nobody holds, or that is the employee's own, goes to the HR partner.

    Raises:
        Rejected: ``own_hr_partner`` when the employee is the HR partner: another one must be named.
    """
    if employee == hr_partner:
        raise Rejected("own_hr_partner", "nobody approves an own award; name another HR partner")
    holders = [
        (ApprovalStep.MANAGER, manager),
        (ApprovalStep.SKIP_LEVEL, skip_level),
        (ApprovalStep.HR_PARTNER, hr_partner),
    ]
    if over_budget:
        holders.append((ApprovalStep.FINANCE, finance))
    return tuple(
        Approver(step=step, person=hr_partner, stands_in=True)
        if holder is None or holder == employee
        else Approver(step=step, person=holder)
        for step, holder in holders
    )


def next_approval(
    chain: Sequence[Approver], signatures: Iterable[Signature], *, revision: int
) -> Approver | None:
    """The first step that this revision still lacks; None when it is approved.

    A signature counts only from the step's approver and only for the revision that it names.
    """
    signed = {(each.step, each.person) for each in signatures if each.revision == revision}
    return next((each for each in chain if (each.step, each.person) not in signed), None)


def may_sign(
    chain: Sequence[Approver], signatures: Iterable[Signature], *, person: str, revision: int
) -> bool:
    """Whether it is this person's turn."""
    turn = next_approval(chain, signatures, revision=revision)
    return turn is not None and turn.person == person
