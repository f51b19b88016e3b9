"""Who works in the tests, and how they speak to the service."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.cycle import CycleOpenedV1
from plumbline.contracts.event import Event
from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.issuer import issue_token
from plumbline.runtime.message import Message

CYCLE = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a11")
ENGINEERING = "Engineering"
RATERS = ("ann", "bob", "cem", "dan", "eve")

# person → manager, division, roles.
PEOPLE: dict[str, tuple[str | None, str, tuple[str, ...]]] = {
    "vp": (None, ENGINEERING, ()),
    "mia": ("vp", ENGINEERING, ()),
    "max": ("vp", ENGINEERING, ()),
    "jane": ("mia", ENGINEERING, ()),
    "ann": ("mia", ENGINEERING, ()),
    "bob": ("mia", ENGINEERING, ()),
    "cem": ("max", ENGINEERING, ()),
    "dan": ("max", ENGINEERING, ()),
    "eve": ("max", ENGINEERING, ()),
    "sam": (None, "Sales", ()),
    "cora": (None, "HQ", ("coordinator",)),
    "hanna": (None, "HQ", (f"hr_partner:{ENGINEERING}",)),
    "hugo": (None, "HQ", ("hr_partner:Sales",)),
    "audrey": (None, "HQ", ("auditor",)),
    "gone": ("max", ENGINEERING, ()),
}


def person(name: str) -> PersonStateV1:
    manager, division, roles = PEOPLE[name]
    return PersonStateV1(
        person_id=name,
        manager_id=manager,
        division=division,
        department="Platform",
        team="Platform",
        level="L4",
        hire_date=date(2020, 1, 1),
        status="left" if name == "gone" else "active",
        roles=roles,
    )


def cycle_opened() -> CycleOpenedV1:
    return CycleOpenedV1(
        cycle_id=CYCLE,
        name="Q3 2026",
        divisions=(ENGINEERING,),
        period_start=date(2026, 7, 1),
        period_end=date(2026, 9, 30),
        phases=(),
        sessions=(),
        policies=(),
        template_version="2026.1",
    )


def message(event: Event, *, sequence: int) -> Message:
    return Message(
        topic=event.TOPIC.name,
        partition=0,
        offset=0,
        key=event.aggregate,
        headers={
            "ce_type": event.TYPE,
            "ce_sequence": str(sequence),
            "ce_id": f"event-{event.aggregate}-{sequence}",
            "ce_division": ENGINEERING,
            "ce_time": "2026-09-29T10:00:00+00:00",
        },
        payload=event.model_dump_json().encode(),
    )


@dataclass(kw_only=True)
class World:
    app: httpx.ASGITransport
    owner: AsyncEngine
    api: AsyncEngine
    inbox: Inbox
    state: Path
    now: datetime = datetime(2026, 9, 22, 12, tzinfo=UTC)
    sequences: dict[str, int] = field(default_factory=dict[str, int])

    async def send(
        self, method: str, path: str, who: str, body: object = None, *, key: str | None = None
    ) -> httpx.Response:
        sent = {
            "Authorization": f"Bearer {issue_token(who, self.state, now=datetime.now(UTC), local=True)}",
            "Plumbline-Now": self.now.isoformat(),
            "Idempotency-Key": key or str(uuid4()),
        }
        async with httpx.AsyncClient(transport=self.app, base_url="http://feedback") as client:
            return await client.request(method, path, json=body, headers=sent)

    async def post(self, path: str, who: str, body: object = None, *, expect: int = 200) -> dict[str, Any]:
        answer = await self.send("POST", path, who, body if body is not None else {})
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
            self.sequences[name] = self.sequences.get(name, 0) + 1
            messages.append(message(event, sequence=self.sequences[name]))
        await self.inbox.receive(messages)

    async def published(self, type_name: str = "%") -> list[dict[str, Any]]:
        query = "SELECT payload FROM outbox WHERE headers::json->>'ce_type' LIKE :name ORDER BY id"
        async with self.owner.connect() as tx:
            rows = (await tx.execute(sa.text(query), {"name": type_name})).scalars().all()
        return [json.loads(row) for row in rows]

    async def count(self, query: str) -> int:
        async with self.owner.connect() as tx:
            return (await tx.execute(sa.text(query))).scalar_one()

    async def dump(self) -> dict[str, list[str]]:
        """Every row of every table as text, with the transaction that wrote it; by table, in stored order."""
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        found: dict[str, list[str]] = {}
        async with self.owner.connect() as tx:
            for name in (await tx.execute(sa.text(tables))).scalars().all():
                # Bytes as text, so that what is stored as bytes is found too.
                await tx.execute(sa.text("SET LOCAL bytea_output = 'escape'"))
                rows = await tx.execute(sa.text(f"SELECT t::text || ' xmin=' || t.xmin FROM \"{name}\" AS t"))
                found[name] = [*rows.scalars().all()]
        return found


async def open_round(
    world: World, subject: str = "jane", manager: str = "mia", raters: Sequence[str] = RATERS
) -> str:
    """The id of an open round with these raters."""
    body = {"rounds": [{"raters": list(raters)}]}
    made = await world.post(f"/cycles/{CYCLE}/rounds", subject, body)
    approve = {"rounds": [{"person_id": subject}]}
    await world.post(f"/cycles/{CYCLE}/rounds/approve", manager, approve)
    return made["rounds"][0]["round_id"]


def form(round_id: str, *, score: int | None = 4, author: str = "", **more: object) -> dict[str, Any]:
    return {
        "round_id": round_id,
        "relationship": "peer",
        "does_well": f"wellword{author} explains designs",
        "to_improve": f"improveword{author} shares context",
        "work_again": "yes",
        "score": score,
        **more,
    }


async def answer(
    world: World, round_id: str, author: str, *, expect: int = 200, **more: Any
) -> dict[str, Any]:
    sent = {"answers": [form(round_id, author=author, **more)]}
    return await world.post("/answers", author, sent, expect=expect)
