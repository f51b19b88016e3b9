"""A company's file goes in as a set, not row by row, on a real PostgreSQL."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from people.api import build
from people.settings import PeopleSettings
from plumbline.runtime.outbox import outbox
from plumbline_local.databases import Database
from plumbline_local.made_up_company import export
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected
from plumbline_local.testing_services import client_of, local_settings, signed_in

FEW, MANY = 300, 6_000


async def import_thrice(made: Database, state: Path, people: int) -> dict[str, int]:
    """Statements from request to answer: everybody is new, nobody changed, every tenth got a raise."""
    app = build(local_settings(PeopleSettings, made, state))
    statements: list[object] = []

    def listen(connection: Any, _record: object) -> None:
        connection.driver_connection.add_query_logger(statements.append)

    def note(*described: object) -> None:
        statements.append(described[2])

    event.listen(app.state.engine.sync_engine, "before_cursor_execute", note)
    # What goes past SQLAlchemy.
    event.listen(app.state.engine.sync_engine, "connect", listen)
    counted: dict[str, int] = {}
    async with client_of(app) as client:
        for name, text, changed in (
            ("new", export(people), people),
            ("unchanged", export(people), 0),
            ("raised", export(people, raised=True), people // 10),
        ):
            sent = signed_in("admin", state)
            before = len(statements)
            answer = await client.post("/imports/people", content=text, headers=sent)
            counted[name] = len(statements) - before
            assert answer.json()["changed"] == changed, answer.text[:500]
    return counted


async def count_events(made: Database) -> int:
    """How many events wait to be published."""
    async with connected(made.owner_url) as owner, owner.begin() as tx:
        return (await tx.execute(sa.select(sa.func.count()).select_from(outbox))).scalar_one()


async def test_a_long_file_takes_hardly_more_statements_than_a_short_one(
    database: MakeDatabase, tmp_path: Path
) -> None:
    small, large = database("people"), database("people")
    few = await import_thrice(small, tmp_path / "few", FEW)
    many = await import_thrice(large, tmp_path / "many", MANY)
    assert await count_events(large) == 3 * MANY + MANY // 10
    assert min(few.values()) > 3
    # The events of 2,000 people at once are written together.
    assert many["new"] - few["new"] <= 4 * MANY // 2_000, (many, few)
    assert (many["unchanged"], many["raised"]) == (few["unchanged"], few["raised"])
