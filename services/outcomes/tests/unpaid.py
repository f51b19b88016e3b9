"""A firm of which two are rated and one is paid: what the tests of going on without pay share."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from followed import Company, company
from published import CYCLE, DIVISION, Bus, assessed, finalized, opened, pay, person, policy
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.usecases.verify_outcomes import verify_outcomes
from plumbline.contracts.people import PersonStateV1
from plumbline_local.databases import Database

WAITING, WITHOUT_PAY = f"/cycles/{CYCLE}/waiting", f"/cycles/{CYCLE}/without-pay"
WHY = "Paid by a subsidiary whose payroll is not connected."
HR = f"hr_partner:{DIVISION}"


def elsewhere(person_id: str, *roles: str) -> PersonStateV1:
    return person(person_id, manager="vp", roles=roles).model_copy(update={"division": "Sales"})


STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(HR,)),
    person("hr-too", manager="vp", roles=(HR,)),
    person("coordinator", manager="vp", roles=("coordinator",)),
    person("finance", manager="vp", roles=("finance",)),
    person("auditor", manager="vp", roles=("auditor",)),
    person("payroll", manager="vp", roles=("payroll",)),
    person("admin", manager="vp", roles=("hr_admin",)),
    elsewhere("hr-sales", "hr_partner:Sales"),
)
OTHERS = ("vp", "boss", "paid", "una", "finance", "auditor", "payroll", "admin", "hr-sales", "nobody")


@asynccontextmanager
async def unpaid_firm(
    base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path
) -> AsyncGenerator[Company]:
    """Two are rated, one of them is paid; the pool of 12,000 USD waits."""
    await bus.publish(*STAFF, person("paid"), person("una"), pay("paid"), policy())
    await bus.publish(opened("Payments", budget="12000"), assessed("paid"), assessed("una", promotion=True))
    async with company(base, bus, engine, tmp_path) as firm:
        yield firm


async def rate(firm: Company) -> None:
    await firm.bus.publish(*finalized("Payments", {"paid": "4", "una": "4"}))


def naming(*names: str, reason: str = WHY) -> dict[str, Any]:
    return {"people": [{"person_id": name, "reason": reason} for name in names]}


async def waiting(firm: Company, as_: str) -> dict[str, list[str]]:
    answer = await firm.client.get(WAITING, headers=firm._headers(as_, 0))
    assert answer.status_code == 200, answer.text
    return {row["person_id"]: row["waits_for"] for row in answer.json()["waiting"]}


STATES = """
SELECT person_id, revision, 'decided' AS state FROM rating
UNION ALL SELECT person_id, revision, 'awaiting_inputs' FROM waiting_rating ORDER BY 1, 2
"""
AWARDS = "SELECT person_id, state, award FROM award ORDER BY 1"
POOL = "SELECT state, people, award FROM pool"
MERIT = (
    "SELECT person_id, revision, state, result, superseded FROM outcome WHERE component = 'merit' ORDER BY 2"
)
REFUSED = '{"reason":"no_pay_record"}'


async def differences(engine: AsyncEngine) -> tuple[object, ...]:
    async with engine.begin() as tx:
        return (await verify_outcomes(tx)).differences
