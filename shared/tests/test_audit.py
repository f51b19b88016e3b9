"""The audit log on a real PostgreSQL: append-only, sealed, and broken seals found."""

from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.access import Action, Resource
from plumbline.runtime.audit import (
    FIRST,
    AuditEntry,
    Verification,
    audit_log,
    by_round,
    record,
    seal,
    seals,
    unsealed,
    verify,
)
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected
from plumbline_local.testing_rights import let_api_do_everything

NOW = datetime(2026, 3, 4, 15, 16, 17, 18, tzinfo=UTC)


@pytest.fixture
def bare(database: MakeDatabase) -> Database:
    return database("apitest", migrate=False)


@pytest_asyncio.fixture
async def owner(bare: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(bare.owner_url) as engine:
        async with engine.begin() as tx:
            for table in (audit_log, unsealed, seals):
                await tx.run_sync(table.create)
            await let_api_do_everything(tx, "apitest_api")
        yield engine


@pytest_asyncio.fixture
async def api(bare: Database, owner: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    async with connected(bare.api_url) as engine:
        yield engine


def entry(*, who: str = "ann", subject: str = "bob") -> AuditEntry:
    return AuditEntry(
        who=who, action=Action.READ, resource=Resource.FINAL_RATING, subject=subject, purpose="review page"
    )


async def write(engine: AsyncEngine, *entries: AuditEntry) -> None:
    async with engine.begin() as tx:
        await record(tx, entries, service="reviews", now=NOW)


async def seal_all(engine: AsyncEngine, *, limit: int) -> list[int]:
    sealed: list[int] = []
    while True:
        async with engine.begin() as tx:
            sealed.append(await seal(tx, NOW + timedelta(hours=1), limit=limit))
        if not sealed[-1]:
            return sealed


async def check(engine: AsyncEngine, *, kept: bytes | None = None) -> Verification:
    async with engine.begin() as tx:
        return await verify(tx, kept=kept)


async def tamper(engine: AsyncEngine, statement: str) -> None:
    """Change the log as somebody with the owner's rights could."""
    async with engine.begin() as tx:
        for table in ("audit_log", "audit_seal"):
            await tx.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        await tx.execute(sa.text(statement))
        for table in ("audit_log", "audit_seal"):
            await tx.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


async def test_entries_are_written_sealed_in_batches_and_verified(
    owner: AsyncEngine, api: AsyncEngine
) -> None:
    await write(api, *[entry(subject=f"p{number}") for number in range(25)])
    before = await check(owner)
    assert (before.intact, before.batches, before.waiting, before.last) == (True, 0, 25, FIRST)
    assert await seal_all(api, limit=10) == [10, 10, 5, 0]
    after = await check(owner)
    assert (after.intact, after.batches, after.entries, after.waiting) == (True, 3, 25, 0)
    async with owner.connect() as connection:
        row = (
            (await connection.execute(sa.select(audit_log).order_by(audit_log.c.id).limit(1)))
            .mappings()
            .one()
        )
    assert {**row, "id": 0} == {
        "id": 0,
        "at": NOW,
        "who": "ann",
        "action": "read",
        "resource": "final_rating",
        "subject": "p0",
        "service": "reviews",
        "purpose": "review page",
    }


async def test_an_entry_exists_only_if_what_it_tells_of_was_committed(
    owner: AsyncEngine, api: AsyncEngine
) -> None:
    async with api.connect() as tx:
        await record(tx, [entry()], service="reviews", now=NOW)
        await tx.rollback()
    assert (await check(owner)).waiting == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_seal SET digest = 'x'",
        "DELETE FROM audit_seal",
    ],
)
async def test_not_even_the_owner_changes_or_removes_entries(statement: str, owner: AsyncEngine) -> None:
    await write(owner, entry())
    await seal_all(owner, limit=10)
    with pytest.raises(DBAPIError, match="append-only"):
        async with owner.begin() as tx:
            await tx.execute(sa.text(statement))
    assert (await check(owner)).intact


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE audit_log SET who = 'somebody else' WHERE subject = 'p3'",
            "batch 1 does not match its seal",
        ),
        ("DELETE FROM audit_log WHERE subject = 'p3'", "batch 1 lacks 1 of its entries"),
        (
            "UPDATE audit_log SET at = at + interval '1 microsecond' WHERE subject = 'p7'",
            "batch 2 does not match",
        ),
        ("DELETE FROM audit_seal WHERE batch = 1", "batch 1 is missing"),
        ("DELETE FROM audit_seal WHERE batch = 2", "5 entries are neither sealed nor waiting"),
        ("UPDATE audit_seal SET digest = sha256('x') WHERE batch = 1", "batch 2 does not follow"),
        (
            "INSERT INTO audit_log (at, who, action, resource, subject, service, purpose) "
            "VALUES (now(), 'a', 'read', 'pay', 'b', 's', 'p')",
            "1 entries are neither sealed nor waiting",
        ),
    ],
)
async def test_tampering_is_found(statement: str, problem: str, owner: AsyncEngine) -> None:
    await write(owner, *[entry(subject=f"p{number}") for number in range(10)])
    assert await seal_all(owner, limit=5) == [5, 5, 0]
    await tamper(owner, statement)
    found = await check(owner)
    assert not found.intact
    assert any(problem in each for each in found.problems), found.problems


async def test_removing_the_newest_batch_whole_is_found_by_the_seal_kept_elsewhere(
    owner: AsyncEngine,
) -> None:
    await write(owner, *[entry(subject=f"p{number}") for number in range(10)])
    await seal_all(owner, limit=5)
    kept = (await check(owner)).last
    assert (await check(owner, kept=kept)).intact
    await tamper(
        owner,
        "WITH gone AS (DELETE FROM audit_seal WHERE batch = 2 RETURNING ids) "
        "DELETE FROM audit_log WHERE id IN (SELECT unnest(ids) FROM gone)",
    )
    assert (await check(owner)).intact
    assert not (await check(owner, kept=kept)).intact


async def test_an_entry_that_commits_late_with_a_lower_id_is_sealed_too(owner: AsyncEngine) -> None:
    async with owner.begin() as slow:
        await record(slow, [entry(subject="late")], service="reviews", now=NOW)
        await write(owner, entry(subject="early"))
        assert await seal_all(owner, limit=10) == [1, 0]
    assert await seal_all(owner, limit=10) == [1, 0]
    assert (await check(owner)).intact


async def test_an_anonymous_answer_is_logged_by_round_and_day(owner: AsyncEngine) -> None:
    for resource in (Resource.PEER_ANSWER, Resource.SURVEY_ANSWER):
        with pytest.raises(ValueError, match="round"):
            AuditEntry(who="ann", action=Action.WRITE, resource=resource, subject="r1", purpose="answer")
    answer = AuditEntry(
        who=by_round("r1"), action=Action.WRITE, resource=Resource.PEER_ANSWER, subject="r1", purpose="answer"
    )
    await write(owner, answer)
    async with owner.connect() as connection:
        row = (await connection.execute(sa.select(audit_log))).mappings().one()
    assert (row["who"], row["at"]) == ("round:r1", datetime(2026, 3, 4, tzinfo=UTC))


def test_an_entry_has_no_place_for_content() -> None:
    assert {field.name for field in fields(AuditEntry)} == {"who", "action", "resource", "subject", "purpose"}
