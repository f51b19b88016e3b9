"""What is judged on a whole division or organization: the distribution against the guideline, and the checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckPolicy, CheckResult, On
from calibration.domain.errors import Rejected
from calibration.domain.own_case import Reader, is_released
from calibration.outbound.announcements import SOURCE
from calibration.outbound.check_inputs import CycleView, find_cycle, load_group, load_policies
from calibration.outbound.sessions import list_sessions
from calibration.outbound.tallies import count_ratings
from calibration.usecases.judge_session import judge
from calibration.usecases.read_distribution import Distribution, distribute_both
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.directory import standing
from plumbline.runtime.http import require
from plumbline.runtime.problems import not_found
from plumbline.runtime.security import limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDistribution:
    """The distribution of all asked for, of each division, and how many sessions stand in which state."""

    whole: Mapping[str, Distribution]
    divisions: Mapping[str, Mapping[str, Distribution]]
    sessions: Mapping[str, int]


async def read_cycle_distribution(
    tx: AsyncConnection, cycle_id: UUID, *, division: str | None, who: str, now: datetime
) -> CycleDistribution:
    """The ratings of sessions that are open or final, of a division or of all; the own one only once it is released."""
    cycle, wanted = await _enter(tx, cycle_id, division=division, who=who, now=now)
    reader = Reader(person_id=who, released=is_released(cycle.released_on, on=now.date()))
    tallies = await count_ratings(tx, cycle_id, divisions=wanted, reader=reader)
    policies = await load_policies(tx, cycle_id, wanted)
    shared = _shared_policy(policies)
    states = [each.state for each in await list_sessions(tx, cycle_id) if each.division in wanted]
    return CycleDistribution(
        whole=distribute_both(tallies.values(), shared.guideline if shared else None),
        divisions={
            name: distribute_both([tallies.get(name, {})], policies[name].guideline) for name in wanted
        },
        sessions={state: states.count(state) for state in ("awaiting_inputs", "open", "final")},
    )


async def read_cycle_checks(
    tx: AsyncConnection, cycle_id: UUID, *, division: str | None, on: On, who: str, now: datetime
) -> Sequence[CheckResult]:
    """Every check over a division's or the whole cycle's people; the own case only once it is released.

    Raises:
        Rejected: the divisions asked for have different policies.
    """
    cycle, wanted = await _enter(tx, cycle_id, division=division, who=who, now=now)
    policy = _shared_policy(await load_policies(tx, cycle_id, wanted))
    if policy is None:
        raise Rejected(
            field="division",
            message="The divisions have different guidelines or check policies.",
            fix="Ask for one division.",
        )
    reader = Reader(person_id=who, released=is_released(cycle.released_on, on=now.date()))
    group = await load_group(tx, cycle_id, period=cycle.period, divisions=wanted, reader=reader)
    return await judge(group, period=cycle.period, policy=policy, on=on)


async def _enter(
    tx: AsyncConnection, cycle_id: UUID, *, division: str | None, who: str, now: datetime
) -> tuple[CycleView, list[str]]:
    """The cycle and the divisions asked for; the viewer needs the right in every one of them."""
    cycle = await find_cycle(tx, cycle_id)
    if cycle is None or (division is not None and division not in cycle.divisions):
        raise not_found("cycle or division")
    wanted = list(cycle.divisions) if division is None else [division]
    led = {each.division for each in await list_sessions(tx, cycle_id) if each.facilitator_id == who}
    for name in wanted:
        context = [Relation.FACILITATOR] if name in led else []
        held = await standing(tx, who, name, in_context=context)
        require(held, action=Action.READ, resource=Resource.CALIBRATION_CHECKS, state=State.OPEN)
    await limit_to_divisions(tx, wanted)
    entry = audit.AuditEntry(
        who=who,
        action=Action.READ,
        resource=Resource.CALIBRATION_CHECKS,
        subject=str(cycle_id),
        purpose="read cycle",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    return cycle, wanted


def _shared_policy(policies: Mapping[str, CheckPolicy]) -> CheckPolicy | None:
    """The policy that all of these divisions have in common, whatever its name; None when they differ."""
    found = list(policies.values())
    rules = [
        (dict(each.guideline.shares), each.exceeds, each.minimum_service_days, each.alpha) for each in found
    ]
    return found[0] if found and all(each == rules[0] for each in rules) else None
