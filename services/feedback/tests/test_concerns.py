"""Documented concerns and continuous feedback over HTTP and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from organization import CYCLE, ENGINEERING, World

from plumbline_local.testing_events import person_state

CONCERNS = f"/cycles/{CYCLE}/concerns"
CHANGED = "pm.feedback.concern-changed.v1"
TEXT = "On 2026-09-18 the deploy of the ledger went out without its review, and payments stopped for an hour."


def concern(person_id: str = "jane", **more: object) -> dict[str, Any]:
    return {
        "cycle_id": str(CYCLE),
        "person_id": person_id,
        "gap": "review-discipline",
        "text": TEXT,
        "occurred_on": "2026-09-18",
        **more,
    }


async def document(world: World) -> str:
    made = await world.post("/concerns", "mia", {"concerns": [concern()]})
    return f"/concerns/{made['concerns'][0]['concern_id']}"


def at(day: int) -> datetime:
    return datetime(2026, 9, day, 12, tzinfo=UTC)


async def test_a_concern_reaches_the_contract_with_the_servers_days(world: World) -> None:
    place = await document(world)
    for day, step, who in ((23, "deliver", "mia"), (24, "acknowledge", "jane")):
        world.now = at(day)
        await world.post(f"{place}/{step}", who)
    world.now = at(25)
    last = await world.post(f"{place}/offer-resource", "mia", {"resource": "A course on code review."})
    assert last["lacks"] == []
    events = await world.published(CHANGED)
    assert len(events) == 4
    assert events[-1] == {
        "concern_id": place.removeprefix("/concerns/"),
        "cycle_id": str(CYCLE),
        "person_id": "jane",
        "gap": "review-discipline",
        "occurred_on": "2026-09-18",
        "recorded_on": "2026-09-22",
        "delivered_on": "2026-09-23",
        "acknowledged_on": "2026-09-24",
        "refusal_witnessed_on": None,
        "resource_offered_on": "2026-09-25",
    }


async def test_recorded_on_is_the_servers_day_and_late_is_not_contemporaneous(world: World) -> None:
    sent = concern(occurred_on="2026-09-14")
    made = (await world.post("/concerns", "mia", {"concerns": [sent]}))["concerns"][0]
    assert (made["recorded_on"], made["contemporaneous"]) == ("2026-09-22", False)
    assert made["lacks"] == ["contemporaneous", "delivered", "acknowledged"]
    backdated = {**sent, "recorded_on": "2026-09-14"}
    await world.post("/concerns", "mia", {"concerns": [backdated]}, expect=422)
    await world.post("/concerns", "mia", {"concerns": [concern(occurred_on="2026-09-23")]}, expect=422)


async def test_hr_witnesses_a_refusal_and_nobody_else_does(world: World) -> None:
    place = await document(world)
    await world.post(f"{place}/witness-refusal", "hanna", expect=409)
    await world.post(f"{place}/deliver", "mia")
    for who in ("mia", "jane", "vp", "hugo", "cora"):
        await world.post(f"{place}/witness-refusal", who, expect=403)
    seen = await world.post(f"{place}/witness-refusal", "hanna")
    assert (seen["refusal_witnessed_on"], seen["lacks"]) == ("2026-09-22", [])
    assert (await world.published(CHANGED))[-1]["refusal_witnessed_on"] == "2026-09-22"


async def test_neither_the_manager_nor_the_author_witnesses_a_refusal_even_as_hr_partner(
    world: World,
) -> None:
    manager_too = person_state(
        "mia", "vp", division=ENGINEERING, department="Platform", roles=(f"hr_partner:{ENGINEERING}",)
    )
    await world.receive([manager_too])
    by_hanna = await world.post("/concerns", "hanna", {"concerns": [concern()]})
    for place, own in (
        (await document(world), ("mia",)),
        (f"/concerns/{by_hanna['concerns'][0]['concern_id']}", ("mia", "hanna")),
    ):
        await world.post(f"{place}/deliver", "mia")
        for who in own:
            refused = await world.post(f"{place}/witness-refusal", who, expect=403)
            assert refused["fix"] == "have another HR partner of the division witness it"
    assert await world.count("SELECT count(*) FROM concern WHERE refusal_witnessed_on IS NOT NULL") == 0


async def test_the_person_sees_and_acknowledges_a_concern_only_once_it_is_delivered(world: World) -> None:
    place = await document(world)
    assert (await world.get(CONCERNS, "jane"))["concerns"] == []
    await world.post(f"{place}/acknowledge", "jane", expect=403)
    await world.post(f"{place}/deliver", "mia")
    assert [each["text"] for each in (await world.get(CONCERNS, "jane"))["concerns"]] == [TEXT]
    await world.post(f"{place}/acknowledge", "mia", expect=403)
    await world.post(f"{place}/acknowledge", "jane")
    await world.post(f"{place}/acknowledge", "jane", expect=409)
    await world.post(f"{place}/deliver", "mia", expect=409)
    assert len(await world.published(CHANGED)) == 3


async def test_managers_document_concerns_about_own_reports_only(world: World) -> None:
    for who in ("max", "vp", "ann", "jane", "cora", "audrey", "hugo"):
        await world.post("/concerns", who, {"concerns": [concern()]}, expect=403)
    both = [concern("jane"), concern("cem")]
    await world.post("/concerns", "mia", {"concerns": both}, expect=403)
    assert await world.count("SELECT count(*) FROM concern") == 0
    made = await world.post("/concerns", "mia", {"concerns": [concern("jane"), concern("ann")]})
    assert [each["person_id"] for each in made["concerns"]] == ["jane", "ann"]


async def test_concerns_are_read_by_those_with_a_right_and_each_read_is_logged(world: World) -> None:
    place = await document(world)
    await world.post(f"{place}/deliver", "mia")
    for who, seen in (
        ("mia", 1),
        ("hanna", 1),
        ("audrey", 1),
        ("max", 0),
        ("vp", 0),
        ("hugo", 0),
        ("cora", 0),
    ):
        assert len((await world.get(CONCERNS, who))["concerns"]) == seen, who
    logged = "SELECT count(*) FROM audit_log WHERE action = 'read' AND subject = 'jane'"
    assert await world.count(logged) == 3


async def test_no_text_of_a_concern_or_a_note_is_published(world: World) -> None:
    await document(world)
    await world.post("/notes", "mia", {"notes": [{"person_id": "jane", "text": TEXT}]})
    published = str(await world.published())
    assert "ledger" not in published
    assert "mia" not in published


async def test_a_note_says_that_it_is_not_anonymous_and_announces_that_it_was_given(world: World) -> None:
    text = "Great and passionate."
    given = await world.post("/notes", "mia", {"notes": [{"person_id": "jane", "text": text}]})
    note = given["notes"][0]
    assert note["anonymous"] is False
    assert "traits_alone" in [each["rule"] for each in note["warnings"]]
    assert await world.published() == [
        {"feedback_id": note["feedback_id"], "person_id": "jane", "occurred_on": "2026-09-22"}
    ]
    shown = (await world.get("/people/jane/notes", "jane"))["notes"]
    assert [(each["author_id"], each["text"]) for each in shown] == [("mia", text)]


async def test_notes_are_read_by_the_person_the_manager_and_their_own_author(world: World) -> None:
    for who in ("mia", "sam", "ann"):
        await world.post("/notes", who, {"notes": [{"person_id": "jane", "text": f"From {who}."}]})
    for who, seen in (("jane", 3), ("mia", 3), ("ann", 1), ("sam", 1), ("max", 0), ("hanna", 0)):
        assert len((await world.get("/people/jane/notes", who))["notes"]) == seen, who
    await world.post("/notes", "jane", {"notes": [{"person_id": "jane", "text": "Myself."}]}, expect=403)
    await world.post("/notes", "gone", {"notes": [{"person_id": "jane", "text": "Late."}]}, expect=403)
    ahead = {"person_id": "jane", "text": "Later.", "occurred_on": "2026-10-01"}
    await world.post("/notes", "mia", {"notes": [ahead]}, expect=422)
