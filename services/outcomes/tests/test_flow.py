"""From events to outcomes on a real PostgreSQL: whatever the order, the repeats and the chunks."""

import json
import random
from datetime import date
from fractions import Fraction

import pytest
from followed import concern
from published import (
    CYCLE,
    DIVISION,
    NOW,
    Bus,
    assessed,
    finalized,
    opened,
    pay,
    person,
    policy,
    session_of,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from unpaid import STATES

from outcomes.usecases.attest_standing import attest_standing
from outcomes.usecases.sign_awards import Signed, awards_to_sign, sign_awards
from outcomes.usecases.verify_outcomes import verify_outcomes
from plumbline.contracts.cycle import SessionExcludedV1
from plumbline.contracts.event import Rating
from plumbline_local.testing_databases import rows

STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
)


async def sign_what_waits(engine: AsyncEngine, signer: str) -> Signed:
    async with engine.begin() as tx:
        turns = await awards_to_sign(tx, cycle_id=CYCLE, person_id=signer, now=NOW)
        seen = {award.outcome_id: award.revision for award, _ in turns}
        return await sign_awards(
            tx, cycle_id=CYCLE, person_id=signer, revisions=seen, released=False, now=NOW
        )


async def published(engine: AsyncEngine, topic: str) -> list[dict[str, object]]:
    query = f"SELECT payload FROM outbox WHERE topic = '{topic}' ORDER BY id"
    found = await rows(engine, query)
    return [json.loads(bytes(row[0])) for row in found if isinstance(row[0], bytes)]


async def test_jane_gets_seven_percent_equity_a_promotion_case_and_an_assignment(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("jane"), pay("jane"), policy(), opened("Payments"))
    await bus.publish(assessed("jane", promotion=True), *finalized("Payments", {"jane": "4"}))
    awards = "SELECT state, guideline, award, base_increase, lump_sum, new_salary FROM award"
    assert await rows(engine, awards) == [("awarded", 1274000, 1274000, 1274000, 0, 19474000)]
    outcomes = await rows(engine, "SELECT component, state FROM outcome ORDER BY component")
    assert outcomes == [("assignment", "offered"), ("equity", "granted"), ("promotion_case", "open")]
    (equity,) = await rows(engine, "SELECT result FROM outcome WHERE component = 'equity'")
    assert json.loads(str(equity[0]))["shares"] == 3000


async def test_a_rating_before_its_pay_record_waits_and_completes_when_it_comes(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("jane"), policy(), opened("Payments"), assessed("jane"))
    await bus.publish(*finalized("Payments", {"jane": "3"}))
    assert await rows(engine, STATES) == [("jane", 1, "awaiting_inputs")]
    assert await rows(engine, "SELECT count(*) FROM inbox_parked") == [(0,)]
    await bus.publish(pay("jane"))
    assert await rows(engine, STATES) == [("jane", 1, "decided")]
    assert await rows(engine, "SELECT state FROM award") == [("awarded",)]


def shared_by_hand(salaries: dict[str, int], ratings: dict[str, Rating], *, budget: int) -> dict[str, int]:
    """The awards in cents, worked out without the product's code; L4 is 145,000 to 215,000."""
    matrix = {"5": (10, 9, 8, 7), "4": (9, 8, 7, 5), "3": (5, 4.5, 4, 3), "2": (2, 1.5, 1, 0), "1": (0,) * 4}
    least = {"5": 5, "4": 5, "3": 3, "2": 0, "1": 0}
    guideline, floor = dict[str, int](), dict[str, int]()
    for name, salary in salaries.items():
        quartile = sum(salary >= 14_500_000 + quarter * 1_750_000 for quarter in (1, 2, 3))
        percent = Fraction(matrix[ratings[name]][quartile])
        guideline[name] = int(Fraction(salary) * percent / 100 + Fraction(1, 2))
        floor[name] = int(Fraction(salary) * min(percent, least[ratings[name]]) / 100 + Fraction(1, 2))
    factor = Fraction(budget - sum(floor.values()), sum(guideline.values()) - sum(floor.values()))
    exact = {name: floor[name] + factor * (guideline[name] - floor[name]) for name in salaries}
    awards = {name: int(amount) for name, amount in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (awards[name] - exact[name], name))
    for name in by_remainder[: budget - sum(awards.values())]:
        awards[name] += 1
    return awards


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_of_arrival_gives_the_same_cents(bus: Bus, engine: AsyncEngine, seed: int) -> None:
    people = [f"p{number}" for number in range(9)]
    ratings: dict[str, Rating] = {name: "435211345"[index] for index, name in enumerate(people)}  # type: ignore[misc]
    messages = bus.number(
        *STAFF,
        policy(),
        opened("Payments", "Platform", budget="60000"),
        *[person(name) for name in people],
        *[pay(name, str(150000 + 7001 * index)) for index, name in enumerate(people)],
        *[assessed(name) for name in people],
        *finalized("Payments", dict(list(ratings.items())[:5]), chunk_size=2),
        *finalized("Platform", dict(list(ratings.items())[5:])),
    )
    random.Random(seed).shuffle(messages)
    for message in messages:
        await bus.deliver([message])
    await bus.deliver(messages)
    found = await rows(engine, "SELECT person_id, award FROM award")
    awards = {str(name): award for name, award in found}
    salaries = {name: 15_000_000 + 700_100 * index for index, name in enumerate(people)}
    assert awards == shared_by_hand(salaries, ratings, budget=6_000_000)
    async with engine.begin() as tx:
        verified = await verify_outcomes(tx)
    assert verified.differences == ()


async def test_a_pool_is_computed_once_when_its_last_session_is_final(bus: Bus, engine: AsyncEngine) -> None:
    await bus.publish(*STAFF, person("a"), person("b"), pay("a"), pay("b", "150000"), policy())
    await bus.publish(opened("Payments", "Platform", budget="15000"), assessed("a"), assessed("b"))
    await bus.publish(*finalized("Payments", {"a": "4"}))
    assert await rows(engine, "SELECT state, award FROM award") == [("provisional", None)]
    await bus.publish(*finalized("Platform", {"b": "3"}))
    assert await rows(engine, "SELECT state, budget, award FROM pool") == [("awarded", 1500000, 1500000)]
    assert await rows(engine, "SELECT sum(award) FROM award") == [(1500000,)]


async def test_a_budget_below_the_floors_refuses_the_pool_with_its_shortfall(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("a"), pay("a"), policy(), opened("Payments", budget="9000"))
    await bus.publish(assessed("a"), *finalized("Payments", {"a": "4"}))
    assert await rows(engine, "SELECT state, shortfall FROM pool") == [("refused", 10000)]


async def test_a_chunk_whose_digest_differs_is_parked_and_decides_nobody(
    bus: Bus, engine: AsyncEngine
) -> None:
    (chunk,) = finalized("Payments", {"a": "4"})
    await bus.publish(*STAFF, person("a"), pay("a"), policy(), opened("Payments"), assessed("a"))
    await bus.publish(chunk.model_copy(update={"digest": "0" * 64}))
    (reason,) = await rows(engine, "SELECT reason FROM inbox_parked")
    assert "digest" in str(reason[0])
    assert await rows(engine, "SELECT count(*) FROM outcome") == [(0,)]


async def test_the_approval_chain_ends_in_one_pay_change_for_each_approved_award(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("jane"), pay("jane"), policy(), opened("Payments"))
    await bus.publish(assessed("jane"), *finalized("Payments", {"jane": "4"}))
    for signer, approved in (("boss", 0), ("vp", 0), ("hr", 1)):
        assert (await sign_what_waits(engine, signer)).approved == approved
        assert await sign_what_waits(engine, signer) == Signed(signed=0, approved=0, refused={})
    (change,) = await published(engine, "pm.pay-changes.events.v1")
    assert (change["salary"], change["previous_salary"]) == ("194740.00", "182000.00")
    assert change["effective_from"] == "2027-01-01"


async def test_a_pip_passes_its_gate_on_evidence_and_is_refused_with_its_reason_without(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, policy(), opened("Payments"))
    await bus.publish(
        *[event for name in ("low", "bare") for event in (person(name), pay(name), assessed(name))]
    )
    await bus.publish(concern(1, date(2026, 10, 10)), concern(2, date(2026, 11, 2)))
    async with engine.begin() as tx:
        await attest_standing(tx, cycle_id=CYCLE, person_ids=["low", "bare"], by="hr", now=NOW)
    await bus.publish(*finalized("Payments", {"low": "1", "bare": "1"}))
    found = await rows(
        engine, "SELECT person_id, component, state FROM outcome ORDER BY person_id, component"
    )
    assert found == [
        ("bare", "development_plan", "draft"),
        ("bare", "pip", "refused"),
        ("low", "pip", "proposed"),
    ]


async def test_an_upheld_appeal_recomputes_from_the_frozen_inputs_and_moves_nobody_else(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("a"), person("b"), pay("a"), pay("b", "150000"), policy())
    await bus.publish(opened("Payments", budget="15000"), assessed("a"), assessed("b"))
    await bus.publish(*finalized("Payments", {"a": "3", "b": "4"}))
    before = await rows(engine, "SELECT award FROM award WHERE person_id = 'b'")
    await bus.publish(pay("a", "999999"), *finalized("Payments", {"a": "4"}, revision=2))
    after = await rows(
        engine, "SELECT revision, state, new_salary FROM award WHERE person_id = 'a' ORDER BY 1"
    )
    assert [row[:2] for row in after] == [(1, "superseded"), (2, "awarded")]
    assert 18200000 < int(str(after[1][2])) <= 19474000
    assert await rows(engine, "SELECT award FROM award WHERE person_id = 'b'") == before
    async with engine.begin() as tx:
        assert (await verify_outcomes(tx)).differences == ()


async def test_a_pool_goes_on_without_a_session_that_its_cycle_excluded(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("a"), pay("a"), policy(), opened("Payments", "Platform"))
    await bus.publish(assessed("a"), *finalized("Payments", {"a": "4"}))
    assert await rows(engine, "SELECT state FROM pool") == [("open",)]
    excluded = SessionExcludedV1(
        cycle_id=CYCLE,
        session_id=session_of("Platform"),
        division=DIVISION,
        department="Platform",
        excluded_on=NOW.date(),
    )
    await bus.publish(excluded)
    assert await rows(engine, "SELECT state, award FROM pool") == [("awarded", 1274000)]


async def test_a_correction_before_its_pool_is_awarded_takes_part_in_it(
    bus: Bus, engine: AsyncEngine
) -> None:
    await bus.publish(*STAFF, person("a"), person("b"), pay("a"), pay("b", "150000"), policy())
    await bus.publish(opened("Payments", "Platform", budget="15000"), assessed("a"), assessed("b"))
    await bus.publish(*finalized("Payments", {"a": "3"}))
    await bus.publish(*finalized("Payments", {"a": "4"}, revision=2))
    await bus.publish(*finalized("Platform", {"b": "3"}))
    found = await rows(engine, "SELECT person_id, revision, state FROM award ORDER BY 1, 2")
    assert found == [("a", 1, "superseded"), ("a", 2, "awarded"), ("b", 1, "awarded")]
    assert await rows(engine, "SELECT sum(award) FROM award") == [(1500000,)]
    async with engine.begin() as tx:
        assert (await verify_outcomes(tx)).differences == ()
