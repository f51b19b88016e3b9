"""Reads a quarter back from the services' apis; nothing here comes from what was drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plumbline_local.demo.apis import Apis, together
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Roster

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterRead:
    """What the apis answered about one quarter, and by which requests."""

    quarter: Quarter
    cycle: Json
    completion: Json
    distribution: Json
    checks: list[Json]
    sessions: list[Json]
    session_checks: dict[str, list[Json]]
    outcomes: list[Json]
    awards: list[Json]
    pools: list[Json]
    waiting: list[Json]
    surveys: list[Json]
    goals: Json
    sources: dict[str, str]

    @property
    def cases(self) -> list[Json]:
        """Everybody's case in the sessions, with the final rating."""
        return [case for session in self.sessions for case in session["cases"]]

    @property
    def ratings(self) -> dict[str, int]:
        """The final rating by person."""
        return {case["person_id"]: case["final"] for case in self.cases}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Asks as one persona and remembers the requests."""

    apis: Apis
    at: datetime
    sources: dict[str, str]

    async def ask(
        self, name: str, service: str, path: str, *, person: str, query: dict[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        """The answer; ``name`` is what the report cites it by."""
        words = "&".join(f"{key}={value}" for key, value in (query or {}).items())
        asked = f"GET {service} {path}{'?' if words else ''}{words} as {person}"
        # Of several requests under one name the first by name is cited: they are answered in any order.
        self.sources[name] = min(asked, self.sources.get(name, asked))
        return await self.apis.get(service, path, person=person, at=self.at, query=query)


async def read_quarter(apis: Apis, roster: Roster, quarter: Quarter) -> QuarterRead:
    """Everything that the report says of a quarter."""
    reader = Reader(apis=apis, at=quarter.outcomes, sources={})
    cycle, coordinator = f"/cycles/{quarter.cycle_id}", roster.holder("coordinator")

    async def ask(name: str, service: str, path: str) -> Any:  # noqa: ANN401 - JSON
        return await reader.ask(name, service, path, person=coordinator)

    # Nobody's own rating is in an answer of calibration, so an auditor reads it who is not rated.
    auditor = roster.holder("auditor")

    async def observe(name: str, path: str) -> Any:  # noqa: ANN401 - JSON
        return await reader.ask(name, "calibration", path, person=auditor)

    listed = await ask("sessions", "calibration", f"/sessions?cycle_id={quarter.cycle_id}")
    sessions = await together(_read_session(reader, auditor, each) for each in listed["sessions"])
    outcomes = await _of_divisions(reader, roster, "outcomes", f"{cycle}/outcomes")
    awards = await _of_divisions(reader, roster, "awards", f"{cycle}/awards")
    goals = {
        "mid_cycle": await ask("mid-cycle", "goals", f"{cycle}/mid-cycle"),
        "cascade": await ask("cascade", "goals", f"{cycle}/cascade"),
    }
    return QuarterRead(
        quarter=quarter,
        cycle=await ask("cycle", "reviews", cycle),
        completion=await ask("completion", "reviews", f"{cycle}/completion"),
        distribution=await observe("distribution", f"{cycle}/distribution"),
        checks=(await observe("checks", f"{cycle}/checks"))["checks"],
        sessions=[session for session, _ in sessions],
        session_checks={session["department"]: checks for session, checks in sessions},
        outcomes=outcomes,
        awards=awards,
        pools=(await ask("pools", "outcomes", f"{cycle}/pools"))["pools"],
        waiting=(await ask("waiting", "outcomes", f"{cycle}/waiting"))["waiting"],
        surveys=(await ask("surveys", "feedback", f"{cycle}/surveys"))["surveys"],
        goals=goals,
        sources=reader.sources,
    )


async def _read_session(reader: Reader, auditor: str, session: Json) -> tuple[Json, list[Json]]:
    path = f"/sessions/{session['session_id']}"
    shown = await reader.ask("session", "calibration", path, person=auditor)
    checks = await reader.ask("session checks", "calibration", f"{path}/checks", person=auditor)
    return shown, checks["checks"]


async def _of_divisions(reader: Reader, roster: Roster, name: str, path: str) -> list[Json]:
    """Everybody's rows, read by HR partners; what two of them read counts once."""
    answers = await together(reader.ask(name, "outcomes", path, person=each) for each in roster.readers)
    rows = {row["outcome_id"]: row for answer in answers for row in answer[name]}
    return sorted(rows.values(), key=lambda row: (row["person_id"], row.get("component", "")))


def describe_distribution(read: QuarterRead) -> Json:
    """Counts by rating, proposed and final, beside the guideline's feasible counts for this many people."""
    moves: list[Json] = [
        {
            "person_id": case["person_id"],
            "from": case["proposed"],
            "to": case["final"],
            "rationale": _rationale(read.sessions, case["person_id"]),
        }
        for case in read.cases
        if case["proposed"] != case["final"]
    ]
    return {
        **_against_guideline(read.distribution["organization"]),
        "divisions": {
            name: _against_guideline(found) for name, found in sorted(read.distribution["divisions"].items())
        },
        "moves": sorted(moves, key=_person_of),
        "source": read.sources["distribution"],
    }


def _against_guideline(found: Json) -> Json:
    """One group's counts; the feasible ones are None where its divisions have different guidelines."""
    final, proposed = found["current"], found["proposed"]
    return {
        "people": final["people"],
        "feasible": final["feasible"],
        "reason": final["reason"],
        "guideline": final["guideline"],
        "ratings": [
            {
                "rating": rating,
                "proposed": proposed["ratings"][rating]["count"],
                "final": final["ratings"][rating]["count"],
                "feasible_low": final["ratings"][rating].get("low"),
                "feasible_high": final["ratings"][rating].get("high"),
                "word": final["ratings"][rating].get("word"),
            }
            for rating in ("5", "4", "3", "2", "1")
        ],
    }


def _person_of(row: Json) -> str:
    return row["person_id"]


def _rationale(sessions: Sequence[Json], person_id: str) -> str | None:
    found = [
        move["rationale"]
        for session in sessions
        for move in session["adjustments"]
        if move["person_id"] == person_id and move["state"] == "applied"
    ]
    return found[-1] if found else None


def describe_outcomes(read: QuarterRead) -> Json:
    """How many of each outcome in which state, and each PIP with what its gate said."""
    counts = Counter(_kind_of(row) for row in read.outcomes)
    pips = [
        {
            "person_id": row["person_id"],
            "state": row["state"],
            "gap": row["result"].get("gap"),
            "missing": row["result"].get("missing", []),
            "acknowledged": row["acknowledged_at"] is not None,
        }
        for row in read.outcomes
        if row["component"] == "pip"
    ]
    return {
        "counts": [
            {"outcome": name, "state": state, "count": counts[name, state]} for name, state in sorted(counts)
        ],
        "pips": pips,
        "followed_up": _followed_up(read),
        "waiting": len(read.waiting),
        "source": read.sources["outcomes"],
    }


def _followed_up(read: QuarterRead) -> Json:
    """What people made of it by now: plans that run, and promotion cases by their decision."""
    cases = Counter(row["state"] for row in read.outcomes if row["component"] == "promotion_case")
    plans = [row for row in read.outcomes if row["component"] == "development_plan"]
    return {
        "plans_active": sum(row["state"] == "active" for row in plans),
        "plans": len(plans),
        "promotion_cases_decided": sum(cases.values()) - cases["open"],
        "promotion_cases": dict(sorted(cases.items())),
    }


def _kind_of(row: Json) -> tuple[str, str]:
    kind = row["result"].get("kind")
    return f"{row['component']} ({kind})" if kind else row["component"], row["state"]
