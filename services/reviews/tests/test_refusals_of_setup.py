"""What a policy, a budget and the people of a cycle are refused for, with field, reason and way out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from plumbline_local.testing_services import assert_refused
from reviews.domain.errors import Rejected
from reviews.domain.policies import (
    PolicyNumbers,
    RangeNumbers,
    StoredPolicy,
    require_same_content,
    require_sound_policy,
)
from reviews.domain.setup import (
    Candidate,
    Department,
    Pool,
    freeze_participants,
    require_people,
    require_pools,
)

POOL = Pool(pool_id=UUID(int=3), division="E", currency="EUR", budget_amount=Decimal(0), budget_percent=None)
PEOPLE = Department(division="E", name="P")
STRANDED = Candidate(person_id="ann", manager_id="mia", manager_works_here=False, department=PEOPLE)
SHARE = (Decimal(0), Decimal(100))
SOUND = PolicyNumbers(
    hire_cut_off="09-30",
    matrix=dict.fromkeys("12345", (Decimal(0), Decimal(100))),
    floors=dict.fromkeys("12345", Decimal(0)),
    guideline=dict.fromkeys("12345", SHARE),
    ranges=(),
    parts=16,
    shares=(0, 10**9),
)
RANGE = RangeNumbers(level="L1", location="*", currency="EUR", minimum=Decimal(0), maximum=Decimal(1))
STORED = StoredPolicy(division="E", version="1", effective_from=date(2026, 1, 1), digest="d")
Command = Callable[[], object]


def pools(*each: Pool, merit: bool = True) -> Command:
    return lambda: require_pools(each, divisions={"E"}, merit=merit)


def policy(**change: object) -> Command:
    return lambda: require_sound_policy(replace(SOUND, **change))  # pyright: ignore[reportArgumentType] -- fields above


REFUSED: list[tuple[Command, str, str, str]] = [
    (pools(POOL, merit=False), "pools", "invalid", "without merit has no budget; set merit to true"),
    (pools(POOL, replace(POOL, division="X")), "pools[1].division", "invalid", "takes no part; name one"),
    (pools(POOL, POOL), "pools[1]", "invalid", "it stands there twice; one a division"),
    (
        pools(replace(POOL, budget_percent=Decimal(1))),
        "pools[0]",
        "invalid",
        "exactly one budget is needed; give",
    ),
    (
        pools(replace(POOL, budget_amount=Decimal(-1))),
        "pools[0].budget_amount",
        "invalid",
        "-1: no amount from 0 on; write a plain amount",
    ),
    (
        pools(replace(POOL, budget_amount=Decimal("100000.005"))),
        "pools[0].budget_amount",
        "invalid",
        "100000.005: more decimals than EUR has; write at most 2 decimals",
    ),
    (
        pools(POOL, replace(POOL, currency="JPY", budget_amount=Decimal("100.5"))),
        "pools[1].budget_amount",
        "invalid",
        "100.5: more decimals than JPY has; write a whole amount",
    ),
    (
        pools(replace(POOL, budget_amount=Decimal("1e30"))),
        "pools[0].budget_amount",
        "invalid",
        "1E+30: above 1000000000000000.00 EUR; write at most 1000000000000000.00 EUR",
    ),
    (
        pools(replace(POOL, budget_amount=None, budget_percent=Decimal(1000000000))),
        "pools[0].budget_percent",
        "invalid",
        "1000000000: no percentage from 0 to 100; give a number",
    ),
    (
        pools(replace(POOL, currency="XXX")),
        "pools[0].currency",
        "invalid",
        "XXX: no currency of ISO 4217; write an ISO 4217 code",
    ),
    (
        lambda: freeze_participants(UUID(int=1), [STRANDED]),
        "participants",
        "conflict",
        "the manager of 1 people does not work here: ann; import their new managers",
    ),
    (lambda: require_people({"F", "E"}, ()), "divisions", "conflict", "in E, F; import the people first"),
    (policy(hire_cut_off="02-29"), "merit.hire_cut_off", "invalid", "no day that comes every year; write it"),
    (policy(matrix={}), "merit.matrix", "invalid", "a rating is missing; name 1, 2, 3, 4, 5"),
    (policy(floors={}), "merit.floors", "invalid", "a rating is missing; name 1"),
    (policy(guideline={}), "guideline", "invalid", "a rating is missing; name 1"),
    (
        policy(matrix={**SOUND.matrix, "3": (Decimal("-0.1"),)}),
        "merit.matrix.3",
        "invalid",
        "-0.1: no percentage from 0 to 100; give a number from 0 to 100",
    ),
    (
        policy(floors={**SOUND.floors, "5": Decimal("100.1")}),
        "merit.floors.5",
        "invalid",
        "100.1: no percentage",
    ),
    (
        policy(guideline={**SOUND.guideline, "1": (Decimal(0), Decimal(101))}),
        "guideline.1",
        "invalid",
        "percentage",
    ),
    (
        policy(guideline={**SOUND.guideline, "4": (Decimal(2), Decimal(1))}),
        "guideline.4",
        "invalid",
        "the low is above the high; write the low share first",
    ),
    (policy(ranges=(RANGE, RANGE)), "ranges[1]", "invalid", "it stands there twice; name each level"),
    (
        policy(ranges=(replace(RANGE, maximum=Decimal(0)),)),
        "ranges[0]",
        "invalid",
        "range is empty; give a minimum",
    ),
    (
        policy(ranges=(replace(RANGE, minimum=Decimal(-1)),)),
        "ranges[0].minimum",
        "invalid",
        "-1: no amount from 0 on",
    ),
    (
        policy(ranges=(RANGE, replace(RANGE, currency="JPY", minimum=Decimal("1.5"), maximum=Decimal(2)))),
        "ranges[1].minimum",
        "invalid",
        "1.5: more decimals than JPY has; write a whole amount",
    ),
    (
        policy(ranges=(replace(RANGE, maximum=Decimal("1e30")),)),
        "ranges[0].maximum",
        "invalid",
        "1E+30: above 1000000000000.00 EUR",
    ),
    (policy(ranges=(replace(RANGE, currency="XYZ"),)), "ranges[0].currency", "invalid", "XYZ: no currency"),
    (policy(parts=0), "equity.parts", "invalid", "0 is no number of parts; give a number from 1 to 60"),
    (policy(parts=10**9), "equity.parts", "invalid", "1000000000 is no number of parts"),
    (
        policy(shares=(1, 10**30)),
        "equity[1].shares",
        "invalid",
        "is no number of shares; give a number from 0",
    ),
    (policy(shares=(-1,)), "equity[0].shares", "invalid", "-1 is no number of shares"),
    (
        lambda: require_same_content(STORED, digest="e", effective_from=STORED.effective_from),
        "version",
        "conflict",
        "was published with other content; publish the change as a new version",
    ),
]


@pytest.mark.parametrize(("command", "field", "status", "words"), REFUSED)
def test_a_refusal_names_the_field_the_reason_and_the_way_out(
    command: Command, field: str, status: str, words: str
) -> None:
    assert_refused(command, Rejected, field=field, status=status, words=words)


def test_what_is_sound_is_not_refused() -> None:
    require_sound_policy(replace(SOUND, ranges=(RANGE, replace(RANGE, currency="USD"))))
    require_pools([POOL, replace(POOL, currency="USD")], divisions={"E"}, merit=True)
    require_same_content(None, digest="e", effective_from=date(2026, 1, 1))
    require_people({"E"}, freeze_participants(UUID(int=1), [replace(STRANDED, manager_works_here=True)]))
