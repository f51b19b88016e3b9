"""A company's rounds open and are published in sets, on a real PostgreSQL."""

from datetime import UTC, datetime
from uuid import uuid5

import sqlalchemy as sa
from organization import CYCLE, ENGINEERING, cycle_opened, numbering
from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules.forms import Relationship, Response, WorkAgain
from feedback.domain.sealing import seal_respondent
from feedback.inbound.kafka import HANDLERS
from feedback.outbound.answers import StoredAnswer, save_answers
from feedback.usecases.approve_raters import Approval, approve_raters
from feedback.usecases.nominate_raters import Nomination, nominate_raters
from feedback.usecases.publish_rounds import publish_rounds
from plumbline.runtime.database import connect, raw
from plumbline.runtime.directory import DirectoryPerson, store_people
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.people_handler import standing
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_events import person_state

PEOPLE = 2_000
RATERS = 5
SECRET = b"s" * 32
NOW = datetime(2026, 9, 22, 12, tzinfo=UTC)


def name(number: int) -> str:
    return f"p{number % PEOPLE:05}"


def somebody(number: int) -> DirectoryPerson:
    manager = name((number - 1) // 8) if number else None
    return standing(person_state(name(number), manager, division=ENGINEERING, department="D", team="T"))


def form(number: int, rater: int) -> StoredAnswer:
    sealed = seal_respondent(SECRET, subject=name(number), respondent=name(number + rater))
    response = Response(
        respondent=sealed,
        relationship=Relationship.PEER if rater % 2 else Relationship.CROSS_TEAM,
        work_again=WorkAgain.YES,
        does_well="Explains designs in the weekly review.",
        to_improve="Shares context in the channel earlier.",
        score=1 + (number + rater) % 5,
    )
    return StoredAnswer(
        round_id=uuid5(CYCLE, f"round/{name(number)}"), division=ENGINEERING, response=response
    )


async def test_a_company_opens_and_publishes_its_rounds_in_sets(database: MakeDatabase) -> None:
    engine = connect(database("feedback").worker_url, pool_size=1)
    statements: list[object] = []
    world = Inbox(engine, consumer="pm.feedback", handlers=HANDLERS)
    await world.receive([numbering().message(cycle_opened())])
    async with engine.begin() as tx:
        await store_people(tx, [somebody(number) for number in range(PEOPLE)])
    async with engine.begin() as tx:
        # One connection serves the whole test, so that this counts every statement from here on.
        (await raw(tx)).add_query_logger(statements.append)
        await open_all(tx)
    async with engine.begin() as tx:
        await save_answers(
            tx, [form(number, rater) for number in range(PEOPLE) for rater in range(1, RATERS + 1)]
        )
    async with engine.begin() as tx:
        done = await publish_rounds(
            tx, cycle_id=CYCLE, divisions=None, round_ids=None, secret=SECRET, now=NOW
        )
    async with engine.begin() as tx:
        written = (await tx.execute(sa.text("SELECT count(*) FROM outbox"))).scalar_one()
    await engine.dispose()
    assert (len(done), written) == (PEOPLE, PEOPLE)
    assert all(each.responses == RATERS for each in done)
    assert 10 < len(statements) < 60, [str(each)[:200] for each in statements]


async def open_all(tx: AsyncConnection) -> None:
    nominations = [
        Nomination(
            person_id=name(number), raters=tuple(name(number + rater) for rater in range(1, RATERS + 1))
        )
        for number in range(PEOPLE)
    ]
    await nominate_raters(tx, cycle_id=CYCLE, nominations=nominations)
    approvals = [Approval(person_id=each.person_id, nominees=frozenset(each.raters)) for each in nominations]
    await approve_raters(tx, cycle_id=CYCLE, approvals=approvals, approved_by="hanna")
