"""Imports through the people api: what goes in, what is refused, and what is published of it."""

import json
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from people.outbound.tables import person
from plumbline.runtime.outbox import outbox
from plumbline_local.testing_services import signed_in

from .exported import HANA, HEADER, JANE, THREE, VICE, Post, published


async def test_a_first_import_publishes_every_group_of_each_person(post: Post, owner: AsyncEngine) -> None:
    answer = await post(THREE)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["accepted"], body["changed"], body["unchanged"], body["rejected"]) == (3, 3, 0, [])
    topics = ("people", "people-demographics", "people-pay")
    assert await published(owner) == sorted((topic, key) for topic in topics for key in ("VP", "E1", "H1"))


async def test_names_and_addresses_never_reach_the_bus(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    async with owner.begin() as tx:
        rows = (await tx.execute(sa.select(outbox.c.payload, outbox.c.headers))).all()
    text = repr(rows)
    assert len(rows) == 9
    assert "Jane" not in text
    assert "example.com" not in text


async def test_the_same_file_again_publishes_nothing(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    await published(owner)
    body = (await post(THREE)).json()
    assert (body["accepted"], body["changed"], body["unchanged"]) == (3, 0, 3)
    assert await published(owner) == []


async def test_only_the_group_that_changed_is_published(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    await published(owner)
    await post(
        THREE.replace("182000", "190000").replace("1975-01-01", "1975-01-02").replace("Hana", "Hannah")
    )
    assert await published(owner) == [("people-demographics", "VP"), ("people-pay", "E1")]


async def test_good_rows_go_in_beside_bad_ones(post: Post, owner: AsyncEngine) -> None:
    bad = "E2,Joe,,NOBODY,Engineering,Payments,,L2,2020-13-01,M,,x,USD,,active\n"
    body = (await post(THREE + bad)).json()
    assert body["accepted"] == 3
    assert [(row["line"], row["column"], row["value"]) for row in body["rejected"]] == [
        (5, "hire_date", "2020-13-01"),
        (5, "salary", "x"),
    ]
    assert {key for _, key in await published(owner)} == {"VP", "E1", "H1"}


async def test_a_strict_import_stores_nothing_when_a_row_is_bad(post: Post, owner: AsyncEngine) -> None:
    body = (await post(THREE + JANE, strict=True)).json()
    assert (body["stored"], body["accepted"], len(body["rejected"])) == (False, 0, 2)
    assert await published(owner) == []


async def test_a_dry_run_tells_what_would_change_and_stores_nothing(post: Post, owner: AsyncEngine) -> None:
    body = (await post(THREE, dry_run=True)).json()
    assert (body["stored"], body["accepted"], body["changed"]) == (False, 3, 3)
    assert await published(owner) == []
    assert (await post(THREE)).json()["changed"] == 3


async def test_an_older_file_is_refused_and_changes_nothing(post: Post, owner: AsyncEngine) -> None:
    assert (await post(THREE, as_of="2026-07-02")).status_code == 200
    await published(owner)
    answer = await post(THREE.replace("182000", "1"), as_of="2026-07-01")
    assert (answer.status_code, answer.json()["code"]) == (409, "older_file")
    assert await published(owner) == []
    assert (await post(THREE.replace("182000", "190000"), as_of="2026-07-02")).json()["changed"] == 1


async def test_people_absent_from_a_snapshot_leave_and_others_stay(post: Post, owner: AsyncEngine) -> None:
    await post(THREE)
    assert (await post(HEADER + VICE)).json()["departed"] == 0
    await published(owner)
    body = (await post(HEADER + VICE + HANA, snapshot=True)).json()
    assert body["departed"] == 1
    assert await published(owner) == [("people", "E1")]


async def test_leave_is_published_whole_for_each_person_whose_leave_changed(
    post: Post, owner: AsyncEngine
) -> None:
    await post(THREE)
    await published(owner)
    head = "employee_id,starts_on,ends_on,unpaid,protected\n"
    text = head + "E1,2026-01-05,2026-02-06,true,true\nXX,2026-01-05,2026-01-06,no,no\n"
    body = (await post(text, kind="leave")).json()
    assert (body["accepted"], body["changed"]) == (1, 1)
    assert [(row["line"], row["column"]) for row in body["rejected"]] == [(3, "employee_id")]
    assert await published(owner) == [("people-leave", "E1")]
    more = head + "E1,2026-05-05,2026-05-06,false,false\n"
    assert (await post(more, kind="leave")).json()["changed"] == 1
    async with owner.begin() as tx:
        payload = (await tx.execute(sa.select(outbox.c.payload))).scalar_one()
    assert [span["starts_on"] for span in httpx.Response(200, content=payload).json()["spans"]] == [
        "2026-01-05",
        "2026-05-05",
    ]


async def test_the_same_key_and_file_gets_the_first_answer_again(
    client: httpx.AsyncClient, tmp_path: Path, owner: AsyncEngine
) -> None:
    sent = signed_in("admin", tmp_path, key="once")
    first = await client.post("/imports/people", content=THREE, headers=sent)
    await published(owner)
    again = await client.post("/imports/people", content=THREE, headers=sent)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await published(owner) == []


BAD = "E9,Joe,,,Engineering,Payments,,L2,someday,M,,,,,active\n"
LEAVE = "employee_id,starts_on,ends_on,unpaid,protected\n"


@pytest.mark.parametrize(
    ("kind", "text", "query"),
    [
        ("people", HEADER + BAD, {}),
        ("people", HEADER, {}),
        ("people", HEADER + BAD, {"snapshot": True}),
        ("people", HEADER + JANE + BAD, {"strict": True}),
        ("leave", LEAVE + "E1,2026-02-30,2026-03-01,no,no\n", {}),
        ("leave", LEAVE + "E1,2026-02-30,2026-03-01,no,no\n", {"snapshot": True}),
        ("leave", LEAVE, {}),
    ],
)
async def test_a_file_that_does_not_go_in_keeps_no_date_and_changes_nobody(
    post: Post, owner: AsyncEngine, kind: str, text: str, query: dict[str, bool]
) -> None:
    await post(THREE, as_of="2026-07-01")
    await post(LEAVE + "VP,2026-01-05,2026-01-06,no,no\n", kind="leave", as_of="2026-07-01")
    await published(owner)
    body = (await post(text, kind=kind, as_of="2026-07-05", **query)).json()
    counts = {name: body[name] for name in ("stored", "accepted", "changed", "unchanged", "departed")}
    assert counts == {"stored": False, "accepted": 0, "changed": 0, "unchanged": 0, "departed": 0}
    assert await published(owner) == []
    good = {"people": THREE, "leave": LEAVE + "E1,2026-01-05,2026-01-06,no,no\n"}[kind]
    later = await post(good, kind=kind, as_of="2026-07-02")
    assert (later.status_code, later.json()["stored"]) == (200, True), later.text


async def test_a_file_whose_rows_change_nothing_is_stored_with_its_date(post: Post) -> None:
    await post(THREE, as_of="2026-07-01")
    again = await post(THREE, as_of="2026-07-03")
    assert (again.json()["stored"], again.json()["unchanged"]) == (True, 3)
    assert (await post(THREE, as_of="2026-07-02")).status_code == 409


async def test_a_division_of_everybody_that_is_told_beside_the_file_is_stored_and_published(
    post: Post, owner: AsyncEngine
) -> None:
    text = "Employee ID,Legal Name,Cost Center,Hire Date,Salary\nE1,Jane,Payments,2020-05-04,1000\n"
    refused = await post(text)
    assert (refused.status_code, "query division=" in refused.json()["fix"]) == (422, True), refused.text
    for division in ("Engineering", "Research"):
        body = (await post(text, division=division, currency="usd")).json()
        assert (body["rejected"], body["changed"]) == ([], 1)
    assert (await post(text, division="")).status_code == 422
    async with owner.begin() as tx:
        payloads = (await tx.execute(sa.select(outbox.c.payload).order_by(outbox.c.id))).scalars().all()
    told = [json.loads(payload) for payload in payloads]
    assert [each["division"] for each in told if "division" in each] == ["Engineering", "Research"]
    assert [each["currency"] for each in told if "salary" in each] == ["USD"]


async def test_the_currency_beside_an_amount_replaces_the_stored_one(post: Post, owner: AsyncEngine) -> None:
    text = "employee_id,name,division,department,hire_date,salary\nE1,Jane,x,y,2020-05-04,{}\n"
    for amount in ("1000 EUR", "1000 USD"):
        assert (await post(text.format(amount))).json()["changed"] == 1
    async with owner.begin() as tx:
        row = (await tx.execute(sa.select(person.c.salary, person.c.currency))).one()
    assert (int(row.salary), row.currency) == (1000, "USD")
