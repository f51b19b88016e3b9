"""The awards that somebody may be asked to sign, for everybody in a generated company."""

from collections.abc import AsyncIterator, Mapping

import pytest
from generated import DIVISIONS, outcome_id
from published import CYCLE
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outcomes.outbound.signable import SignableAward, load_signable, lock_named
from plumbline.runtime.database import raw
from plumbline.runtime.directory import DirectoryPerson, limit_to_visible_divisions

Chain = tuple[str | None, str | None, tuple[str, ...]]


@pytest.fixture
async def tx(api: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with api.begin() as tx:
        yield tx


def expected_chains(
    people: Mapping[str, DirectoryPerson], awards: Mapping[str, str], viewer: str
) -> dict[str, Chain]:
    """Manager, skip-level and HR partners of each award (person → its division) in whose chain the viewer may stand.

    Nobody who left is anybody's.
    """
    found: dict[str, Chain] = {}
    here = {each.person_id for each in people.values() if each.status != "left"}
    for person_id, division in awards.items():
        manager = people.get(people[person_id].manager_id or "")
        above = [None, None] if manager is None else [manager.person_id, manager.manager_id]
        role = f"hr_partner:{division}"
        partners = tuple(sorted(each for each in here if role in people[each].roles))
        if viewer in above or viewer in partners:
            first, second = (each if each in here else None for each in above)
            found[person_id] = (first, second, partners)
    return found


async def signable(tx: AsyncConnection, viewer: str) -> list[SignableAward]:
    return await load_signable(tx, cycle_id=CYCLE, person_id=viewer)


async def test_everybody_is_asked_for_the_awards_in_whose_chain_they_stand(
    tx: AsyncConnection, people: dict[str, DirectoryPerson]
) -> None:
    asked = 0
    for viewer in people:
        await limit_to_visible_divisions(tx, viewer)
        rows = await (await raw(tx)).fetch("SELECT person_id, division FROM award WHERE state = 'awarded'")
        awards = {row["person_id"]: row["division"] for row in rows if row["person_id"] in people}
        found = {
            each.person_id: (each.manager_id, each.skip_level_id, each.hr_partners)
            for each in await signable(tx, viewer)
        }
        assert found == expected_chains(people, awards, viewer), viewer
        asked += len(found)
    assert asked > len(people)


async def test_named_awards_are_those_of_all_that_are_named(
    tx: AsyncConnection, people: dict[str, DirectoryPerson]
) -> None:
    for viewer in list(people)[::5]:
        await limit_to_visible_divisions(tx, viewer)
        named = {outcome_id(person_id, "merit") for person_id in list(people)[::2]}
        some = await lock_named(tx, named, cycle_id=CYCLE, person_id=viewer)
        waiting = [each for each in some if each.state == "awarded"]
        assert waiting == [each for each in await signable(tx, viewer) if each.outcome_id in named]


async def test_only_what_is_named_is_locked(
    engine: AsyncEngine, tx: AsyncConnection, people: dict[str, DirectoryPerson]
) -> None:
    partner = partner_of_some(people)
    await limit_to_visible_divisions(tx, partner)
    first, *others = [each.outcome_id for each in await signable(tx, partner)]
    await lock_named(tx, [first], cycle_id=CYCLE, person_id=partner)
    free = "SELECT outcome_id FROM award WHERE outcome_id = ANY($1) FOR UPDATE SKIP LOCKED"
    async with engine.begin() as other:
        rows = await (await raw(other)).fetch(free, [first, *others])
    assert {row["outcome_id"] for row in rows} == set(others)


async def test_awards_are_locked_in_the_order_of_their_ids(
    tx: AsyncConnection, people: dict[str, DirectoryPerson]
) -> None:
    partner = partner_of_some(people)
    await limit_to_visible_divisions(tx, partner)
    ids = [each.outcome_id for each in await signable(tx, partner)]
    assert len(ids) > 1
    locked = await lock_named(tx, ids[::-1], cycle_id=CYCLE, person_id=partner)
    assert [each.outcome_id for each in locked] == sorted(ids)


def partner_of_some(people: Mapping[str, DirectoryPerson]) -> str:
    return next(
        each.person_id
        for each in people.values()
        if each.status != "left" and any(f"hr_partner:{division}" in each.roles for division in DIVISIONS)
    )
