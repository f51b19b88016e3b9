"""What cannot be sent is listed with its reason, and goes on in order when somebody releases it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from relays import change, drained, published, relaying, sequences, write
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from plumbline.cli.main import build
from plumbline.runtime import relay, topics
from plumbline.runtime.outbox_repair import list_quarantined
from plumbline_local.databases import Database
from plumbline_local.testing_databases import connected, rows

FIT = 4000


@pytest.fixture
async def engine(base: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(base.worker_url) as engine:
        yield engine


@pytest.fixture
def stack(base: Database, kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which the outcomes service runs, as far as a command can tell."""
    service = {"name": "outcomes", "url": "http://127.0.0.1:9", "database_url": base.worker_url}
    state = {"folder": str(tmp_path), "kafka": kafka, "services": [service]}
    (tmp_path / "state.json").write_text(json.dumps(state))
    monkeypatch.setenv("PLUMBLINE_STATE", str(tmp_path))


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, build(), ["quarantine", *arguments])


async def listed() -> dict[str, list[dict[str, object]]]:
    return json.loads((await command("list", "--json")).stdout)


async def relay_until_quarantined(engine: AsyncEngine, base: Database, kafka: str) -> None:
    async with relaying(engine, base, kafka), asyncio.timeout(60):
        while True:
            async with engine.begin() as tx:
                if await list_quarantined(tx):
                    return
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("stack")
async def test_a_quarantined_event_is_listed_and_goes_first_when_it_is_released(
    engine: AsyncEngine, base: Database, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await topics.apply(kafka)
    person = f"{base.name}-a"
    monkeypatch.setattr(relay, "MAX_RECORD_BYTES", FIT)
    await write(engine, change(person), change(person))
    async with engine.begin() as tx:
        larger = (
            "UPDATE outbox SET payload = payload || decode(repeat('20', :more), 'hex') WHERE sequence = 1"
        )
        await tx.execute(sa.text(larger), {"more": FIT})
    await relay_until_quarantined(engine, base, kafka)
    (row,) = (await listed())["quarantined"]
    assert (row["service"], row["key"], row["sequence"], row["behind"]) == ("outcomes", person, 1, 1)
    assert str(row["reason"]).endswith(f"bytes are more than the broker takes ({FIT})")
    assert "payload" not in row
    released = ("release", str(row["id"]), "--service", "outcomes", "--as", "olga")
    assert (await command(*released)).stdout == "released\n"
    assert await listed() == {"quarantined": [], "held": []}
    # What is still too large comes back.
    await relay_until_quarantined(engine, base, kafka)
    monkeypatch.setattr(relay, "MAX_RECORD_BYTES", 1_000_000)
    assert (await command(*released)).stdout == "released\n"
    async with relaying(engine, base, kafka):
        await drained(engine)
    assert sequences(await published(kafka, {person}, 2), person) == [1, 2]
    whole = "SELECT who, action, subject, service, purpose FROM audit_log"
    said = (
        "operator:olga",
        "decide",
        person,
        "outcomes",
        f"release: quarantined event {row['id']} of {row['topic']}",
    )
    assert await rows(engine, whole) == [said, said]
    assert await listed() == {"quarantined": [], "held": []}


@pytest.mark.usefixtures("stack")
async def test_a_topic_that_is_held_is_listed_with_what_waits_and_what_to_do(engine: AsyncEngine) -> None:
    await write(engine, change("a"), change("b"))
    async with engine.begin() as tx:
        held = "INSERT INTO outbox_held (topic, reason) SELECT DISTINCT topic, 'missing; make it' FROM outbox"
        await tx.execute(sa.text(held))
        await tx.execute(
            sa.text("INSERT INTO outbox_held (topic, reason) VALUES ('pm.idle', 'nothing waits')")
        )
    (topic,) = (await listed())["held"]
    assert (topic["rows"], topic["reason"]) == (2, "missing; make it")
    table = (await command("list", "--service", "outcomes")).stdout
    assert "1 topics are held" in table


@pytest.mark.usefixtures("stack")
async def test_who_releases_what_is_not_there_is_told_so(engine: AsyncEngine) -> None:
    refused = await command("release", "4711", "--service", "outcomes")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "no quarantined row 4711" in refused.stderr
    assert (await command("release", "1", "--service", "nobody")).exit_code == 2
