"""Which participants, budgets and policies a cycle may freeze, decided without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from reviews.domain.errors import Rejected
from reviews.domain.policies import (
    PolicyNumbers,
    RangeNumbers,
    StoredPolicy,
    policy_in_effect,
    require_same_content,
    require_sound_policy,
)
from reviews.domain.setup import (
    Candidate,
    Department,
    Pool,
    freeze_participants,
    pool_id_of,
    require_people,
    require_pools,
)

CYCLE = UUID(int=7)
PLATFORM = Department(division="Engineering", name="Platform")


def candidate(person_id: str, manager_id: str | None, *, works: bool = True) -> Candidate:
    return Candidate(
        person_id=person_id, manager_id=manager_id, manager_works_here=works, department=PLATFORM
    )


def test_everyone_with_a_manager_takes_part_under_ids_that_anybody_can_recompute() -> None:
    frozen = freeze_participants(CYCLE, [candidate("vp", None), candidate("ann", "vp")])
    assert [(each.person_id, each.review_id, each.session_id) for each in frozen] == [
        ("ann", uuid5(CYCLE, "review/ann"), uuid5(CYCLE, "Engineering/Platform"))
    ]
    require_people(["Engineering"], frozen)
    with pytest.raises(Rejected, match="Sales"):
        require_people(["Engineering", "Sales"], frozen)


def test_a_manager_who_does_not_work_here_keeps_the_cycle_from_opening() -> None:
    with pytest.raises(Rejected, match="ann"):
        freeze_participants(CYCLE, [candidate("ann", "gone", works=False)])


def pool(division: str = "Engineering", amount: str | None = "1", percent: str | None = None) -> Pool:
    return Pool(
        pool_id=pool_id_of(CYCLE, division=division, currency="USD"),
        division=division,
        currency="USD",
        budget_amount=None if amount is None else Decimal(amount),
        budget_percent=None if percent is None else Decimal(percent),
    )


@pytest.mark.parametrize(
    "pools",
    [
        [pool("Sales")],
        [pool(), pool()],
        [pool(amount=None)],
        [pool(percent="4")],
        [pool(amount="-1")],
    ],
)
def test_a_budget_is_one_number_of_one_division_and_currency(pools: list[Pool]) -> None:
    require_pools([pool(), pool()][:1], divisions=["Engineering"], merit=True)
    with pytest.raises(Rejected):
        require_pools(pools, divisions=["Engineering"], merit=True)
    with pytest.raises(Rejected, match="without merit"):
        require_pools([pool()], divisions=["Engineering"], merit=False)


RATINGS = ("1", "2", "3", "4", "5")
NUMBERS = PolicyNumbers(
    hire_cut_off="09-30",
    matrix={rating: [Decimal(4)] * 4 for rating in RATINGS},
    floors={rating: Decimal(0) for rating in RATINGS},
    guideline={rating: (Decimal(0), Decimal(100)) for rating in RATINGS},
    ranges=[RangeNumbers(level="L4", location="*", currency="USD", minimum=Decimal(1), maximum=Decimal(2))],
    parts=16,
    shares=[3000],
)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("merit.hire_cut_off", {"hire_cut_off": "02-30"}),
        ("merit.matrix", {"matrix": {"1": [Decimal(1)] * 4}}),
        ("merit.matrix.2", {"matrix": {**NUMBERS.matrix, "2": [Decimal(101)] * 4}}),
        ("merit.floors.5", {"floors": {**NUMBERS.floors, "5": Decimal(-1)}}),
        ("guideline.3", {"guideline": {**NUMBERS.guideline, "3": (Decimal(60), Decimal(50))}}),
        ("ranges[1]", {"ranges": [NUMBERS.ranges[0], NUMBERS.ranges[0]]}),
        ("ranges[0]", {"ranges": [replace(NUMBERS.ranges[0], maximum=Decimal(1))]}),
    ],
)
def test_a_policys_first_unsound_number_is_named(field: str, change: dict[str, object]) -> None:
    require_sound_policy(NUMBERS)
    with pytest.raises(Rejected) as refused:
        require_sound_policy(replace(NUMBERS, **change))
    assert refused.value.field == field


def stored(version: str, day: date, digest: str = "d") -> StoredPolicy:
    return StoredPolicy(division="Engineering", version=version, effective_from=day, digest=digest)


def test_the_newest_policy_that_has_taken_effect_counts() -> None:
    policies = [stored("1", date(2026, 1, 1)), stored("2", date(2026, 7, 1)), stored("3", date(2026, 10, 1))]
    for day, version in ((date(2026, 6, 30), "1"), (date(2026, 7, 1), "2"), (date(2026, 12, 1), "3")):
        found = policy_in_effect(policies, division="Engineering", on=day)
        assert found is not None
        assert found.version == version
    assert policy_in_effect(policies, division="Engineering", on=date(2025, 12, 31)) is None
    assert policy_in_effect(policies, division="Sales", on=date(2026, 12, 1)) is None


def test_a_version_stands_for_one_content() -> None:
    first = stored("1", date(2026, 1, 1))
    require_same_content(first, digest="d", effective_from=date(2026, 1, 1))
    for digest, day in (("e", date(2026, 1, 1)), ("d", date(2026, 1, 2))):
        with pytest.raises(Rejected):
            require_same_content(first, digest=digest, effective_from=day)
