"""A small organization, the feedback api and its consumer on a real PostgreSQL."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from feedback.api import build
from feedback.inbound.kafka import HANDLERS
from feedback.settings import FeedbackSettings
from plumbline.runtime.database import connect
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.issuer import create_keys
from plumbline_local.testing import MakeDatabase

# So that the tests find the organization that they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))
from organization import PEOPLE, World, cycle_opened, person


@pytest_asyncio.fixture
async def world(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    """Everybody is known and the cycle is open."""
    made = database("feedback")
    create_keys(tmp_path, local=True)
    settings = FeedbackSettings(
        local=True, state=tmp_path, database_url=made.worker_url, api_database_url=made.api_url
    )
    worker, owner = connect(made.worker_url), connect(made.owner_url)
    app = build(settings)
    world = World(
        app=httpx.ASGITransport(app),
        owner=owner,
        api=app.state.engine,
        inbox=Inbox(worker, consumer="pm.feedback", handlers=HANDLERS),
        state=tmp_path,
    )
    await world.receive([person(name) for name in PEOPLE])
    await world.receive([cycle_opened()])
    yield world
    await worker.dispose()
    await owner.dispose()
    await app.state.engine.dispose()
