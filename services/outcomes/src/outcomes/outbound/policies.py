"""Turns a published policy into the domain's, and frozen inputs into text and back."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import cast

from pydantic_core import from_json, to_json

from outcomes.domain.cases import DivisionPolicy
from outcomes.domain.errors import Rejected
from outcomes.domain.policy import EquityPolicy, MeritPolicy, MonthDay, SalaryRange
from outcomes.domain.rules.merit import MeritInputs
from outcomes.domain.rules.money import to_minor_units
from outcomes.domain.rules.position import RangeKey, index_ranges
from outcomes.domain.rules.usable import PolicyAsSent, why_policy_is_unusable
from plumbline.contracts.policy import PolicyDocumentV1


@lru_cache(maxsize=64)
def read_policy(
    policy_id: str, digest: str, document: str
) -> tuple[DivisionPolicy, dict[RangeKey, SalaryRange]]:
    """The domain's policy and the salary ranges of a published document (its JSON text)."""
    published = PolicyDocumentV1.model_validate_json(document)
    month, day = published.merit.hire_cut_off.split("-")
    merit = MeritPolicy(
        version=published.version,
        matrix={
            int(rating): (Fraction(q[0]), Fraction(q[1]), Fraction(q[2]), Fraction(q[3]))
            for rating, q in published.merit.matrix.items()
        },
        floors={int(rating): Fraction(floor) for rating, floor in published.merit.floors.items()},
        hire_cut_off=MonthDay(month=int(month), day=int(day)),
    )
    grid: dict[str, dict[int, int]] = {}
    for grant in published.equity:
        grid.setdefault(grant.level, {})[int(grant.rating)] = grant.shares
    policy = DivisionPolicy(
        policy_id=policy_id,
        digest=digest,
        merit=merit,
        equity=EquityPolicy(grid=grid, parts=published.vesting_parts),
    )
    return policy, index_ranges(_ranges(published))


def _ranges(published: PolicyDocumentV1) -> list[SalaryRange]:
    return [
        SalaryRange(
            level=each.level,
            location=each.location,
            currency=each.currency,
            minimum=to_minor_units(Fraction(each.minimum), each.currency),
            maximum=to_minor_units(Fraction(each.maximum), each.currency),
        )
        for each in published.ranges
    ]


def why_unusable(published: PolicyDocumentV1) -> str | None:
    """Why outcomes cannot be computed with a published document, None when they can."""
    sent = PolicyAsSent(
        hire_cut_off=published.merit.hire_cut_off,
        matrix={**published.merit.matrix},
        floors={**published.merit.floors},
        ranges=[(each.currency, each.minimum, each.maximum) for each in published.ranges],
        parts=published.vesting_parts,
        shares=[each.shares for each in published.equity],
    )
    why = why_policy_is_unusable(sent)
    if why is not None:
        return why
    try:
        index_ranges(_ranges(published))
    except Rejected as refused:
        return refused.reason
    return None


def freeze(inputs: MeritInputs) -> str:
    """The inputs of a merit recommendation as JSON text, exact and complete."""
    place = inputs.salary_range
    return to_json(
        {
            "rating": inputs.rating,
            "currency": inputs.currency,
            "salary": inputs.salary,
            "fte": str(inputs.fte),
            "range": None
            if place is None
            else (place.level, place.location, place.currency, place.minimum, place.maximum),
            "hire_date": inputs.hire_date,
            "year": inputs.year,
            "unpaid_leave_days": inputs.unpaid_leave_days,
            "protected_leave_days": inputs.protected_leave_days,
            "merit_had": inputs.merit_had,
        }
    ).decode()


def thaw(person_id: str, text: str) -> MeritInputs:
    """The inputs that ``freeze`` wrote."""
    frozen: Mapping[str, object] = from_json(text)
    place = frozen["range"]
    return MeritInputs(
        employee_id=person_id,
        rating=int(str(frozen["rating"])),
        currency=str(frozen["currency"]),
        salary=int(str(frozen["salary"])),
        fte=ratio(str(frozen["fte"])),
        salary_range=None if place is None else _thaw_range(*cast("list[str | int]", place)),
        hire_date=date.fromisoformat(str(frozen["hire_date"])),
        year=int(str(frozen["year"])),
        unpaid_leave_days=int(str(frozen["unpaid_leave_days"])),
        protected_leave_days=int(str(frozen["protected_leave_days"])),
        merit_had=frozen.get("merit_had") is True,
    )


# People share these few values; one object of each keeps a company's pool small.
@lru_cache(maxsize=256)
def ratio(text: str) -> Fraction:
    """A stored ratio such as ``4/5``."""
    return Fraction(text)


@lru_cache(maxsize=4096)
def _thaw_range(
    level: str | int, location: str | int, currency: str | int, minimum: str | int, maximum: str | int
) -> SalaryRange:
    return SalaryRange(
        level=str(level),
        location=str(location),
        currency=str(currency),
        minimum=int(minimum),
        maximum=int(maximum),
    )
