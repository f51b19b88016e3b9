"""A department with two teams, its calibration api and its consumer on a real PostgreSQL."""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
import pytest_asyncio

from calibration.api import build
from calibration.inbound.kafka import HANDLERS
from plumbline.contracts.cycle import (
    CycleOpenedV1,
    DepartmentReviewsCompletedV1,
    FrozenPolicyV1,
    PlannedSessionV1,
    proposals_digest,
)
from plumbline.contracts.event import Event
from plumbline.contracts.people import DemographicsStateV1, PersonStateV1
from plumbline.contracts.policy import MeritPolicyV1, PolicyDocumentV1, PolicyStateV1
from plumbline.contracts.reviews import ManagerAssessmentSubmittedV1
from plumbline.runtime.settings import Settings
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_events import Numbering, person_state, quarter_opened
from plumbline_local.testing_services import ServiceWorld, local_settings

# So that the tests find what they share; the tests are no package.
sys.path.insert(0, str(Path(__file__).parent))

CYCLE = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a11")
ENGINEERING = "Engineering"
SESSION = uuid5(CYCLE, f"{ENGINEERING}/Platform")
NOW = datetime(2026, 9, 29, 10, tzinfo=UTC)
# person → manager, team, proposed rating: team A is rated "Exceeds" more often than the house's limit allows.
CASES: dict[str, tuple[str, str, int]] = {
    "mia": ("vp", "Lead", 4),
    "max": ("vp", "Lead", 3),
    "a1": ("mia", "A", 5),
    "a2": ("mia", "A", 4),
    "a3": ("mia", "A", 4),
    "a4": ("mia", "A", 3),
    "a5": ("mia", "A", 3),
    "b1": ("max", "B", 3),
    "b2": ("max", "B", 3),
    "b3": ("max", "B", 3),
    "b4": ("max", "B", 2),
    "b5": ("max", "B", 4),
}
STAFF: dict[str, tuple[str, ...]] = {
    "fay": (),
    "cora": ("coordinator",),
    "hanna": (f"hr_partner:{ENGINEERING}",),
    "hugo": ("hr_partner:Sales",),
    "audrey": ("auditor",),
}
PROPOSALS = [(name, str(rating)) for name, (_, _, rating) in CASES.items()]


def person(name: str, manager: str | None, team: str, *, division: str = ENGINEERING) -> PersonStateV1:
    department = "Platform" if name in CASES else "Office"
    roles = STAFF.get(name, ())
    return person_state(name, manager, division=division, department=department, team=team, roles=roles)


def people() -> list[Event]:
    """The directory and the genders of everybody, half of the cases each."""
    known: list[Event] = [person("vp", None, "Office"), person("jane", "vp", "Office")]
    known += [person(name, None, "Office", division="HQ") for name in STAFF]
    known += [person(name, manager, team) for name, (manager, team, _) in CASES.items()]
    return known + [
        DemographicsStateV1(person_id=name, gender="F" if index % 2 else "M")
        for index, name in enumerate(CASES)
    ]


def policy() -> PolicyStateV1:
    ranges = {"5": ("5", "10"), "4": ("20", "30"), "3": ("50", "60"), "2": ("10", "15"), "1": ("0", "5")}
    document = PolicyDocumentV1.model_validate(
        {"version": "2026.1", "merit": MeritPolicyV1(matrix={}, floors={}), "guideline": ranges}
    )
    return PolicyStateV1(
        policy_id=f"{ENGINEERING}/2026.1",
        division=ENGINEERING,
        digest="d1",
        effective_from=date(2026, 1, 1),
        document=document,
    )


def cycle_opened() -> CycleOpenedV1:
    planned = PlannedSessionV1(
        session_id=SESSION, division=ENGINEERING, department="Platform", facilitator_id="fay"
    )
    frozen = FrozenPolicyV1(division=ENGINEERING, policy_id=f"{ENGINEERING}/2026.1", digest="d1")
    return quarter_opened(CYCLE, ENGINEERING, sessions=[planned], policies=[frozen])


def completed(*, digest: str | None = None) -> DepartmentReviewsCompletedV1:
    return DepartmentReviewsCompletedV1(
        cycle_id=CYCLE,
        session_id=SESSION,
        division=ENGINEERING,
        department="Platform",
        people=len(PROPOSALS),
        digest=digest or proposals_digest(PROPOSALS),
    )


def proposal(name: str) -> ManagerAssessmentSubmittedV1:
    manager, _, rating = CASES[name]
    return ManagerAssessmentSubmittedV1.model_validate(
        {
            "review_id": uuid5(CYCLE, f"review/{name}"),
            "cycle_id": CYCLE,
            "person_id": name,
            "session_id": SESSION,
            "manager_id": manager,
            "proposed_rating": str(rating),
            "on_time": True,
            "submitted_on": date(2026, 9, 25),
        }
    )


def proposals(names: Iterable[str] = CASES) -> list[Event]:
    return [proposal(name) for name in names]


@dataclass(kw_only=True)
class World(ServiceWorld):
    cycle_id: UUID = CYCLE
    session_id: UUID = SESSION
    cases: Mapping[str, tuple[str, str, int]] = field(default_factory=lambda: CASES)
    people = staticmethod(people)
    policy = staticmethod(policy)
    cycle_opened = staticmethod(cycle_opened)
    completed = staticmethod(completed)
    proposals = staticmethod(proposals)

    async def post(
        self, path: str, who: str, body: object = None, *, expect: int = 200, match: int | None = None
    ) -> dict[str, Any]:
        return await super().post(f"/sessions/{SESSION}/{path}", who, body, expect=expect, match=match)

    async def open_session(self) -> None:
        """Everything that the department's session needs to open."""
        await self.receive([*people(), policy(), cycle_opened(), *proposals(), completed()])

    async def show(self, who: str = "fay") -> dict[str, Any]:
        return await self.get(f"/sessions/{SESSION}", who)


MakeWorld = Callable[[], AbstractAsyncContextManager[World]]


@pytest.fixture
def make_world(database: MakeDatabase, tmp_path: Path) -> MakeWorld:
    """The service as often as asked for, each time on a database of its own with nothing in it."""

    @asynccontextmanager
    async def make() -> AsyncGenerator[World]:
        settings = local_settings(Settings, database("calibration"), tmp_path)
        told = Numbering(division=ENGINEERING, at=NOW)
        async with World.running(
            "calibration", settings, build=build, handlers=HANDLERS, numbering=told, now=NOW
        ) as world:
            yield world

    return make


@pytest_asyncio.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    """The service with nothing in it."""
    async with make_world() as world:
        yield world


@pytest_asyncio.fixture
async def opened(world: World) -> World:
    """The service with the department's session open."""
    await world.open_session()
    return world
