"""Runs the fairness checks over a session or a larger group, off the event loop."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from calibration.domain.checks import CheckPolicy, CheckResult, On, Period, justify_named, run_grouped_checks
from calibration.domain.session import Session
from calibration.outbound.check_inputs import Group, load_group, load_justifications, load_policies


async def judge_session(
    tx: AsyncConnection, session: Session, *, on: On
) -> tuple[Group, Sequence[CheckResult]]:
    """The session's people, and every check over them with its justification where it has one."""
    period = Period(start=session.period_start, end=session.period_end)
    group = await load_group(tx, session.cycle_id, period=period, session_id=session.session_id)
    policies = await load_policies(tx, session.cycle_id, [session.division])
    results = await judge(group, period=period, policy=policies[session.division], on=on)
    # A justification answers a flag of the ratings that will count, not of what was proposed.
    given = await load_justifications(tx, session.session_id) if on == "final" else {}
    return group, justify_named(results, given)


async def judge(group: Group, *, period: Period, policy: CheckPolicy, on: On) -> Sequence[CheckResult]:
    """The checks, one result for all of whom the same holds, in a thread: other requests shall not wait for them."""
    return await asyncio.to_thread(run_grouped_checks, group.people, period=period, policy=policy, on=on)
