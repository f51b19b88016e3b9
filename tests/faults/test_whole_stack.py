"""Every service dies at every place while a quarter of the demo is played, and nothing of it can be seen afterwards."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from dying import FLOWS, SENT_AGAIN, Deaths, StubbornApis
from processes import INBOX, PARTS, RELAY, plumbline
from rich.console import Console
from sample_pay import Pay, SamplePay
from whole import NOTHING, Parked, Whole, contents_of, contracts_of, sequences_of, topics_of
from wire import Records, send_unreadable

from plumbline.contracts.calibration import RatingsFinalizedV1
from plumbline.contracts.event import Event
from plumbline.contracts.topics import CALIBRATION, PAY_CHANGES
from plumbline_local.demo.apis import Apis
from plumbline_local.demo.play import Played, play
from plumbline_local.demo.quarters import plan_quarters
from plumbline_local.demo.setup import ADMIN, SAMPLE, choose_script
from plumbline_local.demo.stage import Stage, Timer, watch
from plumbline_local.state import StackState
from plumbline_local.testing import run_apart

CONSUMERS = {"goals", "feedback", "reviews", "calibration", "outcomes"}
READS_NOTHING = {"people"}
SIGNATURES = 3
POISON = "poison"
SAMPLE_ROWS = (SAMPLE / "people.csv").read_text().splitlines()
FIRST_PEOPLE = 20

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@dataclass(kw_only=True)
class Troubled:
    """A quarter that was played to its end although everybody died."""

    whole: Whole
    apis: StubbornApis
    deaths: Deaths
    played: Played


@pytest.fixture(scope="module")
def troubled(whole_faulty_stack: StackState, whole_failpoints: Path) -> Troubled:
    done: list[Troubled] = []

    async def run() -> None:
        done.append(await play_dying(whole_faulty_stack, whole_failpoints))

    run_apart(run())
    return done[0]


async def play_dying(stack: StackState, failpoints: Path) -> Troubled:
    whole = Whole(stack=stack)
    urls = Apis.of(stack).urls
    deaths = Deaths(stack=stack, folder=failpoints, quiet=whole.quiet)
    async with (
        StubbornApis(folder=stack.folder, urls=urls, prepare=deaths.prepare) as apis,
        watch(stack) as watcher,
    ):
        console = Console(stderr=True, quiet=True)
        stage = Stage(state=stack, apis=apis, watcher=watcher, timer=Timer(), console=console)
        await import_rows(apis, SAMPLE_ROWS[:FIRST_PEOPLE])
        await whole.quiet()
        played = await play(stage, choose_script(None, None), quarters=1, seed=7)
        await deaths.happened()
        await whole.quiet()
    return Troubled(whole=whole, apis=apis, deaths=deaths, played=played)


def test_every_service_is_told_to_die_once_at_every_place_that_it_has() -> None:
    told = Counter(
        (service, place) for flow in FLOWS for service, all_ in flow.deaths.items() for place in all_
    )
    consuming = [(service, place) for service in CONSUMERS for place in INBOX]
    relaying = [(service, place) for service in CONSUMERS | READS_NOTHING for place in RELAY]
    storing_in_parts = [("outcomes", place) for place in PARTS]
    assert told == Counter([*consuming, *relaying, *storing_in_parts])
    for flow in FLOWS:
        sent_again = any(place in SENT_AGAIN for places in flow.deaths.values() for place in places)
        assert not (sent_again and any(place in INBOX for places in flow.deaths.values() for place in places))
    assert {service for service in CONSUMERS | READS_NOTHING if not contracts_of(service)} == READS_NOTHING


async def test_every_service_died_at_every_place_and_requests_had_to_be_repeated(troubled: Troubled) -> None:
    assert set(troubled.whole.services) == CONSUMERS | READS_NOTHING
    assert troubled.deaths.ahead == []
    assert list(troubled.deaths.folder.iterdir()) == []
    assert troubled.apis.repeated > 0


async def test_nothing_waits_is_parked_or_is_still_to_be_published(troubled: Troubled) -> None:
    assert await troubled.whole.left_over() == dict.fromkeys(troubled.whole.services, NOTHING)


async def test_every_directory_equals_people(troubled: Troubled) -> None:
    people = await troubled.whole.people()
    assert len(people) == len(SAMPLE_ROWS) - 1
    assert await troubled.whole.directories() == dict.fromkeys(CONSUMERS, people)


async def test_every_aggregate_of_every_topic_has_its_sequences_in_order_and_none_twice_otherwise(
    troubled: Troubled,
) -> None:
    topics = await troubled.whole.topics()
    silent = {name for name, records in topics.items() if not records}
    assert silent == {"pm.people-leave.state.v1"}
    for name, records in topics.items():
        counters = await troubled.whole.counters(name)
        assert sequences_of(records) == {key: list(range(1, last + 1)) for key, last in counters.items()}
        assert all(len(texts) == 1 for texts in contents_of(records).values())


async def test_awards_and_pay_changes_are_those_of_the_files_and_ratings(troubled: Troubled) -> None:
    topics = await troubled.whole.topics()
    ratings = ratings_in(topics[CALIBRATION.name])
    assert len(ratings) == len(troubled.played.roster.rated) == 50
    by_hand = SamplePay.read(SAMPLE, ratings).by_hand()
    query = "SELECT person_id, award, lump_sum, new_salary FROM award WHERE state IN ('awarded', 'approved')"
    awards = await troubled.whole.database("outcomes").fetch(query)
    stored = [(row["person_id"], Pay(row["award"], row["lump_sum"], row["new_salary"])) for row in awards]
    assert sorted(stored) == sorted(by_hand.items())
    changed = {person: pay for person, pay in by_hand.items() if pay.award}
    assert await approved(troubled.whole) == changed
    assert paid(topics[PAY_CHANGES.name]) == {
        person: (pay.new_salary, pay.lump_sum) for person, pay in changed.items()
    }


async def test_every_stored_outcome_can_be_computed_again(troubled: Troubled) -> None:
    verified = json.loads(await plumbline(troubled.whole.stack, "outcomes", "verify", "--json"))
    assert verified["differences"] == []
    assert verified["recomputed"] >= len(troubled.played.roster.rated)


async def test_one_unreadable_record_of_every_contract_is_parked_by_everybody_who_reads_it(
    troubled: Troubled,
) -> None:
    whole = troubled.whole
    contracts = {each for name in whole.consumers for each in contracts_of(name)}
    keys = {contract: f"{POISON}-{uuid4().hex[:8]}" for contract in contracts}
    await send_unreadable(whole.stack.kafka, [(contract, key, 1) for contract, key in keys.items()])
    one_a_topic = {contract.TOPIC.name: contract for contract in contracts}
    loose = [(contract, f"{POISON}-loose", None) for contract in one_a_topic.values()]
    await send_unreadable(whole.stack.kafka, loose)
    await whole.quiet()
    found = {name: sorted(await whole.parked(name), key=str) for name in whole.services}
    expected = {name: sorted(parked_by(name, keys), key=str) for name in whole.services}
    assert found == expected
    assert {topic for name in whole.consumers for topic in topics_of(name)} == set(one_a_topic)
    await add_somebody(troubled)
    await whole.quiet()
    people = await whole.people()
    assert await whole.directories() == dict.fromkeys(CONSUMERS, people)
    assert {name: len(await whole.parked(name)) for name in whole.services} == {
        name: len(parked) for name, parked in expected.items()
    }


async def test_every_topic_read_again_by_every_group_changes_nothing_anywhere(troubled: Troubled) -> None:
    whole = troubled.whole
    tables, topics = await whole.checksums(), await whole.topics()
    again = await whole.read_everything_again()
    assert set(again) == CONSUMERS
    for name, records in again.items():
        assert records >= sum(len(topics[topic]) for topic in topics_of(name)) > 0
    assert await whole.checksums() == tables
    assert await whole.topics() == topics
    verified = json.loads(await plumbline(whole.stack, "outcomes", "verify", "--json"))
    assert verified["differences"] == []


def ratings_in(records: Records) -> dict[str, str]:
    """The final rating of everybody, from the chunks in which it was announced."""
    chunks = [RatingsFinalizedV1.model_validate(each) for _, _, each in records if "ratings" in each]
    return {rating.person_id: rating.rating for chunk in chunks for rating in chunk.ratings}


async def approved(whole: Whole) -> dict[str, Pay]:
    """What was awarded to whom with all signatures, of those whose pay it changes."""
    query = """
    SELECT person_id, award, lump_sum, new_salary FROM award AS a
    WHERE state = 'approved' AND award > 0 AND $1 = (
        SELECT count(DISTINCT step) FROM signature AS s
        WHERE s.outcome_id = a.outcome_id AND s.revision = a.revision
    )
    """
    rows = await whole.database("outcomes").fetch(query, SIGNATURES)
    return {row["person_id"]: Pay(row["award"], row["lump_sum"], row["new_salary"]) for row in rows}


def paid(records: Records) -> dict[str, tuple[int, int]]:
    """What payroll is told: of everybody the new salary and the lump sum in cents, each change once."""
    changes = {(person, sequence): payload for person, sequence, payload in records}
    assert all(sequence == 1 for _, sequence in changes)
    return {
        person: (int(Decimal(payload["salary"]) * 100), int(Decimal(payload["lump_sum"]) * 100))
        for (person, _), payload in changes.items()
    }


def parked_by(service: str, keys: dict[type[Event], str]) -> Sequence[Parked]:
    """Of each contract that it reads the unreadable record, and of each topic the one without a sequence."""
    unreadable = [(each.TOPIC.name, keys[each], 1) for each in contracts_of(service)]
    return [*unreadable, *[(topic, None, None) for topic in topics_of(service)]]


async def add_somebody(troubled: Troubled) -> None:
    """Import one person more than there were."""
    header, somebody, *_ = SAMPLE_ROWS
    newcomer = somebody.replace("E0001", "E9999").replace("keiko", "newcomer")

    async def nothing(service: str, path: str) -> None:
        del service, path

    folder, urls = troubled.whole.stack.folder, Apis.of(troubled.whole.stack).urls
    async with StubbornApis(folder=folder, urls=urls, prepare=nothing) as apis:
        await import_rows(apis, [header, newcomer])


async def import_rows(apis: StubbornApis, rows: Sequence[str]) -> None:
    """Import the lines of a file, the first of which names the columns."""
    (quarter,) = plan_quarters(1, random.Random(0))
    answer = await apis.post(
        "people",
        "/imports/people",
        "\n".join(rows).encode(),
        person=ADMIN,
        at=quarter.at(quarter.starts_on),
        query={"as_of": str(quarter.starts_on)},
    )
    assert answer["accepted"] == len(rows) - 1
