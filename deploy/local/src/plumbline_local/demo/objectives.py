"""The cascade of a quarter: company, divisions, managers' teams and everybody's own objectives, as bodies to send."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from plumbline_local.demo.casting import JANE
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Person, Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResult:
    """A key result: numbers in its unit as text; without a target it is done or not, with an artefact to show."""

    key_result_id: UUID
    title: str
    week: int
    metric: str = ""
    unit: str = ""
    baseline: str = ""
    target: str = ""
    strict: bool = False
    availability: bool = False

    def body(self, quarter: Quarter) -> dict[str, Any]:
        """As the goals api takes it."""
        common: dict[str, Any] = {"key_result_id": str(self.key_result_id), "title": self.title}
        if not self.target:
            return {
                **common,
                "kind": "binary",
                "artefact": f"{self.title}: its document",
                "due_week": self.week,
            }
        lower = float(self.target) < float(self.baseline)
        due: dict[str, Any] = {"continuous": True} if self.availability else {"due_week": self.week}
        source = f"{self.metric} dashboard"
        return {
            **common,
            **due,
            "kind": "availability" if self.availability else "numeric",
            "metric": self.metric,
            "unit": self.unit,
            "direction": "lower" if lower else "higher",
            "baseline": {"value": self.baseline, "date": str(quarter.starts_on), "source": source},
            "target": self.target,
            "strict": self.strict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """An objective of somebody, under a key result above it."""

    objective_id: UUID
    owner: Person
    level: str
    title: str
    key_results: tuple[KeyResult, ...]
    weight_percent: str | None = None
    growth: bool = False
    parent: UUID | None = None

    def body(self, quarter: Quarter) -> dict[str, Any]:
        """As the goals api takes it."""
        return {
            "objective_id": str(self.objective_id),
            "level": self.level,
            "owner_id": self.owner.person_id,
            "title": self.title,
            "growth": self.growth,
            "weight_percent": self.weight_percent,
            "parent_key_result_id": None if self.parent is None else str(self.parent),
            "key_results": [each.body(quarter) for each in self.key_results],
        }


# (title, week, metric, unit, baseline, target)
Line = tuple[str, int, str, str, str, str]
_COMPANY: tuple[Line, ...] = (
    ("Reach $2M ARR", 13, "ARR", "million USD", "1.4", "2"),
    ("Achieve NPS > 50", 13, "NPS", "points", "38", "50"),
    ("Launch enterprise tier", 13, "", "", "", ""),
)
_DIVISION: tuple[Line, ...] = (
    ("Ship multi-tenant architecture", 8, "", "", "", ""),
    ("Reduce p95 latency to < 200 ms", 10, "p95 latency", "ms", "340", "200"),
    ("Achieve 99.9 % uptime", 13, "uptime", "percent", "99.5", "99.9"),
)
_TEAM: tuple[Line, ...] = (
    ("Move our services to the tenant-aware schema", 8, "services moved", "services", "0", "6"),
    ("Bring our endpoints below the latency budget", 10, "p95 latency", "ms", "310", "200"),
    ("Cut pages outside working hours", 12, "pages a week", "pages", "14", "5"),
)
_DELIVERY: tuple[Line, ...] = (
    ("Hand in the design for review", 3, "", "", "", ""),
    ("Move the endpoints of one domain", 7, "endpoints moved", "endpoints", "0", "12"),
    ("Halve the error rate of that domain", 11, "error rate", "per 10,000 requests", "8", "4"),
)
_GROWTH: tuple[Line, ...] = (
    ("Lead design reviews", 6, "reviews led", "reviews", "0", "3"),
    ("Mentor a colleague through a feature", 9, "", "", "", ""),
    ("Write internal posts", 12, "posts", "posts", "0", "2"),
)
_JANES_DELIVERY: tuple[Line, ...] = (
    ("Design and get approval for multi-tenant schema", 2, "", "", "", ""),
    ("Implement tenant isolation with zero downtime", 6, "", "", "", ""),
    ("Load test proves 10x current capacity", 8, "capacity", "times today's", "1", "10"),
)
_JANES_GROWTH: tuple[Line, ...] = (
    ("Lead 3 architecture review sessions", 10, "sessions led", "sessions", "0", "3"),
    ("Mentor 1 junior engineer through their first major feature", 11, "", "", "", ""),
    ("Write and publish 1 internal tech blog post", 12, "posts", "posts", "0", "1"),
)
_STRICT = ("Achieve NPS > 50", "Reduce p95 latency to < 200 ms")


def cascade(roster: Roster, quarter: Quarter, chance: random.Random) -> list[list[Objective]]:
    """The objectives by level from the company down, so that each stands when the one below names it."""
    heads = {division: _head(roster, division) for division in roster.divisions}
    top = max(heads.values(), key=lambda each: (_led(roster, each), each.person_id))
    company = _objective(
        quarter, "company", top, "company", "Become the market leader in SMB payments", _COMPANY
    )
    divisions = {
        name: _objective(
            quarter,
            f"division/{name}",
            head,
            "division",
            "Deliver enterprise-ready platform",
            _DIVISION,
            parent=company.key_results[2].key_result_id,
        )
        for name, head in heads.items()
    }
    teams = _teams(roster, quarter, company, divisions)
    own = [
        objective
        for person in roster.rated
        for objective in _own(
            quarter, person, teams.get(person.manager_id or "", divisions[person.division]), chance
        )
    ]
    return [[company], list(divisions.values()), list(teams.values()), own]


def _teams(
    roster: Roster, quarter: Quarter, company: Objective, divisions: dict[str, Objective]
) -> dict[str, Objective]:
    """An objective of each manager who has none yet; they take turns, so that everything above is served."""
    rated = {each.person_id: each for each in roster.rated}
    owners = {each.owner.person_id for each in divisions.values()}
    found: dict[str, Objective] = {}
    for manager in sorted(roster.managers):
        if manager not in rated or manager in owners:
            continue
        lead = rated[manager]
        above = (*divisions[lead.division].key_results, *company.key_results[:2])
        title = f"{lead.team}: our part of the enterprise-ready platform"
        parent = above[len(found) % len(above)].key_result_id
        found[manager] = _objective(quarter, f"team/{manager}", lead, "team", title, _TEAM, parent=parent)
    return found


def _own(
    quarter: Quarter, person: Person, above: Objective, chance: random.Random
) -> tuple[Objective, Objective]:
    jane = person.person_id == JANE
    delivery = _objective(
        quarter,
        f"delivery/{person.person_id}",
        person,
        "individual",
        "Lead multi-tenant architecture migration" if jane else "Deliver my domain's part of the platform",
        _JANES_DELIVERY if jane else _DELIVERY,
        parent=_any_of(above, chance),
    )
    growth = _objective(
        quarter,
        f"growth/{person.person_id}",
        person,
        "individual",
        "Develop technical leadership skills",
        _JANES_GROWTH if jane else _GROWTH,
        parent=_any_of(above, chance),
    )
    return replace(delivery, weight_percent="70"), replace(growth, weight_percent="30", growth=True)


def _objective(
    quarter: Quarter,
    key: str,
    owner: Person,
    level: str,
    title: str,
    lines: Sequence[Line],
    *,
    parent: UUID | None = None,
) -> Objective:
    objective_id = uuid5(quarter.cycle_id, f"demo/{key}")
    key_results = tuple(
        KeyResult(
            key_result_id=uuid5(objective_id, str(place)),
            title=text,
            week=week,
            metric=metric,
            unit=unit,
            baseline=baseline,
            target=target,
            strict=text in _STRICT,
            availability=metric == "uptime",
        )
        for place, (text, week, metric, unit, baseline, target) in enumerate(lines)
    )
    return Objective(
        objective_id=objective_id,
        owner=owner,
        level=level,
        title=title,
        key_results=key_results,
        parent=parent,
    )


def _any_of(objective: Objective, chance: random.Random) -> UUID:
    return chance.choice(objective.key_results).key_result_id


def _head(roster: Roster, division: str) -> Person:
    """Whoever leads most people of the division, directly or through others."""
    candidates = [each for each in roster.rated if each.division == division]
    return max(candidates, key=lambda each: (_led(roster, each), each.person_id))


def _led(roster: Roster, person: Person) -> int:
    return roster.led.get(person.person_id, 0)
