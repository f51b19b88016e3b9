"""Who signs when the people of a chain change: somebody moves or leaves, and a division has several HR partners."""

import asyncio
from typing import Any

from followed import APPROVED, NOT_YOUR_TURN, RATINGS, Company, outcome_of
from published import CYCLE, DIVISION, person
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline_local.testing_databases import rows
from plumbline_local.testing_services import published

APPROVALS = f"/cycles/{CYCLE}/approvals"
PARTNER = (f"hr_partner:{DIVISION}",)
JANE = str(outcome_of("jane", "merit"))


async def waiting(firm: Company, as_: str, name: str = "jane") -> list[str]:
    """The steps of somebody's award that somebody is asked for."""
    answer = await firm.client.get(APPROVALS, headers=firm._headers(as_, 0))
    assert answer.status_code == 200, answer.text
    (steps,) = [each["steps"] for each in answer.json()["awards"] if each["person_id"] == name] or [[]]
    return steps


async def sign(firm: Company, as_: str, award: str = JANE) -> dict[str, Any]:
    body = {"awards": [{"outcome_id": award, "revision": 1}]}
    return await firm.done(APPROVALS, body, as_=as_)


def answered(*, approved: int = 0) -> dict[str, Any]:
    return {"signed": 1, "approved": approved, "refused": {}}


REFUSED = {"signed": 0, "approved": 0, "refused": {JANE: NOT_YOUR_TURN}}


async def left(firm: Company, name: str, **known: Any) -> None:
    await firm.bus.publish(person(name, **known).model_copy(update={"status": "left"}))


async def steps_of(engine: AsyncEngine) -> dict[str, str]:
    query = f"SELECT step, person_id FROM signature WHERE outcome_id = '{JANE}'"
    return {str(step): str(who) for step, who in await rows(engine, query)}


async def test_a_signed_step_stays_signed_when_somebody_gets_another_manager(
    firm: Company, engine: AsyncEngine
) -> None:
    for who in ("boss", "vp"):
        assert await sign(firm, who) == answered()
    await firm.bus.publish(person("vp2", manager=None), person("boss2", manager="vp2"))
    await firm.bus.publish(person("jane", manager="boss2"))
    for who in ("boss2", "vp2"):
        assert await waiting(firm, who) == []
    assert await waiting(firm, "hr") == ["hr_partner"]
    assert await sign(firm, "hr") == answered(approved=1)
    assert await steps_of(engine) == {"manager": "boss", "skip_level": "vp", "hr_partner": "hr"}


async def test_a_step_that_is_not_signed_yet_goes_to_whoever_holds_it_now(firm: Company) -> None:
    await sign(firm, "boss")
    await firm.bus.publish(person("vp2", manager=None), person("boss2", manager="vp2"))
    await firm.bus.publish(person("jane", manager="boss2"))
    assert (await sign(firm, "vp"))["signed"] == 0
    assert await waiting(firm, "vp2") == ["skip_level"]
    assert await sign(firm, "vp2") == answered()
    assert await sign(firm, "hr") == answered(approved=1)


async def test_whoever_signed_as_manager_does_not_sign_as_skip_level(
    firm: Company, engine: AsyncEngine
) -> None:
    await sign(firm, "boss")
    await firm.bus.publish(person("boss2", manager="boss"), person("jane", manager="boss2"))
    assert await waiting(firm, "boss") == []
    assert await sign(firm, "boss") == REFUSED
    assert await waiting(firm, "hr") == ["skip_level", "hr_partner"]
    assert await sign(firm, "hr") == answered(approved=1)
    assert await steps_of(engine) == {"manager": "boss", "skip_level": "hr", "hr_partner": "hr"}


async def test_the_step_of_a_manager_who_left_goes_to_the_hr_partner(
    firm: Company, engine: AsyncEngine
) -> None:
    await left(firm, "boss", manager="vp")
    assert await waiting(firm, "vp") == []
    assert await waiting(firm, "hr") == ["manager"]
    assert await sign(firm, "hr") == answered()
    assert await waiting(firm, "vp") == ["skip_level"]
    assert await sign(firm, "vp") == answered()
    assert await sign(firm, "hr") == answered(approved=1)
    assert await steps_of(engine) == {"manager": "hr", "skip_level": "vp", "hr_partner": "hr"}


async def test_the_step_of_a_skip_level_who_left_goes_to_the_hr_partner(firm: Company) -> None:
    await left(firm, "vp", manager=None)
    assert await sign(firm, "boss") == answered()
    assert await waiting(firm, "hr") == ["skip_level", "hr_partner"]
    assert await sign(firm, "hr") == answered(approved=1)


async def test_any_hr_partner_of_the_division_signs_and_then_no_other_one(firm: Company) -> None:
    other = ("hr_partner:Sales",)
    await firm.bus.publish(person("zoe", manager="vp", roles=PARTNER), person("sol", roles=other))
    for who in ("boss", "vp"):
        await sign(firm, who)
    assert await waiting(firm, "hr") == await waiting(firm, "zoe") == ["hr_partner"]
    assert await waiting(firm, "sol") == []
    assert await sign(firm, "zoe") == answered(approved=1)
    assert await waiting(firm, "hr") == []
    assert (await sign(firm, "hr"))["refused"] == {JANE: APPROVED}


async def test_of_two_hr_partners_who_sign_at_once_one_does(firm: Company, engine: AsyncEngine) -> None:
    await firm.bus.publish(person("zoe", manager="vp", roles=PARTNER))
    for who in ("boss", "vp"):
        await sign(firm, who)
    both = await asyncio.gather(sign(firm, "hr"), sign(firm, "zoe"))
    refused = {"signed": 0, "approved": 0, "refused": {JANE: APPROVED}}
    assert sorted(both, key=lambda each: each["signed"]) == [refused, answered(approved=1)]
    assert (await steps_of(engine))["hr_partner"] in ("hr", "zoe")
    assert len(await published(engine, "pm.pay-changes.changed.v1")) == 1


async def test_a_manager_who_is_an_hr_partner_leaves_that_step_to_another_one(firm: Company) -> None:
    await firm.bus.publish(person("boss", manager="vp", roles=PARTNER))
    for who in ("boss", "vp"):
        await sign(firm, who)
    assert await waiting(firm, "boss") == []
    assert await sign(firm, "boss") == REFUSED
    assert await sign(firm, "hr") == answered(approved=1)


async def test_an_hr_partner_who_left_signs_nothing_and_the_others_do(firm: Company) -> None:
    await firm.bus.publish(person("zoe", manager="vp", roles=PARTNER))
    await left(firm, "hr", manager="vp", roles=PARTNER)
    for who in ("boss", "vp"):
        await sign(firm, who)
    assert await sign(firm, "zoe") == answered(approved=1)


async def test_nobody_is_asked_for_the_own_award(firm: Company) -> None:
    await firm.bus.publish(person("jane", roles=PARTNER))
    for who in ("boss", "vp"):
        await sign(firm, who)
    assert await waiting(firm, "jane") == []
    assert await sign(firm, "jane") == REFUSED
    assert len(await waiting(firm, "hr")) == 1
    asked = await firm.client.get(APPROVALS, headers=firm._headers("boss", 0))
    assert {each["person_id"] for each in asked.json()["awards"]} == RATINGS.keys() - {"jane"}
