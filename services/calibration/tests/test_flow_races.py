"""Two processes at once, and everything delivered again: a session still opens once and is finalized once."""

import asyncio
from typing import Any

import sqlalchemy as sa

from calibration.inbound.kafka import HANDLERS
from plumbline.runtime.inbox import Inbox


async def tables(world: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the service's own state and of what it published."""
    names = ("session", "rated_case", "cycle", "cycle_policy", "policy", "demographics", "outbox")
    async with world.worker.connect() as tx:
        return {
            name: [tuple(row) for row in await tx.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1, 2"))]
            for name in names
        }


async def test_a_session_opens_once_when_its_last_inputs_come_at_the_same_time(world: Any) -> None:
    await world.receive([*world.people(), world.policy()])
    await world.receive([world.cycle_opened()])
    # The last proposals and the completion, each in a transaction of its own that overlaps the other's.
    await asyncio.gather(world.receive(world.proposals()), world.receive([world.completed()]))
    assert await world.count("SELECT state FROM session") == "open"
    assert len(await world.published("%session-opened%")) == 1


async def test_a_proposal_that_is_not_committed_yet_holds_up_the_completion(world: Any) -> None:
    await world.receive([world.cycle_opened()])
    *most, last = world.proposals()
    await world.receive(most)
    handler = next(each for each in HANDLERS if each.event is type(last))
    async with world.worker.begin() as tx:
        inbox = Inbox(world.worker, consumer="pm.calibration", handlers=[handler])
        await inbox.receive_in(tx, last.TOPIC, [world.numbering.message(last)])
        completion = asyncio.create_task(world.receive([world.completed()]))
        await asyncio.sleep(0.2)
        assert not completion.done()
    await completion
    assert await world.count("SELECT state FROM session") == "open"


async def test_delivering_everything_again_changes_nothing(world: Any) -> None:
    events = [*world.people(), world.policy(), world.cycle_opened(), *world.proposals(), world.completed()]
    await world.receive(events)
    before = await tables(world)
    world.numbering.sequences.clear()
    await world.receive(events)
    assert await tables(world) == before
    assert await world.count("SELECT count(*) FROM inbox_parked") == 0


async def test_two_finalizations_at_once_publish_once(opened: Any) -> None:
    move = {"person_id": "a3", "to": 3, "rationale": "Compared with peers"}
    await opened.post("adjustments", "max", {"adjustments": [move]})
    await opened.post("confirmations", "fay", {"all_remaining": True})
    path = f"/sessions/{opened.session_id}/finalize"
    answers = await asyncio.gather(*(opened.send("POST", path, "fay") for _ in range(3)))
    assert sorted(int(each.status_code) for each in answers) == [200, 409, 409]
    assert len(await opened.published("%ratings-finalized%")) == 1
    assert await opened.count("SELECT revision FROM session") == 1
