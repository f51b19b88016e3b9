"""A small organization, its goals api and its consumer on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from goals.api import build
from goals.inbound.kafka import HANDLERS
from plumbline.contracts.cycle import CycleOpenedV1
from plumbline.contracts.event import Event
from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.database import connect
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.issuer import create_keys, issue_token
from plumbline.runtime.message import Message
from plumbline.runtime.settings import Settings
from plumbline_local.testing import MakeDatabase

CYCLE = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a11")
ENGINEERING = "Engineering"
# person → manager, division, roles
PEOPLE: dict[str, tuple[str | None, str, tuple[str, ...]]] = {
    "vp": (None, ENGINEERING, ()),
    "paula": ("vp", ENGINEERING, ()),
    "jane": ("paula", ENGINEERING, ()),
    "bob": ("paula", ENGINEERING, ()),
    "sam": (None, "Sales", ()),
    "cora": (None, "HQ", ("coordinator",)),
    "hanna": (None, "HQ", (f"hr_partner:{ENGINEERING}",)),
    "hugo": (None, "HQ", ("hr_partner:Sales",)),
    "audrey": (None, "HQ", ("auditor",)),
}
OPENED = CycleOpenedV1(
    cycle_id=CYCLE,
    name="Q3 2026",
    divisions=(ENGINEERING,),
    period_start=date(2026, 7, 1),
    period_end=date(2026, 9, 30),
    phases=(),
    sessions=(),
    policies=(),
    template_version="v1",
)
GOAL_SETTING = datetime(2026, 7, 2, 9, tzinfo=UTC)
MID_CYCLE = datetime(2026, 8, 14, 9, tzinfo=UTC)
LAST_DAYS = datetime(2026, 9, 17, 9, tzinfo=UTC)
REVIEW_DAY = datetime(2026, 9, 30, 9, tzinfo=UTC)


@dataclass(kw_only=True)
class World:
    app: httpx.ASGITransport
    worker: AsyncEngine
    inbox: Inbox
    state: Path
    now: datetime = GOAL_SETTING
    sequences: dict[str, int] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, who: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        token = issue_token(who, self.state, now=datetime.now(UTC), local=True)
        sent = {
            "Authorization": f"Bearer {token}",
            "Plumbline-Now": self.now.isoformat(),
            **({"Idempotency-Key": str(uuid4())} if method == "POST" else {}),
            **(headers or {}),
        }
        async with httpx.AsyncClient(transport=self.app, base_url="http://goals") as client:
            return await client.request(method, path, json=body, headers=sent)

    async def post(self, path: str, who: str, body: object = None, *, expect: int = 200) -> dict[str, Any]:
        answer = await self.send("POST", path, who, body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def get(self, path: str, who: str, *, expect: int = 200) -> dict[str, Any]:
        answer = await self.send("GET", path, who)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def receive(self, events: Sequence[Event]) -> None:
        messages: list[Message] = []
        for event in events:
            name = f"{event.TOPIC.name}/{event.aggregate}"
            sequence = self.sequences[name] = self.sequences.get(name, 0) + 1
            headers = {
                "ce_type": event.TYPE,
                "ce_sequence": str(sequence),
                "ce_id": f"event-{event.aggregate}-{sequence}",
                "ce_division": ENGINEERING,
                "ce_time": "2026-07-01T08:00:00+00:00",
            }
            messages.append(
                Message(
                    topic=event.TOPIC.name,
                    partition=0,
                    offset=0,
                    key=event.aggregate,
                    headers=headers,
                    payload=event.model_dump_json().encode(),
                )
            )
        await self.inbox.receive(messages)

    async def published(self, type_name: str) -> list[dict[str, Any]]:
        query = sa.text(
            "SELECT payload FROM outbox WHERE headers::json->>'ce_type' = :name ORDER BY id"
        ).bindparams(name=type_name)
        async with self.worker.connect() as tx:
            return [json.loads(payload) for payload in (await tx.execute(query)).scalars()]

    async def count(self, query: str) -> int:
        async with self.worker.connect() as tx:
            return (await tx.execute(sa.text(query))).scalar_one()


def person(person_id: str) -> PersonStateV1:
    manager, division, roles = PEOPLE[person_id]
    return PersonStateV1(
        person_id=person_id,
        manager_id=manager,
        division=division,
        department="Payments",
        team="Payments",
        level="L4",
        hire_date=date(2020, 1, 1),
        roles=roles,
    )


@pytest_asyncio.fixture
async def world(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    made = database("goals")
    create_keys(tmp_path, local=True)
    settings = Settings(
        local=True, state=tmp_path, database_url=made.worker_url, api_database_url=made.api_url
    )
    worker, app = connect(made.worker_url), build(settings)
    inbox = Inbox(worker, consumer="pm.goals", handlers=HANDLERS)
    world = World(app=httpx.ASGITransport(app), worker=worker, inbox=inbox, state=tmp_path)
    await world.receive([*(person(name) for name in PEOPLE), OPENED])
    yield world
    await worker.dispose()
    await app.state.engine.dispose()
