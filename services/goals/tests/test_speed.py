"""A company's goals go in as a set, not row by row, on a real PostgreSQL."""

from datetime import date
from fractions import Fraction
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy import event

from goals.domain.goal import Goal, KeyResult
from goals.domain.objective import Objective
from goals.domain.rules.smart import KeyResultDraft, ObjectiveDraft, ObjectiveKind
from goals.usecases.draft_objectives import draft_objectives
from plumbline.runtime.database import raw
from plumbline.runtime.directory import DirectoryPerson, store_people
from plumbline.runtime.people_handler import standing
from plumbline_local.testing_events import person_state

from .conftest import CYCLE, ENGINEERING, GOAL_SETTING, World

FEW, MANY = 40, 4_000


def objective(owner: str, kind: ObjectiveKind) -> Goal:
    objective_id = str(uuid5(CYCLE, owner + kind))
    own = tuple(
        KeyResult(
            draft=KeyResultDraft(
                key_result_id=str(uuid5(UUID(objective_id), str(number))),
                binary=True,
                artefact="report",
                due_on=date(2026, 9, 1),
            ),
            title="Write it",
        )
        for number in range(3)
    )
    content = ObjectiveDraft(
        objective_id=objective_id, owner_id=owner, kind=kind, key_results=tuple(each.draft for each in own)
    )
    return Goal(
        objective=Objective(objective_id=objective_id, manager_id="", content=content),
        cycle_id=CYCLE,
        division="",
        level="individual",
        title="Deliver",
        key_results=own,
        weight_percent=Fraction(50),
    )


def somebody(number: int) -> DirectoryPerson:
    return standing(person_state(f"E{number}", "vp", division=ENGINEERING, department="Platform"))


async def statements_of_drafting(world: World, people: list[DirectoryPerson]) -> int:
    """How many statements two objectives of each of them take, COPY aside."""
    async with world.worker.begin() as tx:
        await store_people(tx, people)
    goals = [objective(each.person_id, kind) for each in people for kind in ObjectiveKind]
    statements: list[object] = []

    def note(*described: object) -> None:
        statements.append(described[2])

    async with world.worker.begin() as tx:
        event.listen(tx.sync_connection, "before_cursor_execute", note)
        # What goes past SQLAlchemy.
        with (await raw(tx)).query_logger(statements.append):
            await draft_objectives(tx, CYCLE, goals, due_weeks={}, by="vp", now=GOAL_SETTING)
    return len(statements)


async def test_two_objectives_of_thousands_take_no_more_statements_than_of_a_few(world: World) -> None:
    everybody = [somebody(number) for number in range(FEW + MANY)]
    few = await statements_of_drafting(world, everybody[:FEW])
    many = await statements_of_drafting(world, everybody[FEW:])
    async with world.worker.connect() as tx:
        kept = (await tx.execute(sa.text("SELECT count(*) FROM key_results"))).scalar_one()
    assert kept == len(everybody) * 2 * 3
    assert 3 < many <= few
