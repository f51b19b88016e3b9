"""What a cycle brings along beside its calendar: budgets, facilitators, and the people who take part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from plumbline.money import MOST_BUDGET, brief, unusable_amount, unusable_currency, unusable_percent
from reviews.domain.cycle import Stage
from reviews.domain.errors import Rejected, refuse_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A merit budget of a division in one currency: an amount, or a percentage of the eligible payroll.

    ``reserve``: an amount beside it, for awards that an appeal corrects after the pool was awarded.
    """

    pool_id: UUID
    division: str
    currency: str
    budget_amount: Decimal | None
    budget_percent: Decimal | None
    reserve: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department of a division; each has a calibration session of its own."""

    division: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An active person of a division of the cycle, as the directory knows them when it opens."""

    person_id: str
    manager_id: str | None
    manager_works_here: bool
    department: Department


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A person whose review belongs to the cycle, as it was when the cycle opened."""

    person_id: str
    review_id: UUID
    session_id: UUID
    division: str
    manager_id: str


def session_id_of(cycle_id: UUID, department: Department) -> UUID:
    """The session of a department: the same wherever and whenever it is computed."""
    return uuid5(cycle_id, f"{department.division}/{department.name}")


def review_id_of(cycle_id: UUID, person_id: str) -> UUID:
    """The review of a person: the same wherever and whenever it is computed."""
    return uuid5(cycle_id, f"review/{person_id}")


def pool_id_of(cycle_id: UUID, *, division: str, currency: str) -> UUID:
    """The pool of a division and currency: the same wherever and whenever it is computed."""
    return uuid5(cycle_id, f"pool/{division}/{currency}")


def require_reviewed(named: Sequence[Department], reviewed: Collection[Department]) -> None:
    """A facilitator is named for a department in which somebody is reviewed, or would be dropped unsaid.

    Raises:
        Rejected: nobody is reviewed in one of them.
    """
    for place, department in enumerate(named):
        if department not in reviewed:
            raise Rejected(
                field=f"sessions.{place}.department",
                message="nobody whom a manager reviews belongs to this department of the division",
                fix="name it as the people's records do, or leave it out",
            )


def require_pools(pools: Sequence[Pool], *, divisions: Collection[str], merit: bool) -> None:
    """A budget is an amount or a percentage, of a division that takes part, once a division and currency.

    Raises:
        Rejected: it is not, or the cycle has no merit.
    """
    if pools and not merit:
        raise Rejected(field="pools", message="a cycle without merit has no budget", fix="set merit to true")
    seen: set[tuple[str, str]] = set()
    for place, pool in enumerate(pools):
        field = f"pools[{place}]"
        if pool.division not in divisions:
            raise Rejected(field=f"{field}.division", message="it takes no part", fix="name one that does")
        if (pool.division, pool.currency) in seen:
            raise Rejected(field=field, message="it stands there twice", fix="one a division and currency")
        seen.add((pool.division, pool.currency))
        require_budget(pool, field=field)


def require_budget_change(
    pool: Pool, *, stage: Stage, divisions: Collection[str], merit: bool, reason: str
) -> None:
    """A budget changes with a reason once the cycle is open, also after it closed: a pool may still wait for it.

    Raises:
        Rejected: the cycle is a draft or pays no merit, the division takes no part, the budget cannot be one, or
            there is no reason.
    """
    if stage is Stage.DRAFT:
        fix = "plan the draft anew with this budget"
        raise Rejected(field="stage", message="the cycle is a draft", fix=fix, status="conflict")
    if not merit:
        message, fix = "a cycle without merit has no budget", "name a cycle with merit"
        raise Rejected(field="merit", message=message, fix=fix, status="conflict")
    if pool.division not in divisions:
        raise Rejected(field="division", message="it takes no part", fix="name one that does")
    if not reason.strip():
        raise Rejected(field="reason", message="it is empty", fix="write why the budget changes")
    require_budget(pool)


def require_budget(pool: Pool, *, field: str = "") -> None:
    """A budget is an amount that its currency can pay, or a percentage from 0 to 100; ``field`` is what holds it.

    A reserve is an amount that the currency can pay.

    Raises:
        Rejected: it is both or neither, the currency is none of ISO 4217, or the number cannot be a budget.
    """
    inside = f"{field}." if field else ""
    unknown = unusable_currency(pool.currency)
    if unknown is not None:
        raise refuse_number(f"{inside}currency", pool.currency, unknown)
    if (pool.budget_amount is None) == (pool.budget_percent is None):
        fix = "give budget_amount or budget_percent"
        raise Rejected(field=field or "budget_amount", message="exactly one budget is needed", fix=fix)
    for name, amount in (("budget_amount", pool.budget_amount), ("reserve", pool.reserve)):
        if amount is None:
            continue
        found = unusable_amount(amount, pool.currency, most=MOST_BUDGET)
        if found is not None:
            raise refuse_number(f"{inside}{name}", brief(amount), found)
    if pool.budget_percent is not None:
        found = unusable_percent(pool.budget_percent)
        if found is not None:
            raise refuse_number(f"{inside}budget_percent", brief(pool.budget_percent), found)


def freeze_participants(cycle_id: UUID, candidates: Sequence[Candidate]) -> tuple[Participant, ...]:
    """Every active person who has a manager takes part; the one without is rated by nobody.

    Raises:
        Rejected: a manager does not work here (any more, or as far as is known yet), so that somebody's review
            could never be written.
    """
    stranded = sorted(
        each.person_id for each in candidates if each.manager_id and not each.manager_works_here
    )
    if stranded:
        raise Rejected(
            field="participants",
            message=f"the manager of {len(stranded)} people does not work here: {', '.join(stranded[:10])}",
            fix="import their new managers first",
            status="conflict",
        )
    return tuple(
        Participant(
            person_id=each.person_id,
            review_id=review_id_of(cycle_id, each.person_id),
            session_id=session_id_of(cycle_id, each.department),
            division=each.department.division,
            manager_id=each.manager_id,
        )
        for each in candidates
        if each.manager_id is not None
    )


def require_people(divisions: Collection[str], participants: Sequence[Participant]) -> None:
    """Every division of the cycle has somebody to review.

    Raises:
        Rejected: one has not, which mostly means that its people have not arrived yet.
    """
    empty = sorted(set(divisions) - {each.division for each in participants})
    if empty:
        raise Rejected(
            field="divisions",
            message=f"no active person with a manager in {', '.join(empty)}",
            fix="import the people first, or leave the division out",
            status="conflict",
        )


def plan_facilitators(
    departments: Collection[Department], *, chosen: Mapping[Department, str], default: str
) -> dict[Department, str]:
    """Every department with people has a session, facilitated by the one chosen for it or by the default."""
    return {
        department: chosen.get(department, default)
        for department in sorted(departments, key=lambda each: (each.division, each.name))
    }
