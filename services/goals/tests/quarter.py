"""Jane Doe's quarter: her two objectives, and the steps that bring them to a state."""

from typing import Any
from uuid import UUID, uuid5

from .conftest import CYCLE, MID_CYCLE, REVIEW_DAY, World


def fixed(name: str) -> str:
    return str(uuid5(UUID(int=7), name))


def number(name: str, *, baseline: str, target: str, unit: str, **more: object) -> dict[str, Any]:
    return {
        "key_result_id": fixed(name),
        "title": name,
        "metric": name,
        "unit": unit,
        "direction": "higher",
        "baseline": {"value": baseline, "date": "2026-07-01", "source": "dashboard"},
        "target": target,
        **more,
    }


def done(name: str, artefact: str, **more: object) -> dict[str, Any]:
    return {"key_result_id": fixed(name), "title": name, "kind": "binary", "artefact": artefact, **more}


COMPANY = {
    "objective_id": fixed("company"),
    "level": "company",
    "owner_id": "vp",
    "title": "Become the market leader in SMB payments",
    "agrees_with_id": "cora",
    "key_results": [
        number("arr", baseline="1.2", target="2", unit="M USD", due_on="2026-09-30"),
        number("nps", baseline="40", target="50", unit="points", strict=True, due_on="2026-09-30"),
        done("enterprise", "the tier's page", due_on="2026-09-30"),
    ],
}
TEAM = {
    "objective_id": fixed("team"),
    "level": "team",
    "owner_id": "paula",
    "title": "Deliver enterprise-ready platform",
    "parent_key_result_id": fixed("enterprise"),
    "key_results": [
        done("multi-tenant", "release 4", due_week=8),
        {
            **number("p95", baseline="480", target="200", unit="ms", strict=True, due_week=10),
            "direction": "lower",
        },
        {
            **number("uptime", baseline="99.5", target="99.9", unit="%", continuous=True),
            "kind": "availability",
        },
    ],
}
DELIVERY = {
    "objective_id": fixed("delivery"),
    "owner_id": "jane",
    "title": "Lead multi-tenant architecture migration",
    "parent_key_result_id": fixed("multi-tenant"),
    "weight_percent": "60",
    "key_results": [
        done("schema", "the approved schema", due_week=2),
        done("isolation", "the migration report", due_week=6),
        number("load", baseline="1", target="10", unit="times today's capacity", due_week=8),
    ],
}
GROWTH = {
    "objective_id": fixed("growth"),
    "owner_id": "jane",
    "title": "Develop technical leadership skills",
    "growth": True,
    "weight_percent": "40",
    "key_results": [
        number("reviews", baseline="0", target="3", unit="sessions", due_on="2026-09-30"),
        number("mentor", baseline="0", target="1", unit="engineers", due_on="2026-09-30"),
        number("post", baseline="0", target="1", unit="posts", due_on="2026-09-30"),
    ],
}
JANES = [fixed("delivery"), fixed("growth")]
# key result → actual, day, her own grade: the scenario's table
RESULTS = {
    "schema": ("1", "2026-07-14", "met"),
    "isolation": ("1", "2026-08-18", "mostly_met"),
    "load": ("12", "2026-09-01", "exceeded"),
    "reviews": ("4", "2026-09-20", "exceeded"),
    "mentor": ("1", "2026-09-20", "met"),
    "post": ("1", "2026-09-20", "met"),
}


async def draft(world: World, *objectives: dict[str, Any], who: str, expect: int = 201) -> dict[str, Any]:
    body = {"objectives": list(objectives)}
    return await world.post(f"/cycles/{CYCLE}/objectives", who, body, expect=expect)


async def draft_all(world: World) -> None:
    await draft(world, COMPANY, who="vp")
    await draft(world, TEAM, who="paula")
    await draft(world, DELIVERY, GROWTH, who="jane")


async def agree_on_janes(world: World) -> None:
    """Both sides agree."""
    await draft_all(world)
    await world.post("/objectives/propose", "jane", {"objective_ids": JANES})
    await world.post("/objectives/agree", "paula", {"objective_ids": JANES, "smart_confirmed": True})


async def lock_jane(world: World) -> None:
    """Both sides agree, and the coordinator locks."""
    await agree_on_janes(world)
    await world.post("/objectives/lock", "cora", {"objective_ids": JANES})
    world.now = MID_CYCLE


async def grade_jane(world: World) -> dict[str, Any]:
    world.now = REVIEW_DAY
    results = [
        {"key_result_id": fixed(name), "actual": actual, "done_date": day, "own_grade": own}
        for name, (actual, day, own) in RESULTS.items()
    ]
    await world.post("/results", "jane", {"results": results})
    return await world.post("/objectives/grade", "jane", {"objective_ids": JANES})


def line(name: str, status: str, confidence: str = "high", **more: object) -> dict[str, Any]:
    return {"key_result_id": fixed(name), "status": status, "confidence": confidence, **more}


async def check_in(
    world: World, *lines: dict[str, Any], who: str = "paula", expect: int = 201
) -> dict[str, Any]:
    body = {
        "cycle_id": str(CYCLE),
        "people": [
            {
                "person_id": "jane",
                "key_results": list(lines),
                "answers": {"going_well": "Schema approved", "blocking": "DevOps migration"},
                "manager_actions": ["Talk to DevOps"],
                "employee_actions": ["Write the runbook"],
            }
        ],
    }
    return await world.post("/check-ins", who, body, expect=expect)


async def propose_change(
    world: World, name: str, *, who: str, expect: int = 200, version: int | None = None, **edit: object
) -> dict[str, Any]:
    body = {"rationale": "Priorities moved", **(edit or {"due_on": "2026-09-25"})}
    path = f"/key-results/{fixed(name)}/{'replace' if 'replacement' in edit else 'adjust'}"
    return await world.post(path, who, body, expect=expect, match=version)


async def approve(
    world: World, change: dict[str, Any], *, who: str, expect: int = 200, version: int | None = None
) -> dict[str, Any]:
    path = f"/objectives/{change['objective_id']}/adjustments/{change['adjustment_id']}/approve"
    return await world.post(path, who, expect=expect, match=version)


async def adjust(world: World, name: str) -> dict[str, Any]:
    """The employee proposes another due date and the manager agrees."""
    return await approve(world, await propose_change(world, name, who="jane"), who="paula")


async def propose_changes(
    world: World, *changes: dict[str, Any], who: str, expect: int = 200
) -> list[dict[str, Any]]:
    body = {"changes": [{"rationale": "Priorities moved", **each} for each in changes]}
    answer = await world.post("/changes", who, body, expect=expect)
    return answer["changes"] if expect == 200 else [answer]


async def approve_changes(
    world: World, changes: list[dict[str, Any]], *, who: str, expect: int = 200
) -> list[dict[str, Any]]:
    named = [{key: each[key] for key in ("objective_id", "adjustment_id")} for each in changes]
    answer = await world.post("/changes/approve", who, {"approvals": named}, expect=expect)
    return answer["changes"] if expect == 200 else [answer]
