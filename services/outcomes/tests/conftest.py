"""The database and the bus of the outcomes service's tests."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime.directory import DirectoryPerson
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected

# So that the tests find the events that they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))
from followed import Company, company, rate, release
from generated import make_people, store_company
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
    """Five people, rated and told."""
    await rate(bus, engine)
    await release(bus)
    async with company(base, bus, engine, tmp_path) as firm:
        yield firm


@pytest.fixture
async def unpaid(base: Database, bus: Bus, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Company]:
    """Two people are rated, and one is paid."""
    async with unpaid_firm(base, bus, engine, tmp_path) as firm:
        yield firm


@pytest.fixture(params=range(3))
def people(request: pytest.FixtureRequest) -> dict[str, DirectoryPerson]:
    """A generated company."""
    return make_people(request.param)


@pytest.fixture
async def api(
    base: Database, engine: AsyncEngine, people: dict[str, DirectoryPerson]
) -> AsyncIterator[AsyncEngine]:
    """The api's own role, which row-level security holds to divisions, where ``people`` have outcomes."""
    async with engine.begin() as tx:
        await store_company(tx, people, seed=len(people))
    async with connected(base.api_url) as api:
        yield api
