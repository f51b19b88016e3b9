"""A small organization, its reviews api and its consumer on a real PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio

from plumbline.contracts.people import PersonStateV1
from plumbline.runtime.settings import Settings
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_events import Numbering, person_state
from plumbline_local.testing_services import ServiceWorld, local_settings, published
from reviews.api import build
from reviews.inbound.kafka import HANDLERS

CYCLE = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a11")
ENGINEERING = "Engineering"

# person → manager, department, roles; everybody is in Engineering unless a role says otherwise.
PEOPLE: dict[str, tuple[str | None, str, tuple[str, ...]]] = {
    "vp": (None, "Leadership", ()),
    "mia": ("vp", "Platform", ()),
    "max": ("vp", "Platform", ()),
    "ann": ("mia", "Platform", ()),
    "bob": ("mia", "Platform", ()),
    "cem": ("max", "Platform", ()),
    "paula": ("vp", "Payments", ()),
    "jane": ("paula", "Payments", ()),
}
STAFF: dict[str, tuple[str, ...]] = {
    "cora": ("coordinator",),
    "hanna": (f"hr_partner:{ENGINEERING}",),
    "hugo": ("hr_partner:Sales",),
    "audrey": ("auditor",),
    "pay": ("payroll",),
    "admin": ("admin",),
    "fay": (),
}
POLICY: dict[str, Any] = {
    "version": "2026.1",
    "merit": {
        "hire_cut_off": "09-30",
        "matrix": {
            "5": ["10", "9", "8", "7"],
            "4": ["9", "8", "7", "5"],
            "3": ["5", "4.5", "4", "3"],
            "2": ["2", "1.5", "1", "0"],
            "1": ["0", "0", "0", "0"],
        },
        "floors": {"5": "5", "4": "5", "3": "3", "2": "0", "1": "0"},
    },
    "ranges": [{"level": "L4", "location": "*", "currency": "USD", "minimum": "145000", "maximum": "215000"}],
    "guideline": {
        "5": ["5", "10"],
        "4": ["20", "30"],
        "3": ["50", "60"],
        "2": ["10", "15"],
        "1": ["0", "5"],
    },
    "equity": {"parts": 16, "grid": {"L4": {"4": 3000}}},
}
DRAFT: dict[str, Any] = {
    "cycle_id": str(CYCLE),
    "name": "Q3 2026",
    "divisions": [{"division": ENGINEERING, "time_zone": "America/New_York"}],
    "period_start": "2026-07-01",
    "period_end": "2026-09-30",
    "phases": [
        {"name": "review", "opens_on": "2026-09-21", "deadline_on": "2026-09-25"},
        {"name": "calibration", "opens_on": "2026-09-28", "deadline_on": "2026-09-30"},
    ],
    "sessions": [{"division": ENGINEERING, "department": "Platform", "facilitator_id": "fay"}],
    "pools": [{"division": ENGINEERING, "currency": "USD", "budget_amount": "100000.00"}],
    "merit": True,
}
REVIEW_DAY = datetime(2026, 9, 22, 12, tzinfo=UTC)
CALIBRATION_DAY = datetime(2026, 9, 28, 15, tzinfo=UTC)


def person(person_id: str, manager: str | None, department: str, roles: tuple[str, ...]) -> PersonStateV1:
    division = "HQ" if department == "Staff" else ENGINEERING
    return person_state(person_id, manager, division=division, department=department, roles=roles)


class World(ServiceWorld):
    """The service, whose events are told with their types."""

    async def published(self, kind: str = "%") -> list[dict[str, Any]]:
        return [{"type": type_name, **payload} for type_name, payload in await published(self.worker, kind)]


@pytest_asyncio.fixture
async def world(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    settings = local_settings(Settings, database("reviews"), tmp_path)
    told = Numbering(division=ENGINEERING, at=datetime(2026, 9, 29, 10, tzinfo=UTC))
    people = [person(name, *where) for name, where in PEOPLE.items()]
    staff = [person(name, None, "Staff", roles) for name, roles in STAFF.items()]
    async with World.running(
        "reviews", settings, build=build, handlers=HANDLERS, numbering=told, now=REVIEW_DAY
    ) as world:
        await world.receive([*people, *staff])
        yield world


@pytest_asyncio.fixture
async def cycle(world: World) -> World:
    """The world with a cycle whose review phase is open."""
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": POLICY}
    await world.post("/policies", "cora", body, expect=201)
    await world.post("/cycles", "cora", DRAFT, expect=201)
    await world.post(f"/cycles/{CYCLE}/approve", "cora")
    await world.post(f"/cycles/{CYCLE}/phases/review/open", "cora")
    return world


def self_assessment(overall: int = 4) -> dict[str, Any]:
    return {
        "overall": overall,
        "okr_results": [{"key_result": "Schema", "target": "W2", "actual": "W2", "grade": "Met"}],
        "accomplishments": ["Led the migration"],
        "growth_areas": ["Delegation"],
        "aspirations": ["Staff Engineer"],
    }


def assessment(person_id: str, rating: int = 3, **more: object) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "strengths": ["Technical execution"],
        "development_areas": ["Delegate more"],
        "proposed_rating": rating,
        **more,
    }


Assess = Callable[..., Awaitable[dict[str, Any]]]


async def assess(
    world: World, manager: str, *assessments: dict[str, Any], expect: int = 200
) -> dict[str, Any]:
    return await world.post(
        f"/cycles/{CYCLE}/manager-assessments", manager, {"assessments": list(assessments)}, expect=expect
    )
