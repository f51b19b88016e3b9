"""What the tests of services share: an api spoken to as anybody, an inbox that is told events, an outbox that is read."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.event import Event
from plumbline.contracts.grants import group_of
from plumbline.runtime.database import connect
from plumbline.runtime.inbox import Handler, Inbox
from plumbline.runtime.issuer import create_keys, issue_token
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_events import Numbering

S = TypeVar("S", bound=Settings)


def local_settings(kind: type[S], database: Database, state: Path) -> S:
    """A service's settings on ``database``; its api believes whom ``signed_in`` signs in with the same ``state``."""
    create_keys(state, local=True)
    return kind(local=True, state=state, database_url=database.worker_url, api_database_url=database.api_url)


def signed_in(
    who: str, state: Path, *, at: datetime | None = None, key: str = "", match: int | None = None
) -> dict[str, str]:
    """The headers of a request of this person, made ``at`` a played instant or now.

    ``key`` is the request's idempotency key, if it has one, and ``match`` the version that it was made for.
    """
    token = issue_token(who, state, now=datetime.now(UTC), local=True)
    return {
        "Authorization": f"Bearer {token}",
        **({} if at is None else {"Plumbline-Now": at.isoformat()}),
        **({"Idempotency-Key": key} if key else {}),
        **({} if match is None else {"If-Match": f'"{match}"'}),
    }


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """Speaks to an api in this process; its connections to the database are closed in the end."""
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            yield client
    finally:
        await app.state.engine.dispose()


async def published(engine: AsyncEngine, kind: str = "%") -> list[tuple[str, dict[str, Any]]]:
    """Type and payload of the events in the outbox whose type is LIKE ``kind``, in the order of writing."""
    query = (
        "SELECT headers::json->>'ce_type', payload FROM outbox "
        "WHERE headers::json->>'ce_type' LIKE :kind ORDER BY id"
    )
    async with engine.connect() as tx:
        return [(row[0], json.loads(row[1])) for row in await tx.execute(sa.text(query), {"kind": kind})]


@dataclass(kw_only=True)
class ServiceWorld:
    """A service on a fresh database: its api as any person may call it at ``now``, its inbox and its outbox."""

    client: httpx.AsyncClient
    state: Path
    now: datetime
    worker: AsyncEngine
    api: AsyncEngine
    inbox: Inbox
    numbering: Numbering

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        service: str,
        settings: S,
        *,
        build: Callable[[S], FastAPI],
        handlers: Sequence[Handler],
        numbering: Numbering,
        now: datetime,
    ) -> AsyncGenerator[Self]:
        """The service with these ``local_settings``, and nothing in it yet."""
        app, worker = build(settings), connect(settings.database_url)
        try:
            async with client_of(app) as client:
                yield cls(
                    client=client,
                    state=settings.state or Path(),
                    now=now,
                    worker=worker,
                    api=app.state.engine,
                    inbox=Inbox(worker, consumer=group_of(service), handlers=handlers),
                    numbering=numbering,
                )
        finally:
            await worker.dispose()

    async def send(
        self,
        method: str,
        path: str,
        who: str,
        body: object = None,
        *,
        key: str | None = None,
        match: int | None = None,
    ) -> httpx.Response:
        """Whatever the api answers; a POST without ``key`` gets a new idempotency key, with "" none."""
        fresh = str(uuid4()) if method == "POST" else ""
        sent = signed_in(who, self.state, at=self.now, key=fresh if key is None else key, match=match)
        return await self.client.request(method, path, json=body, headers=sent)

    async def post(
        self, path: str, who: str, body: object = None, *, expect: int = 200, match: int | None = None
    ) -> dict[str, Any]:
        """The api's answer, which has the status ``expect``."""
        return _body(await self.send("POST", path, who, body, match=match), expect)

    async def get(self, path: str, who: str, *, expect: int = 200) -> dict[str, Any]:
        """The api's answer, which has the status ``expect``."""
        return _body(await self.send("GET", path, who), expect)

    async def receive(self, events: Sequence[Event]) -> None:
        """Apply these events in one batch, as if the bus had delivered them."""
        await self.inbox.receive([self.numbering.message(event) for event in events])

    async def published(self, kind: str = "%") -> list[dict[str, Any]]:
        """The payloads of the events in the outbox whose type is LIKE ``kind``, in the order of writing."""
        return [payload for _, payload in await published(self.worker, kind)]

    async def count(self, query: str) -> Any:  # noqa: ANN401 - whatever the query asks for
        """The only value that a query gives."""
        async with self.worker.connect() as tx:
            return (await tx.execute(sa.text(query))).scalar_one()


def assert_refused(
    command: Callable[[], object], rejected: type[Exception], *, field: str, status: str, words: str
) -> Any:  # noqa: ANN401 - each service's own error
    """The refusal that ``command`` ends in: it names ``field``, and its reason and way out contain ``words``."""
    with pytest.raises(rejected) as refused:
        command()
    error: Any = refused.value
    assert (error.field, error.status) == (field, status)
    assert words in f"{error.message}; {error.fix}"
    assert str(error) == f"{field}: {error.message}; {error.fix}"
    return error


def _body(answer: httpx.Response, expect: int) -> dict[str, Any]:
    assert answer.status_code == expect, answer.text
    return answer.json()
