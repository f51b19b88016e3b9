"""Workers die by SIGKILL at every named place, and the oracle finds nothing lost, doubled or out of order."""

import random
from pathlib import Path

import pytest
from company import Company
from oracle import Outcomes
from processes import lay_out, until
from wire import send

INBOX = (
    "inbox.before",
    "inbox.after",
    "inbox.rows",
    "inbox.before_commit",
    "inbox.after_commit",
    "inbox.before_ack",
    "inbox.after_ack",
)
PARTS = ("parts.decided", "parts.awarded", "parts.announced")
RELAY = ("relay.read", "relay.mid_send", "relay.committed", "relay.mid_delete")

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("name", [*INBOX, *PARTS, *RELAY])
async def test_a_worker_killed_at_this_place_heals(outcomes: Outcomes, failpoints: Path, name: str) -> None:
    company = Company()
    bootstrap = outcomes.stack.kafka
    await send(bootstrap, company.background())
    path = lay_out(failpoints, name)
    await send(bootstrap, company.ratings())
    await until("the worker came to this place", lambda: not path.exists())
    await outcomes.awarded(company)
    await outcomes.check(company)


async def test_records_delivered_twice_and_out_of_order_change_nothing(outcomes: Outcomes) -> None:
    company = Company()
    records = [*company.background(), *company.ratings()]
    records += records
    random.Random(7).shuffle(records)
    await send(outcomes.stack.kafka, records)
    await outcomes.awarded(company)
    await outcomes.check(company)


async def test_ratings_before_everything_else_wait_and_complete(outcomes: Outcomes) -> None:
    company = Company()
    background = company.background()
    await send(outcomes.stack.kafka, company.ratings())
    query = "SELECT DISTINCT state FROM rating WHERE cycle_id = $1"
    await outcomes.until(query, company.cycle_id, expected=[("awaiting_inputs",)])
    await send(outcomes.stack.kafka, background)
    await outcomes.awarded(company)
    await outcomes.check(company)
