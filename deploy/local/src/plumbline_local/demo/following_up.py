"""After the release: promotion cases are decided, plans begin, and the PIP that its gate allowed starts."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from plumbline_local.demo import texts
from plumbline_local.demo.apis import pieces, together, until
from plumbline_local.demo.casting import JANE
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Person, Roster
from plumbline_local.demo.stage import Stage

_AT_ONCE = 500
Row = dict[str, Any]


async def follow_up(stage: Stage, roster: Roster, quarter: Quarter) -> None:
    """Everybody does what the own results ask for, once outcomes has heard of the release."""
    told = await together(_read(stage, quarter, reader) for reader in roster.readers)
    of_person: dict[str, list[Row]] = {}
    for row in {row["outcome_id"]: row for found in told for row in found}.values():
        of_person.setdefault(row["person_id"], []).append(row)
    by_manager = {
        manager: [row for each in reports for row in of_person.get(each.person_id, ())]
        for manager, reports in roster.managers.items()
    }
    rows = [row for found in by_manager.values() for row in found]
    await _set_criteria(stage, roster, quarter, _cases(rows))
    await together(
        _write(stage, roster, quarter, manager, found) for manager, found in by_manager.items() if found
    )
    await _decide(stage, roster, quarter, await _read_cases(stage, roster, quarter, _cases(rows)))
    proposed = [row for row in rows if row["component"] == "pip" and row["state"] == "proposed"]
    await together(_begin_pip(stage, roster, quarter, row) for row in proposed)


def _cases(rows: Sequence[Row]) -> list[Row]:
    """The promotion cases whose recommendation names a level."""
    return [row for row in rows if row["component"] == "promotion_case" and row["result"]["target_level"]]


async def _read_cases(stage: Stage, roster: Roster, quarter: Quarter, cases: Sequence[Row]) -> list[Row]:
    """Those cases again, with the evidence on which they are decided."""
    found = await together(_read(stage, quarter, each, "promotion_case") for each in roster.readers)
    now = {row["outcome_id"]: row for rows in found for row in rows}
    return [now[row["outcome_id"]] for row in cases]


async def _read(stage: Stage, quarter: Quarter, reader: str, component: str | None = None) -> list[Row]:
    """What an HR partner reads of the outcomes; if every manager asked, the division would be read once each."""
    path = f"/cycles/{quarter.cycle_id}/outcomes"
    query = None if component is None else {"component": component}

    async def ask() -> dict[str, Any]:
        return await stage.apis.get("outcomes", path, person=reader, at=quarter.outcomes, query=query)

    return (await until("the release in outcomes", ask, good=lambda found: found["released"]))["outcomes"]


async def _set_criteria(stage: Stage, roster: Roster, quarter: Quarter, cases: Sequence[Row]) -> None:
    """The HR partner of each division says what the levels of its cases ask for."""
    levels = sorted({(row["division"], row["result"]["target_level"]) for row in cases})
    await together(
        stage.apis.post(
            "outcomes",
            "/promotion-criteria",
            {"division": division, "level": level, "criteria": texts.PROMOTION_CRITERIA},
            person=roster.partner(division),
            at=quarter.outcomes,
        )
        for division, level in levels
    )


async def _write(stage: Stage, roster: Roster, quarter: Quarter, manager: str, rows: Sequence[Row]) -> None:
    """A manager gives the evidence of cases, and begins the reports' plans."""
    cases = [_evidence(quarter, row) for row in _cases(rows)]
    plans = [_plan(roster, quarter, manager, row) for row in rows if row["component"] == "development_plan"]
    for path, name, body in (
        ("/promotion-cases/evidence", "cases", cases),
        ("/plans/activations", "plans", plans),
    ):
        if body:
            await stage.apis.post("outcomes", path, {name: body}, person=manager, at=quarter.outcomes)


def _evidence(quarter: Quarter, row: Row) -> Row:
    sources = [_review(quarter, row["person_id"]), f"calibration:{row['session_id']}"]
    return {**_named(row), "evidence": {name: sources for name in texts.PROMOTION_CRITERIA}}


def _plan(roster: Roster, quarter: Quarter, manager: str, row: Row) -> Row:
    if row["result"]["kind"] == "growth":
        areas = {area: list(actions) for area, actions in texts.GROWTH_PLAN.items()}
        return {**_named(row), "growth": {"areas": areas}}
    others = (each.person_id for each in roster.managers[manager] if each.person_id != row["person_id"])
    plan = {
        "gap": texts.PLAN_GAP,
        "examples": [
            {"on": str(quarter.review.date()), "event_id": _review(quarter, row["person_id"])},
        ],
        "criteria": list(texts.PLAN_CRITERIA),
        "mentor": next(others, manager),
        "training": texts.PLAN_TRAINING,
    }
    return {**_named(row), "ninety_day": plan}


async def _decide(stage: Stage, roster: Roster, quarter: Quarter, cases: Sequence[Row]) -> None:
    """HR partners decide, or skip-levels where the HR partner is the manager or the person."""
    by_decider: dict[str, list[Row]] = {}
    for row in cases:
        decider = _decider(roster, roster.people[row["person_id"]])
        if decider is not None:
            by_decider.setdefault(decider, []).append(_decision(row))
    await together(
        stage.apis.post(
            "outcomes",
            "/promotion-cases/decisions",
            {"decisions": list(some)},
            person=decider,
            at=quarter.outcomes,
        )
        for decider, decisions in by_decider.items()
        for some in pieces(decisions, _AT_ONCE)
    )


def _decider(roster: Roster, person: Person) -> str | None:
    """Who decides about somebody, neither the person nor the manager who recommends; None: nobody may."""
    return roster.partner_for(person) or roster.skip_level(person)


def _decision(row: Row) -> Row:
    read = {**_named(row), "version": row["version"]}
    if row["person_id"] == JANE:
        return {**read, "decision": "deferred", "reasons": texts.JANES_DEFERRAL}
    decision, reasons = ("approved", texts.PROMOTED) if row["rating"] == 5 else ("deferred", texts.DEFERRED)
    return {**read, "decision": decision, "reasons": reasons}


async def _begin_pip(stage: Stage, roster: Roster, quarter: Quarter, row: Row) -> None:
    """The manager writes it, skip-level and HR partner approve it, it begins, and the employee acknowledges it."""
    person = roster.people[row["person_id"]]
    partner, skip_level = roster.partner_for(person), roster.skip_level(person)
    if partner is None:
        return

    async def post(command: str, who: str, body: Row) -> Row:
        path = f"/pips/{row['outcome_id']}/{command}"
        return await stage.apis.post("outcomes", path, body, person=who, at=quarter.outcomes)

    seen, manager = {"revision": row["revision"]}, person.manager_id or ""
    content = {"exit_criteria": list(texts.PIP_CRITERIA), "support": list(texts.PIP_SUPPORT)}
    written = await post("draft", manager, {**seen, **content})
    for approver in sorted({partner, skip_level or partner}):
        await post("approvals", approver, {**seen, "version": written["version"]})
    await post("start", manager, seen)
    await post("acknowledgement", person.person_id, seen)


def _named(row: Row) -> Row:
    return {"outcome_id": row["outcome_id"], "revision": row["revision"]}


def _review(quarter: Quarter, person_id: str) -> str:
    """The review of somebody, as an id that evidence cites."""
    return f"review:{uuid5(quarter.cycle_id, f'review/{person_id}')}"
