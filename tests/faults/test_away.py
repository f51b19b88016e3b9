"""Broker and database are killed, stay away or hang while ratings come in; nothing is acknowledged that is not kept."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress

import psutil
import pytest
from acting import introduce
from company import Company
from oracle import Outcomes
from processes import PATIENCE, answers, entries, kill, log_of, process_of, supervisor_asleep, until
from wire import send

from plumbline_local.state import StackState

EX_TEMPFAIL = 75

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("part", ["kafka", "postgres"])
async def test_a_part_killed_while_ratings_come_in_heals(outcomes: Outcomes, part: str) -> None:
    company, stack = Company(), outcomes.stack
    killed = process_of(stack, part)
    await introduce(outcomes, company)

    async def kill_it() -> None:
        await asyncio.to_thread(kill, stack, part)

    await send(stack.kafka, company.ratings(), midway=kill_it)
    await outcomes.awarded(company)
    await until(f"{part} runs again", lambda: runs_anew(stack, part, killed))
    await outcomes.check(company)


async def test_a_database_away_for_longer_than_every_retry_ends_the_worker_unready(
    outcomes: Outcomes,
) -> None:
    company, stack = Company(), outcomes.stack
    await introduce(outcomes, company)
    worker, seen = process_of(stack, "outcomes"), len(log_of(stack, "outcomes"))
    with supervisor_asleep(stack):
        await stopped(stack)
        # Watched from before the batch fails: the worker is unready for a few seconds only, then it ends.
        watching = asyncio.create_task(unready(stack))
        await send(stack.kafka, company.ratings())
        await watching
        await until("the worker has ended", lambda: has_ended(worker))
    await outcomes.awarded(company)
    log = entries(log_of(stack, "outcomes")[seen:])
    assert [each["batch"] for each in log if each["event"].startswith("giving up")] == ["fails"]
    assert f"outcomes ended with status {EX_TEMPFAIL} " in supervisor_log(stack)
    await outcomes.check(company)


async def test_a_database_that_hangs_ends_the_worker(outcomes: Outcomes) -> None:
    company, stack = Company(), outcomes.stack
    await introduce(outcomes, company)
    worker, seen = process_of(stack, "outcomes"), len(log_of(stack, "outcomes"))
    with frozen(process_of(stack, "postgres")):
        await send(stack.kafka, company.ratings())
        await until("the worker has ended", lambda: has_ended(worker))
    await outcomes.awarded(company)
    log = entries(log_of(stack, "outcomes")[seen:])
    assert [each for each in log if each["event"].startswith("giving up")]
    await outcomes.check(company)


async def stopped(stack: StackState) -> None:
    """Stop PostgreSQL; its supervisor does not see it."""
    postgres = process_of(stack, "postgres")
    postgres.send_signal(signal.SIGQUIT)
    await until("PostgreSQL has ended", lambda: has_ended(postgres))


async def unready(stack: StackState) -> None:
    (service,) = stack.services
    async with asyncio.timeout(PATIENCE):
        while await answers(f"{service.probe_url}/readyz") != 503:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


def runs_anew(stack: StackState, part: str, before: psutil.Process) -> bool:
    """Whether a part is another process than before, which its supervisor says a moment after it answers."""
    try:
        return process_of(stack, part) != before
    except (KeyError, psutil.NoSuchProcess):
        return False


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def supervisor_log(stack: StackState) -> str:
    return (stack.folder / "supervisor.log").read_text()


@contextmanager
def frozen(parent: psutil.Process) -> Generator[None]:
    """While this lasts, a process and its children take connections and never answer."""
    # First the one that starts the others, so that none comes after they are listed; some are about to end.
    parent.send_signal(signal.SIGSTOP)
    processes = [parent, *parent.children(recursive=True)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
