"""Two workers of one service: a frozen relay leader is fenced, and revoked partitions are taken over mid-batch."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from acting import GROUP, introduce
from company import Company
from oracle import OUTCOMES, PATIENCE, Outcomes
from processes import entries, lay_out, log_of, process_of, second_worker, until
from wire import members, read_topic, send

# After this long without a sign of the leader, another one leads.
TAKEN_OVER_SECONDS = 15.0
# What the stack's own worker is called in the lease; the second one has a name of chance.
LEADER = "outcomes"
TRIES = 3
# Every try to take or extend the lease, by the database's clock, also those that were refused: until when the lease
# would have lasted, and who held it until when as it was tried.
NOTE_TRIES = """
CREATE TABLE IF NOT EXISTS lease_try (
    id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, holder text NOT NULL, until timestamptz NOT NULL,
    held_by text, held_until timestamptz
);
CREATE OR REPLACE FUNCTION note_lease_try() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    INSERT INTO lease_try (at, holder, until, held_by, held_until)
    VALUES (clock_timestamp(), NEW.holder, NEW.expires_at,
        (SELECT holder FROM relay_lease WHERE name = NEW.name),
        (SELECT expires_at FROM relay_lease WHERE name = NEW.name));
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER note_lease_try BEFORE INSERT ON relay_lease FOR EACH ROW EXECUTE FUNCTION note_lease_try();
"""
FORGET_TRIES = (
    "DROP TRIGGER note_lease_try ON relay_lease; DROP FUNCTION note_lease_try; DROP TABLE lease_try"
)

pytestmark = pytest.mark.faults


async def test_a_frozen_leaders_late_send_is_refused(outcomes: Outcomes, failpoints: Path) -> None:
    error = ""
    for _ in range(TRIES):
        error = await frozen_and_awake(outcomes, failpoints)
        # Frozen while it waits for the answer to its renewal it wakes too late for that, and gives up before it sends.
        if error != "TimeoutError":
            break
    assert error == "ProducerFenced"


async def frozen_and_awake(outcomes: Outcomes, failpoints: Path) -> str:
    """Freeze the leader in the middle of a send until another one led; returns the error that it then gave up with."""
    company, stack = Company(), outcomes.stack
    await introduce(outcomes, company)
    await outcomes.until("SELECT holder FROM relay_lease", expected=[(LEADER,)])
    leader, seen = process_of(stack, "outcomes"), len(log_of(stack, "outcomes"))
    async with tries_noted(outcomes), second_worker(stack):
        lay_out(failpoints, "relay.mid_send", "SIGSTOP")
        await send(stack.kafka, company.ratings())
        await until("the leader is frozen", lambda: leader.status() == psutil.STATUS_STOPPED)
        try:
            await taken_over(outcomes)
            await outcomes.awarded(company)
            published = await read_topic(stack.kafka, OUTCOMES, company.name)
        finally:
            leader.send_signal(signal.SIGCONT)
        await until("the leader gives up", lambda: restarts(outcomes, seen) != [])
        await outcomes.check(company)
        assert await read_topic(stack.kafka, OUTCOMES, company.name) == published
    twice = [place for place, count in Counter(record[:2] for record in published).items() if count > 1]
    assert twice == [], "the frozen transaction was aborted, so nothing of it is seen beside the repeat"
    return restarts(outcomes, seen)[0]


async def test_partitions_revoked_mid_batch_are_taken_over(outcomes: Outcomes, failpoints: Path) -> None:
    company, later, stack = Company(), Company(), outcomes.stack
    await alone(outcomes)
    await introduce(outcomes, company)
    order = lay_out(failpoints, "inbox.rows", "pause")
    paused = order.with_name(f"{order.name}.paused")
    await send(stack.kafka, company.ratings())
    await until("the first worker is in the middle of a batch", paused.exists)
    async with second_worker(stack) as second:
        await grouped(outcomes, 2)
        assert paused.exists(), "the rebalance was to come in the middle of the batch"
        paused.unlink()
        await outcomes.awarded(company)
        await outcomes.check(company)
        await introduce(outcomes, later)
        second.kill()
        await send(stack.kafka, later.ratings())
        await outcomes.awarded(later)
    await outcomes.check(later)


@asynccontextmanager
async def tries_noted(outcomes: Outcomes) -> AsyncGenerator[None]:
    await outcomes.execute(NOTE_TRIES)
    try:
        yield
    finally:
        await outcomes.execute(FORGET_TRIES)


async def taken_over(outcomes: Outcomes) -> None:
    """Wait until another one holds the lease; it took it when the settings say, however slow this machine is.

    That is: no lease lasts longer than they allow, the first try after the frozen leader's lease ran out takes it,
    and tries follow each other closely enough for both together.
    """
    await outcomes.until("SELECT holder <> $1 FROM relay_lease", LEADER, expected=[(True,)])
    lasts = "SELECT max(extract(epoch FROM until - at))::float AS seconds FROM lease_try"
    lifetime: float = (await outcomes.fetch(lasts))[0]["seconds"]
    tries = await outcomes.fetch(
        "SELECT at, held_by, held_until FROM lease_try WHERE holder <> $1 ORDER BY id", LEADER
    )
    behind_the_leader = [each for each in tries if each["held_by"] == LEADER]
    late = [each for each in behind_the_leader if each["at"] > each["held_until"]]
    assert len(late) == 1, "the first try after the lease ran out takes it"
    apart = [(after["at"] - before["at"]).total_seconds() for before, after in pairwise(behind_the_leader)]
    # Those that were not held up by the machine.
    assert lifetime + min(apart) <= TAKEN_OVER_SECONDS, (lifetime, apart)


def restarts(outcomes: Outcomes, seen: int) -> list[str]:
    """The errors after which the stack's own relay started over."""
    log = entries(log_of(outcomes.stack, "outcomes")[seen:])
    return [each["error"] for each in log if each["event"] == "relay starts over"]


async def alone(outcomes: Outcomes) -> None:
    await grouped(outcomes, 1)


async def grouped(outcomes: Outcomes, count: int) -> None:
    """Wait until the group has so many members, each with its partitions."""
    async with asyncio.timeout(PATIENCE):
        while await members(outcomes.stack.kafka, GROUP) != ("Stable", count):  # noqa: ASYNC110 - the broker
            await asyncio.sleep(0.2)
