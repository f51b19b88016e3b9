"""Awards signed over the api: read first, each at the revision that was read; what changed, and who is on record."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from followed import APPROVED, NOT_AWARDED, NOT_YOUR_TURN, RATINGS, Company, outcome_of
from published import CYCLE, DIVISION, NOW, finalized
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outcomes.usecases.sign_awards import awards_to_sign, sign_awards
from plumbline.runtime.database import raw
from plumbline_local.testing_databases import rows

APPROVALS = f"/cycles/{CYCLE}/approvals"
HOW = (
    "Read the awards that wait for you with GET /cycles/{cycle_id}/approvals, "
    "and send the outcome_id and the revision of each that you sign."
)
JANE = str(outcome_of("jane", "merit"))


async def waiting(firm: Company, as_: str) -> list[dict[str, Any]]:
    answer = await firm.client.get(APPROVALS, headers=firm._headers(as_, 0))
    assert answer.status_code == 200, answer.text
    return answer.json()["awards"]


def named(*awards: str, revision: int = 1) -> dict[str, Any]:
    return {"awards": [{"outcome_id": each, "revision": revision} for each in awards]}


async def sign_all(firm: Company, as_: str) -> dict[str, Any]:
    awards = [
        {"outcome_id": each["outcome_id"], "revision": each["revision"]} for each in await waiting(firm, as_)
    ]
    return await firm.done(APPROVALS, {"awards": awards}, as_=as_)


async def audited(engine: AsyncEngine, action: str) -> list[tuple[str, str, str]]:
    query = f"""SELECT who, subject, purpose FROM audit_log WHERE resource = 'award' AND action = '{action}'
    ORDER BY id"""
    return [(str(a), str(b), str(c)) for a, b, c in await rows(engine, query)]


async def test_who_signs_reads_the_amounts_and_nothing_that_tells_the_rating(firm: Company) -> None:
    found = {each["person_id"]: each for each in await waiting(firm, "boss")}
    assert found.keys() == RATINGS.keys()
    assert found["jane"] == {
        "outcome_id": JANE,
        "revision": 1,
        "person_id": "jane",
        "division": DIVISION,
        "currency": "USD",
        "award": "12740.00",
        "base_increase": "12740.00",
        "lump_sum": "0.00",
        "new_salary": "194740.00",
        "steps": ["manager"],
    }
    for who in ("vp", "hr", "jane", "auditor"):
        assert await waiting(firm, who) == [], who


async def test_the_chain_is_manager_then_skip_level_then_hr_partner(
    firm: Company, engine: AsyncEngine
) -> None:
    for who, approved in (("boss", 0), ("vp", 0), ("hr", 5)):
        assert await sign_all(firm, who) == {"signed": 5, "approved": approved, "refused": {}}
        assert await waiting(firm, who) == []
    assert await rows(engine, "SELECT DISTINCT state FROM award") == [("approved",)]


@pytest.mark.parametrize("body", [{}, {"awards": []}, {"awards": None}], ids=["missing", "empty", "null"])
async def test_a_blank_signature_is_refused_with_the_field_and_how_to_read_what_there_is_to_sign(
    firm: Company, engine: AsyncEngine, body: object
) -> None:
    answer = await firm.post(APPROVALS, body, as_="boss")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["fix"]) == ("awards", HOW)
    assert await rows(engine, "SELECT * FROM signature") == []


async def test_an_award_without_its_revision_or_named_twice_is_refused(firm: Company) -> None:
    answer = await firm.post(APPROVALS, {"awards": [{"outcome_id": JANE}]}, as_="boss")
    assert [each["field"] for each in answer.json()["errors"]] == ["awards.0.revision"]
    assert (await firm.refused(APPROVALS, named(JANE, JANE), as_="boss"))[:2] == (422, "invalid_request")


async def test_the_description_of_the_api_says_that_the_awards_are_required(firm: Company) -> None:
    schemas = (await firm.client.get("/openapi.json")).json()["components"]["schemas"]
    assert schemas["Approvals"]["required"] == ["awards"]


async def test_nobody_signs_out_of_turn_nor_what_is_not_theirs_and_the_others_are_signed(
    firm: Company,
) -> None:
    grow, unknown = str(outcome_of("grow", "merit")), str(uuid4())
    assert await firm.done(APPROVALS, named(JANE, unknown), as_="vp") == {
        "signed": 0,
        "approved": 0,
        "refused": {JANE: NOT_YOUR_TURN, unknown: NOT_AWARDED},
    }
    assert (await firm.done(APPROVALS, named(JANE), as_="jane"))["refused"] == {JANE: NOT_AWARDED}
    await firm.done(APPROVALS, named(JANE), as_="boss")
    both = await firm.done(APPROVALS, named(JANE, grow), as_="boss")
    assert both == {"signed": 1, "approved": 0, "refused": {JANE: NOT_YOUR_TURN}}
    for who in ("vp", "hr"):
        await firm.done(APPROVALS, named(JANE), as_=who)
    assert (await firm.done(APPROVALS, named(JANE), as_="hr"))["refused"] == {JANE: APPROVED}


async def test_the_same_idempotency_key_gets_the_first_answer_again(firm: Company) -> None:
    first = await firm.post(APPROVALS, named(JANE), as_="boss", key="k")
    again = await firm.post(APPROVALS, named(JANE), as_="boss", key="k")
    assert first.json() == again.json() == {"signed": 1, "approved": 0, "refused": {}}
    without = await firm.post(APPROVALS, named(JANE), as_="boss", key="")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_required")


async def test_a_correction_after_the_reading_refuses_the_whole_list_and_says_what_changed(
    firm: Company, engine: AsyncEngine
) -> None:
    read = [each["outcome_id"] for each in await waiting(firm, "boss")]
    await firm.bus.publish(*finalized("Payments", {"jane": "5"}, revision=2))
    answer = await firm.post(APPROVALS, named(*read), as_="boss")
    said = answer.json()
    assert (answer.status_code, said["code"]) == (409, "stale_revision")
    place = read.index(JANE)
    assert said["field"] == f"awards.{place}.revision"
    assert [(each["field"], each["message"]) for each in said["errors"]] == [
        (f"awards.{place}.revision", "Revision 2 of the rating replaced it.")
    ]
    assert "GET /cycles/{cycle_id}/approvals" in said["fix"]
    newer = str(outcome_of("jane", "merit", revision=2))
    assert said["changed"] == [
        {
            "outcome_id": JANE,
            "person_id": "jane",
            "seen_revision": 1,
            "current_revision": 2,
            "current_outcome_id": newer,
            "award": {"from": "12740.00", "to": "14560.00"},
            "rating": {"from": 4, "to": 5},
        }
    ]
    assert await rows(engine, "SELECT * FROM signature") == []
    assert await audited(engine, "approve") == []
    assert (await sign_all(firm, "boss"))["signed"] == 5
    # The skip-level does not read ratings.
    skip_level = (await firm.post(APPROVALS, named(JANE), as_="vp")).json()
    assert [each.get("rating") for each in skip_level["changed"]] == [None]


async def test_a_revision_that_an_award_does_not_have_is_refused(firm: Company, engine: AsyncEngine) -> None:
    answer = await firm.post(APPROVALS, named(JANE, revision=2), as_="boss")
    said = answer.json()
    assert (answer.status_code, said["errors"][0]["message"]) == (409, "It is at revision 1.")
    assert [(each["seen_revision"], each["current_revision"]) for each in said["changed"]] == [(2, 1)]
    assert await rows(engine, "SELECT * FROM signature") == []


async def test_an_award_that_a_decided_correction_is_about_to_replace_is_not_signed(
    firm: Company, engine: AsyncEngine
) -> None:
    """Its pool awards the correction in a step of its own; until then two awards of one person stand there."""
    await firm.bus.publish(*finalized("Payments", {"jane": "5"}, revision=2))
    async with engine.begin() as tx:
        await tx.execute(sa.text("UPDATE award SET state = 'awarded' WHERE state = 'superseded'"))
        await tx.execute(sa.text("UPDATE award SET state = 'provisional', award = NULL WHERE revision = 2"))
    assert JANE not in {each["outcome_id"] for each in await waiting(firm, "boss")}
    said = (await firm.post(APPROVALS, named(JANE), as_="boss")).json()
    assert said["code"] == "stale_revision"
    assert said["changed"][0]["award"] == {"from": "12740.00", "to": None}


async def test_the_log_says_who_read_and_who_signed_each_persons_award(
    firm: Company, engine: AsyncEngine
) -> None:
    await sign_all(firm, "boss")
    for action, purpose in (("read", "to sign"), ("approve", "signed")):
        assert sorted(await audited(engine, action)) == [
            ("boss", name, f"{purpose} revision 1 as manager") for name in sorted(RATINGS)
        ]
    for who in ("vp", "hr"):
        await sign_all(firm, who)
    assert [entry for entry in await audited(engine, "approve") if entry[1] == "jane"] == [
        ("boss", "jane", "signed revision 1 as manager"),
        ("vp", "jane", "signed revision 1 as skip_level"),
        ("hr", "jane", "signed revision 1 as hr_partner"),
    ]
    headers = firm._headers("auditor", 0)
    entries = (await firm.client.get("/audit?subject=jane", headers=headers)).json()["entries"]
    assert {each["who"] for each in entries if each["action"] == "approve"} == {"boss", "vp", "hr"}


async def test_an_unknown_cycle_is_refused(firm: Company) -> None:
    other = "/cycles/00000000-0000-0000-0000-000000000009/approvals"
    assert (await firm.refused(other, named(JANE), as_="boss"))[:2] == (404, "not_found")
    answer = await firm.client.get(other, headers=firm._headers("boss", 0))
    assert answer.status_code == 404


async def test_reading_and_signing_take_as_many_statements_for_everybody_as_for_one(
    firm: Company, engine: AsyncEngine
) -> None:
    async def statements(tx: AsyncConnection, *people: str) -> list[str]:
        driver, sent = await raw(tx), list[str]()
        with driver.query_logger(lambda logged: sent.append(logged.query)):
            turns = await awards_to_sign(tx, cycle_id=CYCLE, person_id="boss", now=NOW)
            seen = {award.outcome_id: 1 for award, _ in turns if award.person_id in people}
            assert len(seen) == len(people)
            signed = await sign_awards(
                tx, cycle_id=CYCLE, person_id="boss", revisions=seen, released=True, now=NOW
            )
        await tx.rollback()
        assert (signed.signed, signed.refused) == (len(people), {})
        return sent

    async with engine.connect() as tx:
        await statements(tx, *RATINGS)  # The driver asks for the types once a connection.
        of_one = await statements(tx, "jane")
        assert len(of_one) > 1
        assert await statements(tx, *RATINGS) == of_one
