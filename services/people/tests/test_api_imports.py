"""Imports through the people api: what goes in, what is refused, and what is published of it."""

from pathlib import Path

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

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
