"""Feedback through the quarter: notes, documented concerns, the 360 rounds and the two surveys."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from plumbline_local.demo import texts
from plumbline_local.demo.apis import pieces, together
from plumbline_local.demo.casting import Cast, Part
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Person, Roster
from plumbline_local.demo.stage import Bar, Stage

RATERS = 5
_FEWEST_RATERS = 3
_MOST_IN_ONE = 1000
# The days of the quarter on which a manager notes something, beside the check-in.
_NOTE_DAYS = (16, 37, 63)


async def give_notes(stage: Stage, roster: Roster, quarter: Quarter, chance: random.Random) -> None:
    """Every manager tells each report what was seen, spread over the quarter."""

    async def give(manager: str, notes: Sequence[dict[str, str]], day: int) -> None:
        at = quarter.at(quarter.starts_on + timedelta(days=day))
        for piece in pieces(notes, _MOST_IN_ONE):
            await stage.apis.post("feedback", "/notes", {"notes": list(piece)}, person=manager, at=at)

    calls = [
        (manager, [_note(each, quarter, day, chance) for each in reports], day)
        for manager, reports in roster.managers.items()
        for day in _NOTE_DAYS
    ]
    await together(give(*call) for call in calls)


def _note(person: Person, quarter: Quarter, day: int, chance: random.Random) -> dict[str, str]:
    occurred_on = quarter.starts_on + timedelta(days=day - chance.randrange(3))
    return {
        "person_id": person.person_id,
        "text": chance.choice(texts.NOTES).format(day=occurred_on),
        "occurred_on": str(occurred_on),
    }


async def document_concerns(stage: Stage, quarter: Quarter, cast: Cast) -> None:
    """Of two people who fall short one is told in time, twice and with help; the other only in retrospect."""
    told = cast.part(cast.documented or "")
    if told is not None:
        await _tell(stage, quarter, told, happened=20)
        await _tell(stage, quarter, told, happened=45)
    surprised = cast.part(cast.undocumented or "")
    if surprised is not None:
        # Written down 25 days later, which is not contemporaneous.
        await _record(stage, quarter, surprised, happened=50, recorded=75)


async def _tell(stage: Stage, quarter: Quarter, part: Part, *, happened: int) -> None:
    """Recorded two days later, handed over the day after, acknowledged, with help offered."""
    concern_id = await _record(stage, quarter, part, happened=happened, recorded=happened + 2)
    person, manager = part.person.person_id, part.person.manager_id or ""
    steps = (
        ("deliver", None, manager, 3),
        ("offer-resource", {"resource": texts.RESOURCE}, manager, 3),
        ("acknowledge", None, person, 4),
    )
    for step, body, who, later in steps:
        at = quarter.at(quarter.starts_on + timedelta(days=happened + later))
        await stage.apis.post("feedback", f"/concerns/{concern_id}/{step}", body, person=who, at=at)


async def _record(stage: Stage, quarter: Quarter, part: Part, *, happened: int, recorded: int) -> str:
    concern = {
        "cycle_id": str(quarter.cycle_id),
        "person_id": part.person.person_id,
        "gap": texts.GAP,
        "text": texts.CONCERN,
        "occurred_on": str(quarter.starts_on + timedelta(days=happened)),
    }
    at = quarter.at(quarter.starts_on + timedelta(days=recorded))
    manager = part.person.manager_id or ""
    answer = await stage.apis.post("feedback", "/concerns", {"concerns": [concern]}, person=manager, at=at)
    return answer["concerns"][0]["concern_id"]


async def run_rounds(
    stage: Stage, roster: Roster, quarter: Quarter, cast: Cast, chance: random.Random, bar: Bar
) -> None:
    """Everybody nominates peers, managers approve, peers answer, the coordinator publishes.

    In a large organization managers nominate for their reports, in one list each.
    """
    peers = _peers(roster)
    named = {each.person.person_id: _raters(peers, each.person, chance) for each in cast.parts}
    named = {person: raters for person, raters in named.items() if len(raters) >= _FEWEST_RATERS}
    if len(named) < len(cast.parts):
        few = len(cast.parts) - len(named)
        stage.notes.append(f"{quarter.name}: {few} people have too few peers for a 360 round.")
    path, at = f"/cycles/{quarter.cycle_id}/rounds", quarter.review
    forms: dict[str, list[dict[str, Any]]] = {}
    rounds: dict[str, str] = {}

    async def nominate(author: str, people: Sequence[str]) -> None:
        body = {"rounds": [{"person_id": person, "raters": named[person]} for person in people]}
        answer = await stage.apis.post("feedback", path, body, person=author, at=at)
        rounds.update({each["person_id"]: each["round_id"] for each in answer["rounds"]})
        bar.done(len(people))

    async def approve(manager: str, reports: Sequence[Person]) -> None:
        mine = [
            {"person_id": each.person_id, "nominees": named[each.person_id]}
            for each in reports
            if each.person_id in named
        ]
        if mine:
            await stage.apis.post("feedback", f"{path}/approve", {"rounds": mine}, person=manager, at=at)

    async def answer(rater: str, answers: Sequence[dict[str, Any]]) -> None:
        await stage.apis.post("feedback", "/answers", {"answers": list(answers)}, person=rater, at=at)
        bar.done()

    bar.expect(len(named))
    await together(nominate(*group) for group in _by_author(roster, named))
    await together(approve(manager, reports) for manager, reports in roster.managers.items())
    for person, raters in named.items():
        for rater in raters:
            form = _form(roster, rater, cast.part(person), rounds[person], chance)
            forms.setdefault(rater, []).append(form)
    bar.expect(len(forms))
    await together(answer(rater, answers) for rater, answers in forms.items())
    coordinator = roster.holder("coordinator")
    await stage.apis.post("feedback", f"{path}/publish", {}, person=coordinator, at=at)


def _by_author(roster: Roster, named: Mapping[str, Sequence[str]]) -> list[tuple[str, list[str]]]:
    """Who nominates, and for whom."""
    if not roster.large:
        return [(person, [person]) for person in named]
    lists = {
        manager: [each.person_id for each in reports if each.person_id in named]
        for manager, reports in roster.managers.items()
    }
    return [(manager, people) for manager, people in lists.items() if people]


def _peers(roster: Roster) -> dict[tuple[str, str], list[Person]]:
    """The rated people of each division's departments."""
    found: dict[tuple[str, str], list[Person]] = {}
    for each in roster.rated:
        found.setdefault((each.division, each.department), []).append(each)
    return found


def _raters(peers: dict[tuple[str, str], list[Person]], person: Person, chance: random.Random) -> list[str]:
    """Peers of the department who neither lead the person nor report to the person."""
    able = [
        each.person_id
        for each in peers[person.division, person.department]
        if each.person_id not in (person.person_id, person.manager_id) and each.manager_id != person.person_id
    ]
    return chance.sample(able, min(RATERS, len(able)))


def _form(
    roster: Roster, rater: str, part: Part | None, round_id: str, chance: random.Random
) -> dict[str, Any]:
    assert part is not None
    same_team = roster.people[rater].team == part.person.team
    score = min(5, max(1, part.settled + chance.choice((-1, 0, 0, 1))))
    return {
        "round_id": round_id,
        "relationship": "peer" if same_team else "cross_team",
        "does_well": chance.choice(texts.DOES_WELL),
        "to_improve": chance.choice(texts.TO_IMPROVE),
        "work_again": "yes" if score >= 4 else "mostly" if score >= 2 else "no",
        "score": score,
    }


async def run_surveys(
    stage: Stage, roster: Roster, quarter: Quarter, chance: random.Random, bar: Bar
) -> None:
    """Everybody answers whether the cycle was fair, managers how they liked the process; both close."""
    path, at = f"/cycles/{quarter.cycle_id}/surveys", quarter.outcomes
    leads = {each.manager_id for each in roster.people.values()}
    asked = [("fairness", each.person_id, chance.choice((3, 4, 4, 5, 5, 5))) for each in roster.rated]
    asked += [
        ("manager_satisfaction", each.person_id, chance.choice((4, 4, 5, 5, 5)))
        for each in roster.rated
        if each.person_id in leads
    ]
    bar.expect(len(asked))

    async def answer(subject: str, person: str, score: int) -> None:
        body = {"score": score}
        await stage.apis.post("feedback", f"{path}/{subject}/answers", body, person=person, at=at)
        bar.done()

    await together(answer(*each) for each in asked)
    await stage.apis.post("feedback", f"{path}/close", {}, person=roster.holder("coordinator"), at=at)
