"""Who works in the tests, and how they speak to the service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.contracts.cycle import CycleOpenedV1
from plumbline.contracts.people import PersonStateV1
from plumbline_local.testing_events import Numbering, person_state, quarter_opened
from plumbline_local.testing_services import ServiceWorld

CYCLE = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a11")
ENGINEERING = "Engineering"
REVIEW_DAY = datetime(2026, 9, 22, 12, tzinfo=UTC)
RATERS = ("ann", "bob", "cem", "dan", "eve")
JANES = {"person_id": "jane", "nominees": list(RATERS)}
ROUNDS = f"/cycles/{CYCLE}/rounds"
APPROVE = f"{ROUNDS}/approve"
PUBLISH = f"{ROUNDS}/publish"

# person → manager, division, roles.
PEOPLE: dict[str, tuple[str | None, str, tuple[str, ...]]] = {
    "vp": (None, ENGINEERING, ()),
    "mia": ("vp", ENGINEERING, ()),
    "max": ("vp", ENGINEERING, ()),
    "jane": ("mia", ENGINEERING, ()),
    "ann": ("mia", ENGINEERING, ()),
    "bob": ("mia", ENGINEERING, ()),
    "cem": ("max", ENGINEERING, ()),
    "dan": ("max", ENGINEERING, ()),
    "eve": ("max", ENGINEERING, ()),
    "sam": (None, "Sales", ()),
    "cora": (None, "HQ", ("coordinator",)),
    "hanna": (None, "HQ", (f"hr_partner:{ENGINEERING}",)),
    "hugo": (None, "HQ", ("hr_partner:Sales",)),
    "audrey": (None, "HQ", ("auditor",)),
    "gone": ("max", ENGINEERING, ()),
}


def person(name: str) -> PersonStateV1:
    manager, division, roles = PEOPLE[name]
    status = "left" if name == "gone" else "active"
    return person_state(name, manager, division=division, department="Platform", roles=roles, status=status)


def cycle_opened() -> CycleOpenedV1:
    return quarter_opened(CYCLE, ENGINEERING)


def numbering() -> Numbering:
    return Numbering(division=ENGINEERING, at=datetime(2026, 9, 29, 10, tzinfo=UTC))


@dataclass(kw_only=True)
class World(ServiceWorld):
    # Who owns the tables, and so may read all of every one.
    owner: AsyncEngine = field(init=False)

    async def post(
        self, path: str, who: str, body: object = None, *, expect: int = 200, match: int | None = None
    ) -> dict[str, Any]:
        return await super().post(path, who, {} if body is None else body, expect=expect, match=match)

    async def dump(self) -> dict[str, list[str]]:
        """Every row of every table as text, with the transaction that wrote it; by table, in stored order."""
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        found: dict[str, list[str]] = {}
        async with self.owner.connect() as tx:
            for name in (await tx.execute(sa.text(tables))).scalars().all():
                # Bytes as text, so that what is stored as bytes is found too.
                await tx.execute(sa.text("SET LOCAL bytea_output = 'escape'"))
                rows = await tx.execute(sa.text(f"SELECT t::text || ' xmin=' || t.xmin FROM \"{name}\" AS t"))
                found[name] = [*rows.scalars().all()]
        return found


async def open_round(
    world: World, subject: str = "jane", manager: str = "mia", raters: Sequence[str] = RATERS
) -> str:
    """The id of an open round with these raters."""
    body = {"rounds": [{"raters": list(raters)}]}
    made = await world.post(ROUNDS, subject, body)
    approve = {"rounds": [{"person_id": subject, "nominees": list(raters)}]}
    await world.post(APPROVE, manager, approve)
    return made["rounds"][0]["round_id"]


def form(round_id: str, *, score: int | None = 4, author: str = "", **more: object) -> dict[str, Any]:
    return {
        "round_id": round_id,
        "relationship": "peer",
        "does_well": f"wellword{author} explains designs",
        "to_improve": f"improveword{author} shares context",
        "work_again": "yes",
        "score": score,
        **more,
    }


async def answer(
    world: World, round_id: str, author: str, *, expect: int = 200, **more: Any
) -> dict[str, Any]:
    sent = {"answers": [form(round_id, author=author, **more)]}
    return await world.post("/answers", author, sent, expect=expect)
