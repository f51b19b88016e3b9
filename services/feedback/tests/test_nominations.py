"""Who nominates raters, and who approves which of them."""

from uuid import UUID

import sqlalchemy as sa
from organization import APPROVE, CYCLE, ENGINEERING, JANES, RATERS, ROUNDS, World, open_round

from plumbline.runtime.directory import limit_to_visible_divisions
from plumbline.runtime.security import across_divisions
from plumbline_local.testing_events import person_state, quarter_opened

LATER = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a12")


async def test_nobody_but_the_person_the_manager_and_hr_nominates_or_approves(world: World) -> None:
    body = {"rounds": [{"person_id": "jane", "raters": list(RATERS)}]}
    for who in ("ann", "max", "vp", "hugo", "audrey", "cora", "gone"):
        await world.post(ROUNDS, who, body, expect=403)
    for who in ("jane", "mia", "hanna"):
        await world.post(ROUNDS, who, body)
    for who in ("jane", "ann", "max", "hugo", "cora"):
        await world.post(APPROVE, who, {"rounds": [JANES]}, expect=403)
    await world.post(APPROVE, "hanna", {"rounds": [JANES]})


async def test_the_manager_approves_many_rounds_at_once_and_one_bad_round_refuses_all(world: World) -> None:
    for who in ("jane", "ann"):
        await world.post(ROUNDS, who, {"rounds": [{"raters": ["cem", "dan", "eve"]}]})
    await world.post(ROUNDS, "bob", {"rounds": [{"raters": ["cem", "dan"]}]})
    named = {"jane": ["cem", "dan", "eve"], "ann": ["cem", "dan", "eve"], "bob": ["cem", "dan"]}
    people = [{"person_id": person, "nominees": raters} for person, raters in named.items()]
    refused = await world.post(APPROVE, "mia", {"rounds": people}, expect=422)
    assert refused["field"] == "rounds.2.raters"
    assert await world.count("SELECT count(*) FROM feedback_round WHERE state = 'open'") == 0
    opened = await world.post(APPROVE, "mia", {"rounds": people[:2]})
    assert [each["person_id"] for each in opened["rounds"]] == ["jane", "ann"]


async def test_only_hr_overrides_and_says_why(world: World) -> None:
    override = {"raters": ["ann", "bob"], "reason": "A team of two."}
    body = {"rounds": [{"person_id": "jane", "override": override}]}
    await world.post(APPROVE, "mia", body, expect=403)
    opened = await world.post(APPROVE, "hanna", body)
    assert opened["rounds"][0]["raters"] == ["ann", "bob"]
    assert opened["rounds"][0]["overridden"] is True


async def test_a_purely_reciprocal_set_is_flagged(world: World) -> None:
    for who in ("ann", "bob", "cem"):
        others = [each for each in ("jane", "ann", "bob", "cem") if each != who]
        await world.post(ROUNDS, who, {"rounds": [{"raters": others}]})
    await world.post(ROUNDS, "jane", {"rounds": [{"raters": ["ann", "bob", "cem"]}]})
    approval = {"person_id": "jane", "nominees": ["ann", "bob", "cem"]}
    opened = await world.post(APPROVE, "mia", {"rounds": [approval]})
    assert opened["rounds"][0]["reciprocal"] is True


async def test_a_reciprocal_set_is_flagged_across_divisions(world: World) -> None:
    abroad = {"ann": "Sales", "bob": "Sales", "cem": "Legal"}
    moved = [person_state(who, "sam", division=where, department="D") for who, where in abroad.items()]
    opened_in = {"divisions": (ENGINEERING, "Sales", "Legal")}
    await world.receive([*moved, quarter_opened(LATER, ENGINEERING).model_copy(update=opened_in)])
    rounds = f"/cycles/{LATER}/rounds"
    for who in abroad:
        others = [each for each in ("jane", *abroad) if each != who]
        await world.post(rounds, who, {"rounds": [{"raters": others}]})
    await world.post(rounds, "jane", {"rounds": [{"raters": list(abroad)}]})
    seen = {"rounds": [{"person_id": "jane", "nominees": list(abroad)}]}
    opened = await world.post(f"{rounds}/approve", "mia", seen)
    assert opened["rounds"][0]["reciprocal"] is True
    # Mia, of Engineering, sees nothing of the other divisions' raters by it.
    async with world.api.begin() as tx:
        await limit_to_visible_divisions(tx, "mia")
        seen = (await tx.execute(sa.text("SELECT DISTINCT rater_id FROM rater"))).scalars()
        assert set(seen) == set(abroad)
        async with across_divisions(tx):
            assert (await tx.execute(sa.text("SELECT count(DISTINCT round_id) FROM rater"))).scalar_one() == 4
        assert (await tx.execute(sa.text("SELECT count(DISTINCT round_id) FROM rater"))).scalar_one() == 1


async def test_raters_must_be_known_and_a_nomination_ends_when_the_round_opens(world: World) -> None:
    for raters in (["nobody"], ["gone"], ["jane"]):
        await world.post(ROUNDS, "jane", {"rounds": [{"raters": raters}]}, expect=422)
    await open_round(world)
    await world.post(ROUNDS, "jane", {"rounds": [{"raters": list(RATERS)}]}, expect=409)
    await world.post(ROUNDS, "sam", {"rounds": [{"raters": list(RATERS)}]}, expect=422)


async def test_a_repeated_nomination_gets_the_first_answer_and_changes_nothing(world: World) -> None:
    body = {"rounds": [{"raters": list(RATERS)}]}
    first = await world.send("POST", ROUNDS, "jane", body, key="same")
    await world.post(APPROVE, "mia", {"rounds": [JANES]})
    again = await world.send("POST", ROUNDS, "jane", body, key="same")
    assert (again.status_code, again.json()) == (200, first.json())


async def test_nobody_approves_raters_whom_they_did_not_read(world: World) -> None:
    made = await world.post(ROUNDS, "jane", {"rounds": [{"raters": ["ann", "bob", "cem"]}]})
    read = (await world.get(f"/rounds/{made['rounds'][0]['round_id']}", "mia"))["raters"]
    await world.post(ROUNDS, "jane", {"rounds": [{"raters": ["ann", "bob", "eve"]}]})
    approval = {"person_id": "jane", "nominees": read}
    refused = await world.post(APPROVE, "mia", {"rounds": [approval]}, expect=409)
    assert refused["code"] == "stale_nominees"
    assert refused["changed"] == [{"person_id": "jane", "added": ["eve"], "removed": ["cem"]}]
    assert await world.count("SELECT count(*) FROM feedback_round WHERE state = 'open'") == 0
    await world.post(APPROVE, "mia", {"rounds": [{"person_id": "jane"}]}, expect=422)
    again = {"person_id": "jane", "nominees": ["ann", "bob", "eve"]}
    opened = await world.post(APPROVE, "mia", {"rounds": [again]})
    assert opened["rounds"][0]["raters"] == ["ann", "bob", "eve"]


async def test_a_rater_who_is_added_twice_with_two_reasons_is_refused_and_neither_reason_is_lost(
    world: World,
) -> None:
    body = {"rounds": [{"raters": ["ann", "bob"]}]}
    await world.post(f"/cycles/{CYCLE}/rounds", "jane", body)
    twice = [{"rater_id": "hanna", "reason": f"Reason {number}."} for number in (1, 2)]
    approval = {"person_id": "jane", "nominees": ["ann", "bob"], "added": twice}
    refused = await world.post(APPROVE, "mia", {"rounds": [approval]}, expect=422)
    assert [each["field"] for each in refused["errors"]] == ["rounds.0.added.1.rater_id"]
