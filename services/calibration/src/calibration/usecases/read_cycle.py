"""What is judged on a whole division or organization: the distribution against the guideline, and the checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckPolicy, CheckResult, On
from calibration.domain.errors import Rejected
from calibration.domain.guideline import Guideline
from calibration.domain.own_case import Reader, is_released
from calibration.domain.small_groups import Tally, leave_small_out, states_only
from calibration.outbound.announcements import SOURCE
from calibration.outbound.check_inputs import CycleView, find_cycle, load_group, load_policies
from calibration.outbound.sessions import SessionSummary, list_sessions
from calibration.outbound.tallies import count_ratings
from calibration.usecases.judge_session import judge
from calibration.usecases.read_distribution import Distribution, distribute_both, known_sessions
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Relation, Resource, State
from plumbline.runtime.directory import standing_in_each
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
    seen = await _enter(tx, cycle_id, division=division, who=who, now=now)
    policies = await load_policies(tx, cycle_id, seen.divisions)
    shared = _shared_policy(policies)
    states = [each.state for each in seen.sessions]
    whole = {each.session_id for each in seen.sessions}
    return CycleDistribution(
        whole=seen.distribute(whole, shared.guideline if shared else None),
        divisions={
            name: seen.distribute(
                {each.session_id for each in seen.sessions if each.division == name}, policies[name].guideline
            )
            for name in seen.divisions
        },
        sessions={state: states.count(state) for state in ("awaiting_inputs", "open", "final")},
    )


async def read_cycle_checks(
    tx: AsyncConnection, cycle_id: UUID, *, division: str | None, on: On, who: str, now: datetime
) -> Sequence[CheckResult]:
    """Every check over a division's or the whole cycle's people; the own case only once it is released.

    Whoever may not read all of these cases reads states only, and nothing of small sessions.

    Raises:
        Rejected: the divisions asked for have different policies.
    """
    seen = await _enter(tx, cycle_id, division=division, who=who, now=now)
    policy = _shared_policy(await load_policies(tx, cycle_id, seen.divisions))
    if policy is None:
        raise Rejected(
            field="division",
            message="The divisions have different guidelines or check policies.",
            fix="Ask for one division.",
        )
    period, counted = seen.cycle.period, list(seen.counted)
    if seen.left_out and not counted:
        return []
    group = await load_group(tx, cycle_id, period=period, sessions=counted, reader=seen.reader)
    results = await judge(group, period=period, policy=policy, on=on)
    return results if set(seen.tallies) <= seen.known else states_only(results)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What somebody asked for of a cycle: its sessions with their tallies, and those whose cases they may read."""

    cycle: CycleView
    divisions: Sequence[str]
    sessions: Sequence[SessionSummary]
    reader: Reader
    tallies: Mapping[UUID, Tally]
    known: frozenset[UUID]

    @property
    def counted(self) -> dict[UUID, Tally]:
        """The sessions that may be counted for the reader."""
        return leave_small_out(self.tallies, known=self.known)

    @property
    def left_out(self) -> int:
        """How many sessions may not."""
        return len(self.tallies) - len(self.counted)

    def distribute(self, among: set[UUID], guideline: Guideline | None) -> dict[str, Distribution]:
        """The distribution of these sessions as the reader may know it."""
        counted = [tally for key, tally in self.counted.items() if key in among]
        left_out = sum(key in among for key in self.tallies) - len(counted)
        return distribute_both(counted, guideline, left_out=left_out)


async def _enter(
    tx: AsyncConnection, cycle_id: UUID, *, division: str | None, who: str, now: datetime
) -> _Seen:
    """The cycle and the divisions asked for; the viewer needs the right in every one of them."""
    cycle = await find_cycle(tx, cycle_id)
    if cycle is None or (division is not None and division not in cycle.divisions):
        raise not_found("cycle or division")
    wanted = list(cycle.divisions) if division is None else [division]
    held = await standing_in_each(tx, who, wanted)
    led = {each.division for each in await list_sessions(tx, cycle_id) if each.facilitator_id == who}
    for name in wanted:
        context = {Relation.FACILITATOR} if name in led and held[name] else set[Relation]()
        require(
            held[name] | context, action=Action.READ, resource=Resource.CALIBRATION_CHECKS, state=State.OPEN
        )
    await limit_to_divisions(tx, wanted)
    await _note(tx, cycle_id, who=who, now=now)
    sessions = [each for each in await list_sessions(tx, cycle_id) if each.division in wanted]
    reader = Reader(person_id=who, released=is_released(cycle.released_on, on=now.date()))
    return _Seen(
        cycle=cycle,
        divisions=wanted,
        sessions=sessions,
        reader=reader,
        tallies=await count_ratings(tx, cycle_id, divisions=wanted, reader=reader),
        known=known_sessions(sessions, who, held),
    )


async def _note(tx: AsyncConnection, cycle_id: UUID, *, who: str, now: datetime) -> None:
    entry = audit.AuditEntry(
        who=who,
        action=Action.READ,
        resource=Resource.CALIBRATION_CHECKS,
        subject=str(cycle_id),
        purpose="read cycle",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)


def _shared_policy(policies: Mapping[str, CheckPolicy]) -> CheckPolicy | None:
    """The policy that all of these divisions have in common, whatever its name; None when they differ."""
    found = list(policies.values())
    rules = [
        (dict(each.guideline.shares), each.exceeds, each.minimum_service_days, each.alpha) for each in found
    ]
    return found[0] if found and all(each == rules[0] for each in rules) else None
