"""A released cycle of five people, and the api spoken to at any played instant, for the follow-ups' tests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import sqlalchemy as sa
from published import CYCLE, DIVISION, NOW, Bus, assessed, finalized, opened, pay, person, policy, session_of
from sqlalchemy.ext.asyncio import AsyncEngine

from outcomes.api import build
from outcomes.usecases.attest_standing import attest_standing
from plumbline.contracts.cycle import ResultsReleasedV1
from plumbline.contracts.event import Rating
from plumbline.contracts.feedback import ConcernChangedV1
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_services import client_of, local_settings, published, signed_in

DAY = datetime(2027, 1, 11, 9, tzinfo=UTC)
RATINGS: dict[str, Rating] = {"jane": "4", "grow": "3", "two": "2", "low": "1", "bare": "1"}
STAFF = (
    person("vp", manager=None),
    person("boss", manager="vp"),
    person("hr", manager="vp", roles=(f"hr_partner:{DIVISION}",)),
    person("auditor", manager="vp", roles=("auditor",)),
)


# Why an award was not signed, and what to do.
NOT_AWARDED = {
    "code": "not_found_or_not_awarded",
    "fix": "name awards that GET /cycles/{cycle_id}/approvals shows you",
}
NOT_YOUR_TURN = {
    "code": "not_your_turn",
    "fix": "sign it when GET /cycles/{cycle_id}/approvals shows it to you",
}
APPROVED = {"code": "approved_already", "fix": "nothing is left to sign; leave it out"}


def outcome_of(name: str, component: str, *, revision: int = 1) -> UUID:
    return uuid5(session_of("Payments"), f"{name}/{revision}/{component}")


def concern(number: int, occurred_on: date, *, person_id: str = "low") -> ConcernChangedV1:
    return ConcernChangedV1(
        concern_id=UUID(int=number),
        cycle_id=CYCLE,
        person_id=person_id,
        gap="delivery",
        occurred_on=occurred_on,
        recorded_on=occurred_on + timedelta(days=1),
        delivered_on=occurred_on + timedelta(days=2),
        acknowledged_on=occurred_on + timedelta(days=3),
        resource_offered_on=occurred_on + timedelta(days=3),
    )


async def rate(bus: Bus, engine: AsyncEngine) -> None:
    """Everybody rated; the one with documented concerns gets a PIP proposal, the other a 90-day plan."""
    people = [event for name in RATINGS for event in (person(name), pay(name))]
    reviews = [assessed(name, promotion=name == "jane") for name in RATINGS]
    await bus.publish(*STAFF, *people, policy(), opened("Payments"), *reviews)
    await bus.publish(concern(1, date(2026, 10, 10)), concern(2, date(2026, 11, 2)))
    await attest(engine, "low")
    await bus.publish(*finalized("Payments", RATINGS))


async def attest(engine: AsyncEngine, name: str, *, at: datetime = NOW) -> None:
    async with engine.begin() as tx:
        await attest_standing(tx, cycle_id=CYCLE, person_ids=[name], by="hr", now=at)


async def release(bus: Bus) -> None:
    await bus.publish(ResultsReleasedV1(cycle_id=CYCLE, released_on=DAY.date()))


@dataclass
class Company:
    """The api as any person may call it on any day after the start."""

    client: httpx.AsyncClient
    state: Path
    bus: Bus
    engine: AsyncEngine

    async def post(
        self, path: str, body: object, *, as_: str, day: int = 0, key: str | None = None
    ) -> httpx.Response:
        headers = self._headers(as_, day, key=str(uuid4()) if key is None else key)
        return await self.client.post(path, json=body, headers=headers)

    async def done(self, path: str, body: object, *, as_: str, day: int = 0) -> Any:
        answer = await self.post(path, body, as_=as_, day=day)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, path: str, body: object, *, as_: str, day: int = 0) -> tuple[int, str, str]:
        """Status, code and the sentence; every refusal but the policy's says what to do."""
        answer = await self.post(path, body, as_=as_, day=day)
        said = answer.json()
        assert said.get("fix") or said.get("errors"), said
        return answer.status_code, said["code"], said["detail"]

    async def outcomes(self, *, as_: str, name: str, component: str) -> list[dict[str, Any]]:
        path = f"/cycles/{CYCLE}/outcomes?person_id={name}&component={component}"
        answer = await self.client.get(path, headers=self._headers(as_, 0))
        return answer.json()["outcomes"]

    async def events(self, kind: str) -> list[dict[str, Any]]:
        return [payload for _, payload in await published(self.engine, f"pm.outcomes.{kind}.v1")]

    async def audited(self) -> set[tuple[str, str, str, str]]:
        query = sa.text("SELECT who, action, resource, subject FROM audit_log")
        async with self.engine.begin() as tx:
            return {(row[0], row[1], row[2], row[3]) for row in (await tx.execute(query)).all()}

    def _headers(self, as_: str, day: int, *, key: str = "") -> dict[str, str]:
        return signed_in(as_, self.state, at=DAY + timedelta(days=day), key=key)


@asynccontextmanager
async def company(base: Database, bus: Bus, engine: AsyncEngine, state: Path) -> AsyncGenerator[Company]:
    async with client_of(build(local_settings(Settings, base, state))) as client:
        yield Company(client=client, state=state, bus=bus, engine=engine)
