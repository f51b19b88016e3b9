"""The five checks of the scenario and its eight success criteria, from what was read."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from plumbline_local.demo.reading import Json, QuarterRead

# A check's state is that of the worst of its subjects; "no data" only when none of them has data.
WORST_FIRST = ("flag", "justified", "clear", "insufficient_data")
GREEN = ("clear", "justified")
# (what the scenario calls it, which checks answer it, whether the whole organization or each session is judged)
CHECKS = (
    ("Gender distribution across ratings is proportional", ("gender_rank", "gender_top_box"), True),
    ("Tenure does not correlate with rating", ("tenure_correlation", "new_hires"), True),
    ("Recency bias", ("recency",), False),
    ('No team has > 40 % "Exceeds" without justification', ("team_concentration",), False),
    ("Managers with all 3s differentiate", ("no_differentiation",), False),
)


def describe_checks(read: QuarterRead) -> list[Json]:
    """The five checks with their state; where a session was held on it, with its justifications."""
    found: list[Json] = []
    for title, names, whole in CHECKS:
        in_sessions = [each for checks in read.session_checks.values() for each in checks]
        results = [each for each in (read.checks if whole else in_sessions) if each["check"] in names]
        held = [each for each in in_sessions if each["check"] in names]
        found.append(
            {
                "check": title,
                "methods": list(names),
                "judged_on": "organization" if whole else "sessions",
                "state": worst(each["state"] for each in results),
                "subjects": dict(sorted(Counter(each["state"] for each in results).items())),
                "in_sessions": dict(sorted(Counter(each["state"] for each in held).items())),
                "told": sorted(
                    {_sentence(each) for each in results if each["state"] in ("flag", "justified")}
                ),
                "source": read.sources["checks" if whole else "session checks"],
            }
        )
    return found


def worst(states: Iterable[str]) -> str:
    """One state for several subjects."""
    found = set(states)
    return next((state for state in WORST_FIRST if state in found), "insufficient_data")


def _sentence(check: Json) -> str:
    by = f" Justified by {check['justified_by']}." if check["justified_by"] else ""
    return f"{check['sentence']}{by}"


def describe_criteria(read: QuarterRead, checks: list[Json]) -> list[Json]:
    """The scenario's eight success criteria: target, actual, whether it is met (None: nothing to judge)."""
    return [
        _on_time(read),
        _survey(read, "manager_satisfaction", "Manager satisfaction"),
        _survey(read, "fairness", "Employee perception of fairness"),
        _sessions_held(read),
        _checks_green(read, checks),
        _plans(read),
        _pips(read),
        _promotions(read),
    ]


def _criterion(metric: str, target: str, actual: str, met: bool | None, source: str) -> Json:
    return {"metric": metric, "target": target, "actual": actual, "met": met, "source": source}


def _on_time(read: QuarterRead) -> Json:
    departments: list[Json] = read.completion["departments"]
    done = sum(each["manager_on_time"] + each["self_on_time"] for each in departments)
    owed = 2 * sum(each["people"] for each in departments)
    actual = f"{done} of {owed} assessments ({_percent(done, owed)})"
    met = Fraction(done, owed) > Fraction(95, 100)
    return _criterion("On-time completion", "> 95 %", actual, met, read.sources["completion"])


def _survey(read: QuarterRead, subject: str, metric: str) -> Json:
    source = read.sources["surveys"]
    survey = next((each for each in read.surveys if each["subject"] == subject), None)
    if survey is None or survey["state"] != "shown":
        return _criterion(metric, "> 4 of 5", "not shown: too few answers", None, source)
    band = survey["band"]
    actual = f"{band['low']} to {band['high']} ({survey['responses']} of {survey['invited']} answered)"
    return _criterion(metric, "> 4 of 5", actual, survey["target_met"], source)


def _sessions_held(read: QuarterRead) -> Json:
    sessions: list[Json] = read.cycle["sessions"]
    held = sum(each["finalized"] for each in sessions)
    actual = f"{held} of {len(sessions)} departments"
    met = held == len(sessions)
    return _criterion("Calibration sessions held", "100 %", actual, met, read.sources["cycle"])


def _checks_green(read: QuarterRead, checks: list[Json]) -> Json:
    counts = Counter(each["state"] for each in checks)
    actual = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(counts.items()))
    met = all(each["state"] in GREEN for each in checks)
    source = f"{read.sources['checks']}; {read.sources['session checks']}"
    return _criterion("Bias checks passed", "all green", actual, met, source)


def _plans(read: QuarterRead) -> Json:
    rated_two = {person for person, rating in read.ratings.items() if rating == 2}
    planned = {row["person_id"] for row in read.outcomes if row["component"] == "development_plan"}
    with_plan = len(rated_two & planned)
    return _criterion(
        "Development plans created",
        "100 % for rating 2",
        f"{with_plan} of {len(rated_two)} people rated 2",
        with_plan == len(rated_two) if rated_two else None,
        f"{read.sources['outcomes']}; {read.sources['session']}",
    )


def _pips(read: QuarterRead) -> Json:
    pips = [row for row in read.outcomes if row["component"] == "pip"]
    begun = [row for row in pips if row["state"] != "refused"]
    documented = [row for row in begun if not row["result"]["missing"]]
    refused = len(pips) - len(begun)
    return _criterion(
        "PIPs initiated with proper documentation",
        "100 %",
        f"{len(documented)} of {len(begun)} proposed; {refused} refused by the gate",
        len(documented) == len(begun) if begun else None,
        read.sources["outcomes"],
    )


def _promotions(read: QuarterRead) -> Json:
    cases = [row for row in read.outcomes if row["component"] == "promotion_case"]
    decided = [row for row in cases if row["state"] != "open"]
    documented = [row for row in decided if _is_documented(row)]
    return _criterion(
        "Promotion decisions documented with criteria",
        "100 %",
        f"{len(documented)} of {len(decided)} decisions; {len(cases) - len(decided)} cases open",
        len(documented) == len(decided) if decided else None,
        read.sources["outcomes"],
    )


def _is_documented(case: Json) -> bool:
    """The criteria of the level and reasons; an approval also with evidence under each criterion."""
    content = case["content"]
    criteria, evidence = content.get("criteria", {}), content.get("evidence", {})
    proven = case["state"] != "approved" or all(evidence.get(name) for name in criteria)
    return bool(criteria and content.get("reasons")) and proven


def _percent(part: int, whole: int) -> str:
    """One decimal, half-up."""
    if not whole:
        return "nothing owed"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10} %"


def summarize(criteria: list[Json]) -> dict[str, Any]:
    """How many are met, missed, and have nothing to judge."""
    return {
        "met": sum(each["met"] is True for each in criteria),
        "missed": sum(each["met"] is False for each in criteria),
        "nothing_to_judge": sum(each["met"] is None for each in criteria),
    }
