"""Every service's worker dies while a company's people come in, and each ends up with the same directory."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from oracle import Database
from processes import lay_out, until

from people.settings import LOCAL_ADMIN
from plumbline.runtime.directory import directory
from plumbline.runtime.issuer import issue_token
from plumbline_local.state import StackState

DEATHS = {
    "people": ("relay.read", "relay.mid_send", "relay.committed", "relay.mid_delete"),
    "goals": ("inbox.before", "inbox.before_commit", "inbox.after_ack"),
    "feedback": ("inbox.after", "inbox.after_commit"),
    "reviews": ("inbox.rows", "inbox.before_ack"),
    "calibration": ("inbox.before_commit", "inbox.after_ack", "inbox.after"),
    "outcomes": ("inbox.after_commit", "inbox.before", "inbox.rows"),
}
PEOPLE_SERVICE = "people"
COLUMNS = ", ".join(column.name for column in directory.columns)
LEFT_OVER = """
SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM outbox_quarantine),
       (SELECT count(*) FROM inbox_parked), (SELECT count(*) FROM inbox_waiting)
"""

pytestmark = pytest.mark.faults


async def test_every_directory_equals_people_whatever_died(
    whole_faulty_stack: StackState, failpoints: Path, pytestconfig: pytest.Config
) -> None:
    stack = whole_faulty_stack
    databases = {each.name: Database(stack=stack, service=each.name) for each in stack.services}
    assert set(databases) == set(DEATHS)
    deaths = [lay_out(failpoints, name, service=service) for service in DEATHS for name in DEATHS[service]]
    file = (pytestconfig.rootpath / "docs" / "examples" / "people.csv").read_bytes()
    await import_people(stack, file)
    await until("everybody died everywhere", lambda: not any(path.exists() for path in deaths))
    people = await rows(databases[PEOPLE_SERVICE], "person")
    assert len(people) == len(file.splitlines()) - 1
    others = {name: database for name, database in databases.items() if name != PEOPLE_SERVICE}
    for database in others.values():
        await database.until(f"SELECT {COLUMNS} FROM directory ORDER BY person_id", expected=people)
    for database in databases.values():
        await database.until(LEFT_OVER, expected=[(0, 0, 0, 0)])


async def import_people(stack: StackState, file: bytes) -> None:
    """Import through the api, asking again with the same key while the process is dead."""
    (service,) = [each for each in stack.services if each.name == PEOPLE_SERVICE]
    token = issue_token(LOCAL_ADMIN, stack.folder, now=datetime.now(UTC), local=True)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "text/csv",
        "Idempotency-Key": str(uuid4()),
    }
    async with asyncio.timeout(90), httpx.AsyncClient(headers=headers, timeout=60) as client:
        while True:
            try:
                answer = await client.post(f"{service.url}/imports/people", content=file)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                break
    assert answer.status_code == 200, answer.text


async def rows(database: Database, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await database.fetch(f"SELECT {COLUMNS} FROM {table} ORDER BY person_id")]
