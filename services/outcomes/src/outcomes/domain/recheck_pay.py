"""Compares approved awards with their signatures and with what payroll was told, and names what is missing or too much."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from outcomes.domain.rules.approval import ApprovalStep
from outcomes.domain.rules.pay_changes import Pay, pay_changes
from outcomes.domain.stored import MERIT, Difference, difference

# What became of an approved award; one can be superseded without having been approved.
_APPROVED, _SUPERSEDED = "approved", "superseded"
_STEPS = frozenset(str(step) for step in ApprovalStep)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPay:
    """An award and what payroll was ``told`` of it, None when nothing; amounts in minor units.

    ``state``, ``salary`` and ``pay`` are None when there is no such award. ``signed``: the steps of its revision.
    """

    cycle_id: UUID
    person_id: str
    outcome_id: str
    state: str | None
    salary: int | None
    pay: Pay | None
    told: Pay | None
    signed: frozenset[str]
    over_budget: bool


def recheck_pay(awards: Iterable[StoredPay]) -> Iterator[Difference]:
    """One person's awards of a cycle by revision, each beside what payroll was told of it."""
    held: Pay | None = None
    for each in awards:
        steps = frozenset(step for step in _STEPS if step != ApprovalStep.FINANCE or each.over_budget)
        if each.state == _APPROVED and each.signed != steps:
            yield difference(each.outcome_id, MERIT, "signatures", sorted(each.signed), sorted(steps))
        wanted = _wanted(each, held)
        if each.told != wanted:
            yield difference(each.outcome_id, MERIT, "pay_change", _plain(each.told), _plain(wanted))
        if each.pay is not None:
            held = each.told or held


def _wanted(each: StoredPay, held: Pay | None) -> Pay | None:
    if each.pay is None or each.salary is None or not pay_changes(each.pay, salary=each.salary, told=held):
        return None
    told = each.state == _APPROVED or (each.state == _SUPERSEDED and each.told is not None)
    return each.pay if told else None


def _plain(pay: Pay | None) -> dict[str, int] | None:
    return None if pay is None else pay._asdict()
