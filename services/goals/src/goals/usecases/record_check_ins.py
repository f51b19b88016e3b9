"""Records talks about goals in the middle of a cycle: progress and support, no rating."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from goals.domain.decisions import plan_intervention, record_check_in
from goals.domain.errors import Rejected
from goals.domain.events import Answers, CheckInLine, Fact, Status
from goals.domain.goal import Goal
from goals.outbound.announcements import check_in_recorded
from goals.outbound.goals import find_objectives_of
from goals.outbound.progress import CheckInRow, TalkRow, insert_check_ins
from goals.usecases.loading import SOURCE, Opened, decide_all, open_goals, record_changes, running_cycle
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.directory import DirectoryPerson, find_people, relations_to_many
from plumbline.runtime.http import require
from plumbline.runtime.outbox import announce
from plumbline.runtime.problems import not_found
from plumbline.runtime.security import limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was said with one person; ``plans`` has an intervention plan a key result at risk."""

    person_id: str
    lines: tuple[CheckInLine, ...]
    answers: Answers
    plans: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The lines of a talk that are about one objective."""

    goal: Goal
    talk: Talk
    lines: tuple[CheckInLine, ...]


async def record_check_ins(
    tx: AsyncConnection, cycle_id: UUID, talks: Sequence[Talk], *, by: str, now: datetime
) -> tuple[str, ...]:
    """Keep these talks, all or none; answers with the key results at risk that have no intervention plan yet.

    Raises:
        Rejected: a key result is not the person's, is named twice, or its objective is not locked.
    """
    people = [each.person_id for each in talks]
    for held in (await relations_to_many(tx, by, people)).values():
        require(held, action=Action.WRITE, resource=Resource.CHECK_IN, state=State.OPEN)
    await running_cycle(tx, cycle_id)
    found = await find_people(tx, people)
    objective_of = await find_owned(tx, cycle_id, talks)
    opened = await open_goals(
        tx, sorted(set(objective_of.values())), viewer=by, action=Action.WRITE, resource=Resource.CHECK_IN
    )
    await limit_to_divisions(
        tx, {*(goal.division for goal in opened.goals.values()), *(each.division for each in found.values())}
    )
    parts = split(talks, objective_of, opened)
    decide_all(parts, lambda part: decide(part, now=now))
    talk_rows = rows_of_talks(talks, cycle_id, found)
    rows = rows_of_check_ins(parts, {row.person_id: row.talk_id for row in talk_rows})
    await insert_check_ins(tx, talk_rows, rows, by=by, now=now)
    await record_changes(
        tx,
        list(opened.goals),
        by=by,
        action=Action.WRITE,
        purpose="check in",
        now=now,
        resource=Resource.CHECK_IN,
    )
    await _announce(tx, rows, now=now)
    return tuple(
        row.line.key_result_id
        for row in rows
        if row.line.status is Status.AT_RISK and not row.intervention_plan
    )


async def _announce(tx: AsyncConnection, rows: Sequence[CheckInRow], *, now: datetime) -> None:
    events = [
        check_in_recorded(
            row.goal,
            check_in_id=row.check_in_id,
            key_result_id=UUID(row.line.key_result_id),
            status=row.line.status,
            now=now,
        )
        for row in rows
    ]
    await announce(tx, events, source=SOURCE, now=now)


def rows_of_talks(
    talks: Sequence[Talk], cycle_id: UUID, people: Mapping[str, DirectoryPerson]
) -> list[TalkRow]:
    """A row for each talk, in its person's division."""
    return [
        TalkRow(
            talk_id=uuid7(),
            cycle_id=cycle_id,
            person_id=each.person_id,
            division=people[each.person_id].division,
            answers=each.answers,
        )
        for each in talks
    ]


def rows_of_check_ins(parts: Sequence[tuple[str, _Part]], talk_ids: Mapping[str, UUID]) -> list[CheckInRow]:
    """A row for each key result that was talked about."""
    return [
        CheckInRow(
            check_in_id=uuid7(),
            talk_id=talk_ids[part.talk.person_id],
            goal=part.goal,
            line=line,
            intervention_plan=part.talk.plans.get(line.key_result_id, ""),
        )
        for _, part in parts
        for line in part.lines
    ]


async def find_owned(tx: AsyncConnection, cycle_id: UUID, talks: Sequence[Talk]) -> dict[str, UUID]:
    """Key result → objective; 404 when one does not count in this cycle.

    Raises:
        Rejected: somebody has two talks in the list.
    """
    if len({each.person_id for each in talks}) != len(talks):
        raise Rejected(field="people", message="somebody stands there twice", fix="name each person once")
    named = {line.key_result_id for talk in talks for line in talk.lines}
    stored = await find_objectives_of(tx, {UUID(each) for each in named})
    objective_of = {
        str(key): objective for key, (objective, of_cycle, _) in stored.items() if of_cycle == cycle_id
    }
    if set(objective_of) != named:
        raise not_found("key result")
    return objective_of


def split(talks: Sequence[Talk], objective_of: dict[str, UUID], opened: Opened) -> list[tuple[str, _Part]]:
    """Each talk by objective, with its place in the request.

    Raises:
        Rejected: a key result is somebody else's.
    """
    parts: list[tuple[str, _Part]] = []
    for index, talk in enumerate(talks):
        by_goal: dict[UUID, list[CheckInLine]] = {}
        for line in talk.lines:
            by_goal.setdefault(objective_of[line.key_result_id], []).append(line)
        for objective_id, lines in by_goal.items():
            goal = opened.goals[objective_id]
            if goal.owner_id != talk.person_id:
                raise Rejected(
                    field=f"people.{index}.key_results",
                    message="a key result is somebody else's",
                    fix="name the person's own",
                )
            parts.append((f"people.{index}", _Part(goal=goal, talk=talk, lines=tuple(lines))))
    return parts


def decide(part: _Part, *, now: datetime) -> list[Fact]:
    """The facts of one person's talk about one objective."""
    recorded = record_check_in(part.goal.objective, lines=part.lines, answers=part.talk.answers, now=now)
    plans = [
        plan_intervention(part.goal.objective, key_result_id=key, plan=part.talk.plans[key], now=now)
        for key in recorded.intervention_needed
        if key in part.talk.plans
    ]
    return [recorded, *plans]
