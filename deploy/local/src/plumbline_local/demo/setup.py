"""The first acts: people come in, whoever is missing for a cycle gets a stand-in, a policy is published."""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from plumbline_local.demo.apis import DemoError, together
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.rooms import facilitators
from plumbline_local.demo.roster import STAND_INS, Roster, read_roster
from plumbline_local.demo.stage import Bar, Stage

ADMIN = "admin"
ROOT = Path(__file__).resolve().parents[5]
SAMPLE = ROOT / "docs" / "examples"
BUDGET_PERCENT = "5.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is played: the people's file, the policy's, and which divisions (None: all of the file).

    ``borrowed``: the policy is the sample's, whose salary ranges and equity grid are not these people's.
    """

    people: Path
    policy: Path
    divisions: tuple[str, ...] | None
    borrowed: bool


def choose_script(people: Path | None, policy: Path | None) -> Script:
    """The scenario's organization, or a company's own export with the sample's rules.

    Raises:
        DemoError: a file is missing.
    """
    sample = people is None
    script = Script(
        people=people or SAMPLE / "people.csv",
        policy=policy or SAMPLE / "engineering-policy.toml",
        divisions=("Engineering",) if sample else None,
        borrowed=policy is None and not sample,
    )
    for file in (script.people, script.policy):
        if not file.is_file():
            raise DemoError(f"{file} is no file")
    return script


async def bring_people(stage: Stage, script: Script, first: Quarter, bar: Bar) -> tuple[Roster, Any]:
    """Import the file, add stand-ins for roles that nobody holds, and read the organization from the bus."""
    at, day = first.at(first.starts_on), first.starts_on
    imported = await stage.apis.post(
        "people",
        "/imports/people",
        script.people.read_bytes(),
        person=ADMIN,
        at=at,
        query={"as_of": str(day)},
    )
    bar.expect(imported["accepted"])
    await stage.settle()
    roster = await read_roster(stage.state.kafka, script.divisions)
    missing, beside = _missing_roles(roster), _roles_beside(roster)
    rows = _stand_ins([*missing, *beside], day)
    if rows:
        importer = ADMIN if roster.lacks("hr_admin") else roster.holder("hr_admin")
        for why, roles in ((_NOBODY, missing), (_ALL_INVOLVED, beside)):
            if roles:
                stage.notes.append(f"{why}: {', '.join(sorted(roles))}")
        query = {"as_of": str(day)}
        await stage.apis.post("people", "/imports/people", _as_csv(rows), person=importer, at=at, query=query)
        await stage.settle()
        roster = await read_roster(stage.state.kafka, script.divisions)
    bar.done(imported["accepted"])
    _note_what_is_missing(stage, roster, imported)
    return roster, imported


_NOBODY = "The file names nobody for these roles, so stand-ins play them"
_ALL_INVOLVED = (
    "Whoever holds these roles is rated too or manages somebody, and nobody acts on or counts the own case, "
    "so stand-ins play them beside"
)


def _missing_roles(roster: Roster) -> list[str]:
    needed = ["hr_admin", "coordinator", "payroll", "auditor", "finance"]
    needed += [f"hr_partner:{division}" for division in roster.divisions]
    return [role for role in needed if roster.lacks(role)]


def _roles_beside(roster: Roster) -> list[str]:
    """The roles that somebody holds, but nobody for everybody: nobody is the own HR partner, or reads the own rating."""
    held = [division for division in roster.divisions if not roster.lacks(f"hr_partner:{division}")]
    found = [f"hr_partner:{division}" for division in held if roster.lacks_partner(division)]
    if not roster.lacks("auditor") and roster.is_rated(roster.holder("auditor")):
        found.append("auditor")
    return found


def _stand_ins(roles: Sequence[str], day: date) -> list[dict[str, str]]:
    return [
        {
            "employee_id": f"demo-{role.replace(':', '-').replace(' ', '-')}",
            "name": f"Stand-in {role}",
            "email": f"stand-in-{place}@example.com",
            "division": STAND_INS,
            "department": STAND_INS,
            "team": STAND_INS,
            "level": "L1",
            "hire_date": str(day.replace(year=day.year - 1)),
            "roles": role,
            "status": "active",
        }
        for place, role in enumerate(roles)
    ]


def _as_csv(rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _note_what_is_missing(stage: Stage, roster: Roster, imported: Any) -> None:  # noqa: ANN401 - JSON
    rated = len(roster.rated)
    if imported["missing_columns"]:
        stage.notes.append(f"The file lacks these columns: {', '.join(imported['missing_columns'])}.")
    if imported["rejected"]:
        stage.notes.append(f"{len(imported['rejected'])} rows were rejected; `import people` lists them.")
    resting = Counter(each.status for each in roster.people.values() if each.status != "active")
    if resting:
        counted = ", ".join(
            f"{count} {status.replace('_', ' ')}" for status, count in sorted(resting.items())
        )
        stage.notes.append(f"Not rated, because they do not work now: {counted}.")
    without_gender = sum(each.gender is None for each in roster.rated)
    if without_gender:
        stage.notes.append(
            f"{without_gender} of {rated} rated people have no gender in the file: "
            "the gender checks judge only the others."
        )
    if roster.large:
        stage.notes.append(
            f"{rated} people are rated: managers send drafts of goals and nominations of raters in lists."
        )
    if roster.unpaid:
        count = sum(len(people) for people in roster.unpaid.values())
        follows = "HR leaves them out of merit by name." if roster.has_merit else "this run has no merit."
        stage.notes.append(f"{count} of {rated} rated people have no salary in the file: {follows}")


async def publish_policy(stage: Stage, script: Script, roster: Roster, first: Quarter) -> None:
    """Publish the policy file for every division, by the coordinator; never somebody else's ranges or grants."""
    document, coordinator = tomllib.loads(script.policy.read_text()), roster.holder("coordinator")
    if script.borrowed:
        document = {name: table for name, table in document.items() if name not in ("ranges", "equity")}
        stage.notes.append(
            "No --policy was given, so there are no salary ranges and no equity grid: nobody gets merit or shares."
        )
    await together(
        stage.apis.post(
            "reviews",
            "/policies",
            {"division": division, "effective_from": str(first.starts_on), "document": document},
            person=coordinator,
            at=first.at(first.starts_on),
        )
        for division in roster.divisions
    )


async def open_cycle(stage: Stage, roster: Roster, quarter: Quarter) -> Any:  # noqa: ANN401 - JSON
    """Draft a cycle and approve it; merit is paid if the quarter pays it and anybody's salary is known."""
    coordinator = roster.holder("coordinator")
    merit = quarter.merit and roster.has_merit
    pools = [
        {"division": division, "currency": currency, "budget_percent": BUDGET_PERCENT}
        for division, currency in roster.pools
    ]
    await stage.apis.post(
        "reviews",
        "/cycles",
        {
            "cycle_id": str(quarter.cycle_id),
            "name": quarter.name,
            "divisions": [{"division": each, "time_zone": "UTC"} for each in roster.divisions],
            "period_start": str(quarter.starts_on),
            "period_end": str(quarter.ends_on),
            "phases": quarter.phases(),
            "merit": merit,
            "pools": pools if merit else [],
            "sessions": [
                {"division": division, "department": department, "facilitator_id": facilitator}
                for (division, department), facilitator in sorted(facilitators(roster).items())
                if facilitator != coordinator
            ],
            "template_version": "v1",
        },
        person=coordinator,
        at=quarter.at(quarter.starts_on),
    )
    path = f"/cycles/{quarter.cycle_id}/approve"
    opened = await stage.apis.post(
        "reviews", path, person=coordinator, at=quarter.at(quarter.starts_on, minutes=30)
    )
    await stage.settle()
    return opened


async def run_phase(stage: Stage, roster: Roster, quarter: Quarter, phase: str, act: str) -> None:
    """Open or close a phase of the cycle at the instant that its calendar names."""
    instants = {
        "goal_setting": quarter.goal_setting,
        "mid_cycle": quarter.mid_cycle,
        "review": quarter.review,
        "calibration": quarter.calibration,
        "outcomes": quarter.outcomes,
    }
    path = f"/cycles/{quarter.cycle_id}/phases/{phase}/{act}"
    await stage.apis.post("reviews", path, person=roster.holder("coordinator"), at=instants[phase])
