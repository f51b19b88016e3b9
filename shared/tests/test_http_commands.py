"""Commands on a real PostgreSQL: kept answers, rejections and rollbacks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.answers import forget_answers

Client = Callable[[str], httpx.AsyncClient]
Count = Callable[[], Awaitable[int]]
INSERT = "INSERT INTO notes (division, text) VALUES (:division, :text)"


async def test_the_same_key_and_body_get_the_first_answer_again(
    ann: httpx.AsyncClient, count_notes: Count
) -> None:
    first = await ann.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k1"})
    again = await ann.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, '"1"')
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert await count_notes() == 1


async def test_the_same_key_with_another_body_path_or_query_is_refused(
    ann: httpx.AsyncClient, count_notes: Count
) -> None:
    key = {"Idempotency-Key": "k1"}
    await ann.post("/notes", json={"text": "a"}, headers=key)
    others = [
        await ann.post("/notes", json={"text": "b"}, headers=key),
        await ann.post("/notes?x=1", json={"text": "a"}, headers=key),
        await ann.post("/notes/final", json={"text": "a"}, headers=key),
        await ann.post("/notes", json={"text": "a"}, headers={**key, "If-Match": "3"}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in others] == [
        (422, "idempotency_key_reused")
    ] * 4
    assert await count_notes() == 1


async def test_a_key_belongs_to_the_person_who_sent_it(client_for: Client, count_notes: Count) -> None:
    body = {"text": "a", "division": "Sales"}
    await client_for("sam").post("/notes", json=body, headers={"Idempotency-Key": "k1"})
    other = await client_for("boss").post("/notes", json=body, headers={"Idempotency-Key": "k1"})
    assert other.json()["by"] == "boss"
    assert await count_notes() == 2


async def test_a_concurrent_repeat_waits_for_the_first_answer(
    ann: httpx.AsyncClient, reached: asyncio.Event, gate: asyncio.Event, count_notes: Count
) -> None:
    gate.clear()
    key = {"Idempotency-Key": "k1"}
    first = asyncio.create_task(ann.post("/notes", json={"text": "a"}, headers=key))
    await reached.wait()
    repeat = asyncio.create_task(ann.post("/notes", json={"text": "a"}, headers=key))
    done, _ = await asyncio.wait([repeat], timeout=0.3)
    assert not done
    gate.set()
    assert (await repeat).content == (await first).content
    assert (await repeat).headers["Idempotency-Replayed"] == "true"
    assert await count_notes() == 1


async def test_a_command_that_failed_leaves_its_key_free(ann: httpx.AsyncClient, count_notes: Count) -> None:
    key = {"Idempotency-Key": "k1"}
    for _ in range(2):
        refused = await ann.post("/notes", json={"text": "reject conflict"}, headers=key)
        assert refused.status_code == 409
        assert "Idempotency-Replayed" not in refused.headers
    accepted = await ann.post("/notes", json={"text": "a"}, headers=key)
    assert accepted.status_code == 201
    assert await count_notes() == 1


async def test_kept_answers_are_forgotten_by_age(ann: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await ann.post("/notes", json={"text": "a"}, headers={"Idempotency-Key": "k1"})
    async with engine.begin() as tx:
        assert await forget_answers(tx, before=datetime(2000, 1, 1, tzinfo=UTC)) == 0
        assert await forget_answers(tx, before=datetime(2999, 1, 1, tzinfo=UTC)) == 1


async def test_a_command_that_must_not_run_twice_needs_a_key(ann: httpx.AsyncClient) -> None:
    missing = await ann.post("/notes/final")
    unusable = await ann.post("/notes/final", headers={"Idempotency-Key": "k" * 201})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
    assert (unusable.status_code, unusable.json()["code"]) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize(
    ("status", "code"), [("invalid", 422), ("conflict", 409), ("forbidden", 403), ("not_found", 404)]
)
async def test_a_rejection_rolls_back_and_says_what_to_do(
    status: str, code: int, ann: httpx.AsyncClient, count_notes: Count
) -> None:
    answer = await ann.post("/notes", json={"text": f"reject {status}"})
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (code, code, status)
    assert (body["detail"], body["field"], body["fix"]) == ("not now", "text", "wait")
    assert await count_notes() == 0


async def test_an_unexpected_error_rolls_back_and_tells_nothing(
    ann: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, count_notes: Count
) -> None:
    answer = await ann.post("/notes", json={"text": "crash"})
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "crashed on" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "crashed on" not in caplog.text
    assert await count_notes() == 0


async def test_a_repeat_that_waited_for_a_command_that_failed_runs_itself(
    ann: httpx.AsyncClient, reached: asyncio.Event, gate: asyncio.Event, count_notes: Count
) -> None:
    gate.clear()
    key = {"Idempotency-Key": "k1"}
    first = asyncio.create_task(ann.post("/notes", json={"text": "reject conflict"}, headers=key))
    await reached.wait()
    repeat = asyncio.create_task(ann.post("/notes", json={"text": "a"}, headers=key))
    await asyncio.wait([repeat], timeout=0.2)
    gate.set()
    assert ((await first).status_code, (await repeat).status_code) == (409, 201)
    assert await count_notes() == 1


async def test_nobody_hears_done_about_a_command_that_could_not_be_committed(
    ann: httpx.AsyncClient, count_notes: Count
) -> None:
    body = {"text": "a", "mark": "m"}
    assert (await ann.post("/notes", json=body)).status_code == 201
    assert (await ann.post("/notes", json=body)).status_code == 500
    assert await count_notes() == 1


async def test_a_version_that_no_part_of_a_command_looks_at_is_refused(
    ann: httpx.AsyncClient, count_notes: Count
) -> None:
    refused = await ann.post("/notes/final", headers={"Idempotency-Key": "k1", "If-Match": '"3"'})
    assert (refused.status_code, refused.json()["code"]) == (400, "if_match_not_taken")
    stale = await ann.post("/notes", json={"text": "a"}, headers={"If-Match": '"3"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    # A read changes nothing that it could overlook.
    assert (await ann.get("/notes", headers={"If-Match": '"3"'})).status_code == 200
    assert await count_notes() == 0
