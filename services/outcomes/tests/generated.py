"""A generated company with an outcome of every kind in every state, for tests of who may see and sign what."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from published import CYCLE, NOW
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.database import raw
from plumbline.runtime.directory import ROLES, DirectoryPerson, store_people

DIVISIONS = ("Engineering", "Sales", "Legal")
SIZE = 40
STATES = {
    "equity": ("granted",),
    "promotion_case": ("open", "approved", "deferred"),
    "assignment": ("offered",),
    "development_plan": ("draft", "active", "improved", "no_improvement"),
    "pip": ("proposed", "refused", "active", "suspended", "passed", "failed", "failed", "withdrawn"),
}
FROZEN = """{"rating": 4, "currency": "USD", "salary": 18200000, "fte": "1", "range": null, "hire_date": "2024-01-15",
"year": 2026, "unpaid_leave_days": 0, "protected_leave_days": 0}"""
_CYCLE = """
INSERT INTO cycle (cycle_id, name, period_start, period_end, merit) VALUES ($1, 'Q4', '2026-10-01', '2026-12-31', true)
"""
_OUTCOME = """
INSERT INTO outcome (outcome_id, cycle_id, session_id, person_id, division, revision, rating, component, state,
                     policy_id, policy_digest, inputs, result)
VALUES ($1, $2, $2, $3, $4, 1, 3, $5, $6, 'p', 'd', '{}', '{}')
"""
_MOVED = """
INSERT INTO follow_up (outcome_id, division, state, version, content, starts_on, panel, changed_by, changed_at)
VALUES ($1, $2, $3, 1, '{}', $4, $5, 'somebody', $6)
"""
_AWARD = """
INSERT INTO award (outcome_id, cycle_id, pool_id, person_id, division, revision, currency, inputs, salary, fte,
                   guideline, floor, state, award, base_increase, lump_sum, new_salary)
VALUES ($1, $2, $2, $3, $4, 1, 'USD', $5, 18200000, '1', 910000, 0, $6, 910000, 910000, 0, 19110000)
"""


def make_people(seed: int) -> dict[str, DirectoryPerson]:
    """People in lines and circles, in three divisions; some hold roles, some have left."""
    chance = random.Random(seed)
    ids = [f"p{number:02}" for number in range(SIZE)]
    roles = [*ROLES, *(f"hr_partner:{division}" for division in DIVISIONS * 2)]
    people = [
        DirectoryPerson(
            person_id=person_id,
            manager_id=chance.choice([None, *ids[:4] * 3, *ids[: number // 2 + 1]]),
            dotted_line_manager_id=chance.choice([None, None, *chance.sample(ids, 2)]),
            division=chance.choice(DIVISIONS),
            department="D",
            team="T",
            level="L4",
            job_family="",
            location="",
            hire_date=date(2020, 1, 1),
            status=chance.choice(["active"] * 6 + ["on_leave", "left"]),
            roles=tuple(chance.sample(roles, chance.choice([0, 0, 0, 1, 1, 2]))),
        )
        for number, person_id in enumerate(ids)
    ]
    # The first of all HR partners is employed in a division of the own: not the one to sign the own award.
    partner_of_all = tuple(f"hr_partner:{division}" for division in DIVISIONS)
    people[0] = replace(people[0], status="active", roles=partner_of_all)
    return {each.person_id: each for each in people}


async def store_company(tx: AsyncConnection, people: Mapping[str, DirectoryPerson], *, seed: int) -> None:
    """The people, and of each, and of one who has no record, an award and an outcome of every kind.

    Rows stand in the division of the time of the rating, which for some is not today's.
    """
    chance = random.Random(seed)
    await store_people(tx, list(people.values()))
    driver = await raw(tx)
    await driver.execute(_CYCLE, CYCLE)
    for person_id in [*people, "unheard-of"]:
        today = people[person_id].division if person_id in people else DIVISIONS[0]
        division = chance.choice([today, today, today, *DIVISIONS])
        state = chance.choice(["awarded", "awarded", "provisional", "approved", "superseded"])
        if person_id == next(iter(people)):
            state = "awarded"
        award_id = outcome_id(person_id, "merit")
        await driver.execute(_AWARD, award_id, CYCLE, person_id, division, FROZEN, state)
        for component, states in STATES.items():
            state, outcome = chance.choice(states), outcome_id(person_id, component)
            await driver.execute(_OUTCOME, outcome, CYCLE, person_id, division, component, states[0])
            if state != states[0] or chance.random() < 0.5:
                started = chance.choice([None, date(2027, 1, 11)])
                panel = chance.sample(sorted(people), 8) if state == "failed" else []
                await driver.execute(_MOVED, outcome, division, state, started, panel, NOW)


def outcome_id(person_id: str, component: str) -> UUID:
    """The id of somebody's generated outcome."""
    return uuid5(CYCLE, f"{person_id}/{component}")
