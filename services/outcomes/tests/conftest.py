"""The database and the bus of the outcomes service's tests."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected

# So that the tests find the events that they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))
from followed import Company
from published import Bus
from unpaid import unpaid_firm


@pytest.fixture
def base(database: MakeDatabase) -> Database:
    return database("outcomes")


@pytest.fixture
async def engine(base: Database) -> AsyncIterator[AsyncEngine]:
    async with connected(base.worker_url) as engine:
        yield engine


@pytest.fixture
def bus(engine: AsyncEngine) -> Bus:
    return Bus(engine)


@pytest.fixture
async def firm(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Company]:
    async with unpaid_firm(base, bus, engine, tmp_path) as firm:
        yield firm
