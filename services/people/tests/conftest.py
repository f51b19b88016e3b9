"""The people api on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from people.api import build
from people.settings import PeopleSettings
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected
from plumbline_local.testing_services import client_of, local_settings, signed_in

from .exported import Post


@pytest.fixture
def people_database(database: MakeDatabase) -> Database:
    return database("people")


@pytest_asyncio.fixture
async def owner(people_database: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(people_database.owner_url) as engine:
        yield engine


@pytest_asyncio.fixture
async def client(people_database: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(build(local_settings(PeopleSettings, people_database, tmp_path))) as opened:
        yield opened


@pytest.fixture
def post(client: httpx.AsyncClient, tmp_path: Path) -> Post:
    async def send(text: str, *, kind: str = "people", who: str = "admin", **query: Any) -> httpx.Response:
        return await client.post(
            f"/imports/{kind}",
            content=text.encode(),
            params=query,
            headers={**signed_in(who, tmp_path), "Content-Type": "text/csv"},
        )

    return send
