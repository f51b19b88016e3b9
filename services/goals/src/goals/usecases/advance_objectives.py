"""Brings objectives from draft to locked: proposed by the owner, agreed by the manager, locked for all to see."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from goals.domain.decisions import agree_on_objective, lock_objective, propose_objective
from goals.domain.errors import Rejected
from goals.domain.goal import Goal
from goals.domain.objective import Stage
from goals.domain.rules.rollup import ALL_WEIGHTS
from goals.outbound.announcements import objective_locked
from goals.outbound.goals import advance_goals, find_objectives_of
from goals.outbound.key_results import decimal_text
from goals.outbound.tables import objectives
from goals.usecases.loading import SOURCE, Opened, decide_all, open_goals, record_changes
from plumbline.runtime.access import Action
from plumbline.runtime.outbox import announce

COUNTED = (Stage.AGREED, Stage.LOCKED, Stage.GRADED)


async def propose_objectives(
    tx: AsyncConnection, objective_ids: Sequence[UUID], *, by: str, now: datetime
) -> None:
    """Their owner asks for agreement.

    Raises:
        Rejected: one is not a draft, is somebody else's, or has mechanical errors.
    """
    opened = await open_goals(tx, objective_ids, viewer=by, action=Action.WRITE)
    parents = {
        UUID(name)
        for goal in opened.goals.values()
        if (name := goal.objective.content.parent_key_result_id) is not None
    }
    known = [str(key) for key in await find_objectives_of(tx, parents)]
    decide_all(
        numbered(objective_ids, opened),
        lambda goal: [
            propose_objective(
                goal.objective,
                by=by,
                starts_on=opened.cycle_of(goal).starts_on,
                ends_on=opened.cycle_of(goal).ends_on,
                known_key_results=known,
                now=now,
            )
        ],
    )
    await advance_goals(tx, objective_ids, stage=Stage.PROPOSED, by=by, now=now)
    await record_changes(tx, objective_ids, by=by, action=Action.WRITE, purpose="propose", now=now)


async def agree_on_objectives(
    tx: AsyncConnection, objective_ids: Sequence[UUID], *, by: str, smart_confirmed: bool, now: datetime
) -> None:
    """The manager agrees to what the owners proposed, and ticks what no machine can check.

    Raises:
        Rejected: one is not proposed, or the caller is not its other side.
    """
    opened = await open_goals(tx, objective_ids, viewer=by, action=Action.APPROVE)
    decide_all(
        numbered(objective_ids, opened),
        lambda goal: [
            agree_on_objective(goal.objective, by=by, manager_ticked_the_rest=smart_confirmed, now=now)
        ],
    )
    await advance_goals(tx, objective_ids, stage=Stage.AGREED, by=by, now=now)
    await record_changes(tx, objective_ids, by=by, action=Action.APPROVE, purpose="agree", now=now)


async def lock_objectives(
    tx: AsyncConnection, objective_ids: Sequence[UUID], *, by: str, now: datetime
) -> None:
    """Freeze agreed objectives and show them to the organization.

    Raises:
        Rejected: one is not agreed, or an owner's individual weights do not sum to exactly 100 %.
    """
    opened = await open_goals(tx, objective_ids, viewer=by, action=Action.DECIDE)
    weights = await agreed_weights(tx, opened)
    facts = decide_all(
        numbered(objective_ids, opened),
        lambda goal: (require_weights(goal, weights), [lock_objective(goal.objective, now=now)])[1],
    )
    await advance_goals(tx, objective_ids, stage=Stage.LOCKED, by=by, now=now)
    await record_changes(tx, objective_ids, by=by, action=Action.DECIDE, purpose="lock", now=now)
    await announce(tx, [objective_locked(goal, now=now) for goal, _ in facts], source=SOURCE, now=now)


def numbered(objective_ids: Sequence[UUID], opened: Opened) -> list[tuple[str, Goal]]:
    """The objectives in the request's order, each with its place there."""
    return [(f"objective_ids.{index}", opened.goals[each]) for index, each in enumerate(objective_ids)]


async def agreed_weights(tx: AsyncConnection, opened: Opened) -> dict[tuple[UUID, str], Fraction]:
    """Of each cycle and owner at hand: the weights of individual objectives that are at least agreed, in percent."""
    goals = opened.goals.values()
    table = objectives.c
    query = (
        sa.select(table.cycle_id, table.owner_id, sa.func.coalesce(sa.func.sum(table.weight_percent), 0))
        .where(
            table.cycle_id.in_({goal.cycle_id for goal in goals}),
            table.level == "individual",
            table.owner_id
            == sa.any_(sa.literal(sorted({goal.owner_id for goal in goals}), pg.ARRAY(sa.Text))),
            table.stage.in_([stage.value for stage in COUNTED]),
        )
        .group_by(table.cycle_id, table.owner_id)
    )
    return {(cycle, owner): Fraction(total) for cycle, owner, total in (await tx.execute(query)).all()}


def require_weights(goal: Goal, weights: dict[tuple[UUID, str], Fraction]) -> None:
    """A person's individual objectives weigh exactly 100 % together; those above have no weight of a person.

    Raises:
        Rejected: they do not.
    """
    total = weights.get((goal.cycle_id, goal.owner_id), Fraction(0))
    if goal.level != "individual" or goal.objective.stage is not Stage.AGREED or total == ALL_WEIGHTS:
        return
    raise Rejected(
        field="weight_percent",
        message=f"the owner's agreed objectives weigh {decimal_text(total)} %",
        fix="agree on all of them, with weights that sum to exactly 100",
    )
