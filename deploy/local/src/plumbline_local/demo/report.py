"""The report as one JSON object; all but its timings is the same for the same seed and file."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from plumbline_local.demo.checking import describe_checks, describe_criteria, summarize
from plumbline_local.demo.payroll import describe_jane, describe_pay
from plumbline_local.demo.play import Played
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.reading import Json, Reader, describe_distribution, describe_outcomes, read_quarter
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.stage import Stage, Timing


async def read_report(stage: Stage, played: Played, *, seed: int) -> Json:
    """Ask the apis and payroll's topic for everything that the report says."""
    roster, imported = played.roster, played.imported
    return {
        "organization": {
            "people": imported["accepted"],
            "rated": len(roster.rated),
            "divisions": list(roster.divisions),
            "rejected_rows": len(imported["rejected"]),
            "seed": seed,
        },
        "notes": stage.notes,
        "quarters": [await _describe_quarter(stage, roster, quarter) for quarter in played.quarters],
    }


async def _describe_quarter(stage: Stage, roster: Roster, quarter: Quarter) -> Json:
    read = await read_quarter(stage.apis, roster, quarter)
    checks = describe_checks(read)
    criteria = describe_criteria(read, checks)
    own = Reader(apis=stage.apis, at=quarter.outcomes, sources={})
    return {
        "name": quarter.name,
        "merit": read.cycle["merit"],
        "goals": read.goals,
        "distribution": describe_distribution(read),
        "checks": checks,
        "outcomes": describe_outcomes(read),
        "pay": await describe_pay(read, stage.state.kafka) if read.cycle["merit"] else None,
        "jane": await describe_jane(own, roster, read, stage.state.kafka),
        "criteria": criteria,
        "criteria_summary": summarize(criteria),
    }


def write_report(report: Json, timings: Sequence[Timing], file: Path) -> None:
    """Write the report with its timings, keys in a fixed order."""
    whole = {**report, "timings": [asdict(each) for each in timings]}
    file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
