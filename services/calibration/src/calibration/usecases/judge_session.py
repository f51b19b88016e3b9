"""Runs the fairness checks over a session or a larger group, off the event loop."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import (
    CheckPolicy,
    CheckResult,
    On,
    Period,
    RatedPerson,
    justify_named,
    run_grouped_checks,
)
from calibration.domain.own_case import run_checks_without_own
from calibration.domain.session import Session
from calibration.outbound.check_inputs import Group, load_group, load_justifications, load_policies


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChecks:
    """What the checks of a session run on; ``given`` names who justified which (check, subject)."""

    session: Session
    group: Group
    period: Period
    policy: CheckPolicy
    on: On
    given: Mapping[tuple[str, str], str]

    def is_rated(self, who: str) -> bool:
        """Whether somebody's own case lies in this session."""
        return any(person.employee_id == who for person in self.group.people)

    def others_than(self, who: str) -> list[RatedPerson]:
        """The session's people without somebody's own case."""
        return [person for person in self.group.people if person.employee_id != who]

    async def judge(self) -> Sequence[CheckResult]:
        """Every check over everybody, with its justification where it has one."""
        results = await judge(self.group, period=self.period, policy=self.policy, on=self.on)
        return justify_named(results, self.given)

    async def judge_for(self, who: str) -> Sequence[CheckResult]:
        """The checks as somebody may know them before the release: they say nothing of the own rating.

        Of the justifications somebody who is rated here sees the own ones alone: in a final session the lack of one
        would say that the flag is none. The facilitator sees all, and justifies every flag that is possible.
        """
        if not self.is_rated(who):
            return await self.judge()
        results = await asyncio.to_thread(
            run_checks_without_own,
            self.group.people,
            who,
            period=self.period,
            policy=self.policy,
            on=self.on,
        )
        sees_all = who == self.session.facilitator_id
        return justify_named(results, {flag: by for flag, by in self.given.items() if sees_all or by == who})


async def load_session_checks(tx: AsyncConnection, session: Session, *, on: On) -> SessionChecks:
    """The session's people and policy, and who justified what."""
    period = Period(start=session.period_start, end=session.period_end)
    group = await load_group(tx, session.cycle_id, period=period, sessions=[session.session_id])
    policies = await load_policies(tx, session.cycle_id, [session.division])
    # A justification answers a flag of the ratings that will count, not of what was proposed.
    given = await load_justifications(tx, session.session_id) if on == "final" else {}
    return SessionChecks(
        session=session, group=group, period=period, policy=policies[session.division], on=on, given=given
    )


async def judge(group: Group, *, period: Period, policy: CheckPolicy, on: On) -> Sequence[CheckResult]:
    """The checks, one result for all of whom the same holds, in a thread: other requests shall not wait for them."""
    return await asyncio.to_thread(run_grouped_checks, group.people, period=period, policy=policy, on=on)
