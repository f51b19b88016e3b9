"""A small organization, its goals api and its consumer on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest_asyncio

from goals.api import build
from goals.inbound.kafka import HANDLERS
from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.settings import Settings
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_events import Numbering, person_state, quarter_opened
from plumbline_local.testing_services import ServiceWorld as World
from plumbline_local.testing_services import local_settings

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
OPENED = quarter_opened(CYCLE, ENGINEERING)
GOAL_SETTING = datetime(2026, 7, 2, 9, tzinfo=UTC)
MID_CYCLE = datetime(2026, 8, 14, 9, tzinfo=UTC)
LAST_DAYS = datetime(2026, 9, 17, 9, tzinfo=UTC)
REVIEW_DAY = datetime(2026, 9, 30, 9, tzinfo=UTC)


def person(person_id: str) -> PersonStateV1:
    manager, division, roles = PEOPLE[person_id]
    return person_state(person_id, manager, division=division, department="Payments", roles=roles)


@pytest_asyncio.fixture
async def world(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    settings = local_settings(Settings, database("goals"), tmp_path)
    told = Numbering(division=ENGINEERING, at=datetime(2026, 7, 1, 8, tzinfo=UTC))
    async with World.running(
        "goals", settings, build=build, handlers=HANDLERS, numbering=told, now=GOAL_SETTING
    ) as world:
        await world.receive([*(person(name) for name in PEOPLE), OPENED])
        yield world
