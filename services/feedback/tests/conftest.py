"""A small organization, the feedback api and its consumer on a real PostgreSQL."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from feedback.api import build
from feedback.inbound.kafka import HANDLERS
from feedback.settings import FeedbackSettings
from plumbline.runtime.database import connect
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_services import local_settings

# So that the tests find the organization that they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))
from organization import PEOPLE, REVIEW_DAY, World, cycle_opened, numbering, person


@pytest_asyncio.fixture
async def world(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    """Everybody is known and the cycle is open."""
    made = database("feedback")
    settings = local_settings(FeedbackSettings, made, tmp_path)
    async with World.running(
        "feedback", settings, build=build, handlers=HANDLERS, numbering=numbering(), now=REVIEW_DAY
    ) as world:
        world.owner = connect(made.owner_url)
        await world.receive([person(name) for name in PEOPLE])
        await world.receive([cycle_opened()])
        yield world
        await world.owner.dispose()
