"""What payroll reads equals what was approved, and reading every topic again changes nothing."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from acting import GROUP, caught_up, introduce, sign, without_members
from company import Company
from oracle import OUTCOMES, Outcomes
from processes import kill, lay_out, plumbline, supervisor_asleep, until
from wire import read_topic, rewind, send

from plumbline.runtime.service import find, load
from plumbline.runtime.status import lag

PAY_CHANGES = "pm.pay-changes.events.v1"

pytestmark = pytest.mark.faults


async def test_pay_changes_equal_approved_outcomes_though_the_relay_dies(
    outcomes: Outcomes, failpoints: Path
) -> None:
    company = await approved_company(outcomes, failpoints)
    await outcomes.check(company)
    changes = await read_topic(outcomes.stack.kafka, PAY_CHANGES, company.name)
    salaries = {person: Decimal(payload["salary"]) * 100 for person, _, payload in changes}
    assert salaries == company.pay_changes_by_hand()
    query = "SELECT person_id, new_salary FROM award WHERE cycle_id = $1 AND state = 'approved' AND award > 0"
    stored = await outcomes.fetch(query, company.cycle_id)
    assert {row["person_id"]: row["new_salary"] for row in stored} == salaries
    distinct = {(person, sequence, payload["change_id"]) for person, sequence, payload in changes}
    assert len(distinct) == len(salaries)
    assert {sequence for _, sequence, _ in changes} == {1}


async def test_every_topic_read_again_from_its_beginning_changes_nothing(
    outcomes: Outcomes, failpoints: Path
) -> None:
    company, stack = await approved_company(outcomes, failpoints), outcomes.stack
    await caught_up(outcomes)
    tables, topics = await outcomes.checksums(), [OUTCOMES, PAY_CHANGES]
    published = [await read_topic(stack.kafka, topic) for topic in topics]
    consumed = sorted({handler.event.TOPIC.name for handler in load(find("outcomes").handlers)})
    with supervisor_asleep(stack):
        kill(stack, "outcomes")
        await without_members(stack.kafka, GROUP)
        again = await rewind(stack.kafka, GROUP, consumed)
        assert await lag(stack.kafka, GROUP) == again > len(company.people())
    await caught_up(outcomes)
    assert await outcomes.checksums() == tables
    assert [await read_topic(stack.kafka, topic) for topic in topics] == published
    verified = json.loads(await plumbline(stack, "outcomes", "verify", "--json"))
    assert verified["differences"] == []
    assert verified["recomputed"] >= 2 * len(company.people())


async def approved_company(outcomes: Outcomes, failpoints: Path) -> Company:
    """A company whose awards went through the whole approval chain, the relay dying at its last step."""
    company = Company()
    await introduce(outcomes, company)
    await send(outcomes.stack.kafka, company.ratings())
    await outcomes.awarded(company)
    for manager in company.managers():
        await sign(outcomes, company, manager, signed=company.people_each, approved=0)
    await sign(outcomes, company, company.head, signed=len(company.people()), approved=0)
    death = lay_out(failpoints, "relay.committed")
    everybody = len(company.people())
    await sign(outcomes, company, company.hr_partner, signed=everybody, approved=everybody)
    await until("the relay died", lambda: not death.exists())
    await outcomes.until("SELECT count(*) FROM outbox", expected=[(0,)])
    return company
