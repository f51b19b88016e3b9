"""Workers die by SIGKILL at every named place, and the oracle finds nothing lost, doubled or out of order."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from acting import caught_up, introduce, ready_for_ratings
from company import Company, Sent
from oracle import Outcomes
from processes import INBOX, PARTS, RELAY, lay_out, until
from wire import send

from plumbline.contracts.cycle import CycleOpenedV1
from plumbline.contracts.event import Event
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.contracts.people import PayStateV1, PersonStateV1
from plumbline.contracts.topics import FEEDBACK

WAVES = 3

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("name", [*INBOX, *PARTS, *RELAY])
async def test_a_worker_killed_at_this_place_heals(outcomes: Outcomes, failpoints: Path, name: str) -> None:
    company = Company()
    await introduce(outcomes, company)
    path = lay_out(failpoints, name)
    await send(outcomes.stack.kafka, company.ratings())
    await until("the worker came to this place", lambda: not path.exists())
    await outcomes.awarded(company)
    await outcomes.check(company)


async def test_records_of_one_person_twice_and_out_of_order_count_as_they_were_told_last(
    outcomes: Outcomes,
) -> None:
    company, bootstrap = Company(versions=3), outcomes.stack.kafka
    records = [*company.background(), *company.ratings()]
    cycle = parted(records, CycleOpenedV1)
    first_concerns = [each for each in parted(records, ConcernChangedV1) if each.sequence == 1]
    later_concerns = [each for each in parted(records, ConcernChangedV1) if each.sequence != 1]
    kept_back = [*cycle, *first_concerns]
    waves = shuffled([each for each in records if each not in kept_back], seed=7)
    assert overtaken(waves, PayStateV1) > WAVES
    assert overtaken(waves, PersonStateV1) > WAVES
    for wave in waves:
        await send(bootstrap, wave)
        await caught_up(outcomes)
    behind_a_gap = sorted((each.event.aggregate, each.sequence) for each in later_concerns)
    waiting = "SELECT aggregate, sequence FROM inbox_waiting WHERE topic = $1 ORDER BY aggregate, sequence"
    await outcomes.until(waiting, FEEDBACK.name, expected=behind_a_gap)
    assert await outcomes.count("concern WHERE cycle_id = $1", company.cycle_id) == 0
    await send(bootstrap, first_concerns)
    await ready_for_ratings(outcomes, company)
    await send(bootstrap, cycle)
    await outcomes.awarded(company)
    await outcomes.check(company)


async def test_ratings_before_people_pay_policy_and_cycle_wait_and_complete(outcomes: Outcomes) -> None:
    company = Company()
    background = company.background()
    concerns = parted(background, ConcernChangedV1)
    await send(outcomes.stack.kafka, concerns)
    await ready_for_ratings(outcomes, company)
    await send(outcomes.stack.kafka, company.ratings())
    query = "SELECT count(*) FROM waiting_rating WHERE cycle_id = $1"
    await outcomes.until(query, company.cycle_id, expected=[(len(company.people()),)])
    await send(outcomes.stack.kafka, [each for each in background if each not in concerns])
    await outcomes.awarded(company)
    await outcomes.check(company)


def parted(records: Sequence[Sent], contract: type[Event]) -> list[Sent]:
    """Those of one contract, in their order."""
    return [each for each in records if isinstance(each.event, contract)]


def shuffled(records: Sequence[Sent], *, seed: int) -> list[list[Sent]]:
    """Every record twice, in an order of chance, in parts of which each is delivered after the one before."""
    twice = [*records, *records]
    random.Random(seed).shuffle(twice)
    return [twice[start::WAVES] for start in range(WAVES)]


def overtaken(waves: Sequence[Sequence[Sent]], contract: type[Event]) -> int:
    """How many people's newest record is delivered before an older one, in an earlier part."""
    first: dict[tuple[str, int], int] = {}
    last: dict[tuple[str, int], int] = {}
    for number, wave in enumerate(waves):
        for each in parted(wave, contract):
            place = (each.event.aggregate, each.sequence or 0)
            first.setdefault(place, number)
            last[place] = number
    newest = {person: max(s for p, s in first if p == person) for person, _ in first}
    return sum(
        any(last[person, older] > first[person, top] for older in range(1, top))
        for person, top in newest.items()
    )
